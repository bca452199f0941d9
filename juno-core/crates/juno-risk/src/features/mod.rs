//! What a model that learns looks at: the same numbers from issue events and from sprint tables, none of them later than the
//! snapshot.

mod extract;
mod input;
mod median;
mod past;

pub use extract::Features;
pub use input::Input;
pub(crate) use past::Comparable;

#[cfg(test)]
mod tests;
