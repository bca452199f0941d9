//! What models are fitted on.

mod training_set;

pub use training_set::TrainingSet;
