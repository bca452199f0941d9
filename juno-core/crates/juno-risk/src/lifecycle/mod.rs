//! The life of a fitted model beyond the fit: its file, its card.

mod card;
mod limits;
mod model_file;
mod page;
mod saved;
mod schema;
mod whole_file;

pub use card::{CardInput, CardStage, ModelCard};
pub use schema::feature_schema;
