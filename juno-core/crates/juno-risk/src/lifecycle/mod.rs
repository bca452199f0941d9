//! The life of a fitted model beyond the fit: its file.

mod model_file;
mod saved;
mod schema;
mod whole_file;

pub use schema::feature_schema;
