use std::sync::Arc;

use juno_domain::Progress;

use super::model::BlendRiskModel;
use super::params::BlendParams;
use crate::{RiskError, RiskModel, RiskTrainer, TrainingSet};

impl BlendParams {
    /// Checked settings, which can fit.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn check(self) -> Result<BlendTrainer, RiskError> {
        let limit = |what, value: f64, fine: bool, rule| match fine {
            true => Ok(()),
            false => Err(RiskError::OutOfRange { what, value, rule }),
        };
        limit("gamma", self.gamma, (0.0..=1.0).contains(&self.gamma), "it must be from 0 to 1")?;
        let least = self.min_sprints;
        limit("min_sprints", least as f64, least >= 20, "it must be at least 20")?;
        let each = self.min_of_each;
        limit("min_of_each", each as f64, each >= 5, "it must be at least 5")?;
        self.logistic().check()?;
        self.trees().check()?;
        self.forest().check()?;
        self.mix()?;
        Ok(BlendTrainer(self))
    }
}

/// Fits [`BlendRiskModel`]s: checked settings. The default has the settings of [`BlendParams`]' defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BlendTrainer(BlendParams);

impl BlendTrainer {
    /// The settings.
    #[must_use]
    pub const fn params(&self) -> &BlendParams {
        &self.0
    }

    /// Fits a model; see [`BlendRiskModel`].
    ///
    /// # Errors
    /// Not enough data where no stage has enough sprints that missed and that met; cancelled where `progress` says so.
    pub fn fit(&self, training: &TrainingSet, progress: &Progress) -> Result<BlendRiskModel, RiskError> {
        BlendRiskModel::fit(&self.0, training, progress)
    }
}

impl RiskTrainer for BlendTrainer {
    fn name(&self) -> &str {
        BlendRiskModel::NAME
    }

    fn train(&self, training: &TrainingSet, progress: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        Ok(Arc::new(self.fit(training, progress)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_their_ranges() {
        assert_eq!(BlendParams::default().check().unwrap(), BlendTrainer::default());
    }
}
