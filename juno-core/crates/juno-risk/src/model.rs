use juno_domain::{FinishedSprint, SprintSnapshot};

use crate::{Prediction, RiskError, known_before};

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

    /// The model with a history that many snapshots are to be asked about; see [`PreparedModel`].
    fn prepare<'a>(&'a self, history: &'a [FinishedSprint]) -> Box<dyn PreparedModel + 'a> {
        Box::new(Plain { model: self, history })
    }
}

/// A model that answers about many snapshots from one history: each sees the part of it that was known by then.
///
/// The answers are those of [`RiskModel::predict`] with [`known_before`]; what the snapshots have in common need not be worked
/// out again for each. Threads may share it.
pub trait PreparedModel: Send + Sync {
    /// What will come of the sprint seen in `snapshot`.
    ///
    /// # Errors
    /// As [`RiskModel::predict`].
    fn predict(&self, snapshot: &SprintSnapshot) -> Result<Prediction, RiskError>;
}

/// Shares nothing.
struct Plain<'a, M: ?Sized> {
    model: &'a M,
    history: &'a [FinishedSprint],
}

impl<M: RiskModel + ?Sized> PreparedModel for Plain<'_, M> {
    fn predict(&self, snapshot: &SprintSnapshot) -> Result<Prediction, RiskError> {
        self.model.predict(snapshot, &known_before(snapshot, self.history))
    }
}
