use std::sync::Arc;

use juno_domain::Progress;

use crate::{BaseRateModel, LastVelocityModel, RiskError, RiskModel, ShrunkHistoryModel, TrainingSet};

/// Makes a [`RiskModel`] from finished sprints.
///
/// An implementation must keep true:
/// - the same sprints give the same model, bit for bit, in whatever order they come and on however many threads;
/// - where the sprints are too few, or all turned out alike, it says so ([`RiskError::NotEnoughHistory`]). It never makes a
///   model up.
pub trait RiskTrainer: Send + Sync {
    /// The name of the models it makes.
    fn name(&self) -> &str;

    /// Fits a model. `progress` hears how far it has come, and can stop it.
    ///
    /// # Errors
    /// Not enough data where the sprints cannot bear a fit; cancelled where `progress` says so.
    fn train(&self, training: &TrainingSet, progress: &Progress) -> Result<Arc<dyn RiskModel>, RiskError>;
}

/// There is nothing to fit: the model reads all it needs from the history it is asked with.
impl RiskTrainer for BaseRateModel {
    fn name(&self) -> &str {
        RiskModel::name(self)
    }

    fn train(&self, _training: &TrainingSet, _progress: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        Ok(Arc::new(*self))
    }
}

/// There is nothing to fit: the model reads all it needs from the history it is asked with.
impl RiskTrainer for ShrunkHistoryModel {
    fn name(&self) -> &str {
        RiskModel::name(self)
    }

    fn train(&self, _training: &TrainingSet, _progress: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        Ok(Arc::new(*self))
    }
}

/// There is nothing to fit: the model reads all it needs from the history it is asked with.
impl RiskTrainer for LastVelocityModel {
    fn name(&self) -> &str {
        RiskModel::name(self)
    }

    fn train(&self, _training: &TrainingSet, _progress: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        Ok(Arc::new(*self))
    }
}
