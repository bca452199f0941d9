use juno_domain::{FinishedSprint, SprintSnapshot};

use crate::{Prediction, RiskError};

/// Says how likely a running or planned sprint is to miss its commitment, and how much it will deliver.
///
/// Everything in the signature is plain data, so a model can also be written in Python or JavaScript.
///
/// An implementation must keep true:
/// - it looks at nothing but its arguments and what it was fitted on; the same arguments give the same answer, in whatever
///   order the history comes;
/// - `history` holds finished sprints known at the snapshot, each once, never the sprint itself. Anything else it refuses
///   ([`check_history`](crate::check_history) does that), so that no model ever sees the future;
/// - the prediction is in the snapshot's own measure ([`SprintSnapshot::measure`]);
/// - where it knows too little it says [`RiskError::NotEnoughHistory`] or leaves an interval out. It never makes one up.
///
/// [`RiskAssessor`](crate::RiskAssessor) checks what a model returns. Models that learn are made by
/// a [`RiskTrainer`](crate::RiskTrainer).
pub trait RiskModel: Send + Sync {
    /// A short lasting name, such as `shrunk_history`; forecasts and errors cite it.
    fn name(&self) -> &str;

    /// What will come of the sprint seen in `snapshot`, given the sprints that were over by then.
    ///
    /// # Errors
    /// Invalid input for a finished sprint, one without commitment, or a history from the future; not enough data where no
    /// finished sprint can be compared.
    fn predict(&self, snapshot: &SprintSnapshot, history: &[FinishedSprint])
    -> Result<Prediction, RiskError>;

    /// The same chance, delivery, measure and basis as [`predict`](Self::predict) gives, for who asks many times over: the
    /// intervals, the attribution and the finish estimates may be left out. By default they are not, and it takes as long.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    fn predict_quick(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        self.predict(snapshot, history)
    }
}
