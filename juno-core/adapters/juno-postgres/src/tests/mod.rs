//! What only this crate can test: sessions that end inside a transaction, damaged rows, the life of the schema itself.
//! What every store has to do is tested by the suites of `juno-testkit`, from the workspace's `tests`.

mod damage;
mod fixture;
mod memory;
mod operations;
mod schema;
mod sessions;
