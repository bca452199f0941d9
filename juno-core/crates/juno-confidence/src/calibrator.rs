use juno_domain::{Calibration, Confidence, Probability};

/// Maps scores to probabilities that recorded outcomes bear out.
///
/// An implementation must keep true: `apply` never falls as the score rises, and the same score gives the same answer.
pub trait Calibrator: Send + Sync {
    /// The method's name, such as `platt`.
    fn method(&self) -> &str;

    /// How many recorded outcomes it was fitted on.
    fn outcomes(&self) -> u32;

    /// The calibrated probability for a score.
    fn apply(&self, score: Probability) -> Probability;

    /// The confidence with its value mapped and typed as calibrated. One that is calibrated already comes back as it is:
    /// mapping it twice would undo the first.
    fn calibrate(&self, confidence: &Confidence) -> Confidence {
        if confidence.is_calibrated() {
            return confidence.clone();
        }
        Confidence {
            value: self.apply(confidence.value),
            calibration: Calibration::Calibrated {
                method: self.method().to_owned(),
                outcomes: self.outcomes(),
            },
        }
    }
}
