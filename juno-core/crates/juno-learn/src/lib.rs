#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod blend;
mod blend_classifier;
mod blend_options;
mod checks;
mod code;
mod ensemble;
mod error;
mod extra_trees;
mod forest;
mod grow;
mod linfa_traits;
mod logistic;
mod max_features;
mod mix;
mod newton;
mod quantile_forest;
mod table;
mod target;
mod threads;

pub use blend::Blend;
pub use blend_classifier::{BlendClassifier, BlendClassifierParams, BlendClassifierValidParams};
pub use blend_options::BlendOptions;
pub use error::LearnError;
pub use extra_trees::{ExtraTrees, ExtraTreesParams, ExtraTreesValidParams};
pub use grow::Splitter;
pub use logistic::{Logistic, LogisticParams, LogisticValidParams};
pub use max_features::MaxFeatures;
pub use mix::Mix;
pub use quantile_forest::{QuantileForest, QuantileForestParams, QuantileForestValidParams};
