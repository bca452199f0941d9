use juno_confidence::{
    EceBand, accuracy, auc, brier, coverage, ece_band, expected_calibration_error, f1, interval_score,
    log_loss, sharpness,
};
use juno_domain::{Interval, Probability, Seed};
use serde::{Deserialize, Serialize};

use super::point_errors::mean;
use crate::RiskError;

/// Bins of the calibration error.
const BINS: usize = 10;
/// The level of its band under perfect calibration.
const BAND_LEVEL: f64 = 0.95;
/// How often outcomes are drawn for that band.
const BAND_SIMULATIONS: usize = 1000;

/// How good forecasts were. A number that does not exist for these cases (such as an AUC where all of them missed) is
/// absent, never a stand-in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// How often the model had nothing to go by, and the prior (even odds) was scored instead.
    pub even_odds: u32,
    /// How well misses and hits are told apart: 0.5 is chance, 1 perfect.
    pub auc: Option<f64>,
    /// The mean squared error of the chances.
    pub brier: Option<f64>,
    /// The mean negative log of the chance given to what happened, base e.
    pub log_loss: Option<f64>,
    /// The share that a chance of one half tells apart rightly.
    pub accuracy: Option<f64>,
    /// The harmonic mean of precision and recall of misses at one half.
    pub f1: Option<f64>,
    /// The expected calibration error in ten equal bins.
    pub ece: Option<f64>,
    /// What that error would be under perfect calibration, with its 95 % band. Of a mean over stages: absent.
    pub ece_band: Option<EceBand>,
    /// Whether the error does not speak against perfect calibration: it lies in the band or below. Of a mean over stages:
    /// whether every stage does.
    pub ece_inside: Option<bool>,
    /// The variance of the chances.
    pub sharpness: Option<f64>,
    /// 1 − mean absolute error of the delivered points ÷ that of guessing one of the project's earlier results, averaged over
    /// projects: 0 is no better than guessing, 1 perfect.
    pub standardised_accuracy: Option<f64>,
    /// Mean absolute error of the delivered points ÷ the interquartile range of delivered − committed over the project's
    /// estimated sprints, averaged over projects.
    pub nmae: Option<f64>,
    /// The intervals of each level, as far as there are any.
    pub intervals: Vec<IntervalScores>,
}

/// How good the intervals of one level were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalScores {
    /// What they promise to hold.
    pub level: Probability,
    /// How many there are. Of a mean over stages: in all.
    pub n: u32,
    /// The share that held what was delivered.
    pub coverage: f64,
    /// The mean of width ÷ committed.
    pub width: f64,
    /// The mean interval score in points: width plus 2 ÷ (1 − level) × the distance by which the outcome lay outside.
    pub score: f64,
}

/// [`Scores`] at one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageScores {
    /// Elapsed share of the planned time.
    pub t: Probability,
    /// How good the forecasts made then were.
    pub scores: Scores,
}

/// Fills in what the chances alone tell.
pub(super) fn of_chances(judged: &[(Probability, bool)], seed: Seed) -> Result<Scores, RiskError> {
    let chances: Vec<Probability> = judged.iter().map(|(p, _)| *p).collect();
    let ece = expected_calibration_error(judged, BINS)?;
    let band = match ece {
        Some(_) => Some(ece_band(&chances, BINS, Probability::new(BAND_LEVEL)?, BAND_SIMULATIONS, seed)?),
        None => None,
    };
    Ok(Scores {
        auc: auc(judged),
        brier: brier(judged),
        log_loss: log_loss(judged),
        accuracy: accuracy(judged, Probability::HALF),
        f1: f1(judged, Probability::HALF),
        ece,
        ece_band: band,
        ece_inside: ece.zip(band).map(|(ece, band)| band.is_consistent(ece)),
        sharpness: sharpness(&chances),
        ..Scores::default()
    })
}

/// The scores of the intervals of one level, each with its outcome and the commitment; `None` without any.
pub(super) fn of_intervals(
    level: Probability,
    ranges: &[(Interval, f64, f64)],
) -> Result<Option<IntervalScores>, RiskError> {
    let held: Vec<(Interval, f64)> = ranges.iter().map(|(range, outcome, _)| (*range, *outcome)).collect();
    let scores =
        held.iter().map(|(range, outcome)| interval_score(range, *outcome)).collect::<Result<Vec<_>, _>>()?;
    let widths = ranges.iter().map(|(range, _, committed)| range.width() / committed);
    let of = (coverage(&held), mean(widths), mean(scores.into_iter()));
    let (Some(coverage), Some(width), Some(score)) = of else { return Ok(None) };
    let n = u32::try_from(ranges.len()).unwrap_or(u32::MAX);
    Ok(Some(IntervalScores { level, n, coverage, width, score }))
}

/// The mean over stages, each counting the same. A number that is absent at one stage is absent here: a mean of other stages
/// would be compared with whole ones.
pub(super) fn mean_over_stages(stages: &[StageScores]) -> Scores {
    let over = |of: fn(&Scores) -> Option<f64>| -> Option<f64> {
        let values: Option<Vec<f64>> = stages.iter().map(|stage| of(&stage.scores)).collect();
        mean(values?.into_iter())
    };
    let inside: Option<Vec<bool>> = stages.iter().map(|stage| stage.scores.ece_inside).collect();
    let levels = stages.first().map_or(&[][..], |stage| &stage.scores.intervals);
    Scores {
        even_odds: stages.iter().fold(0, |n, stage| n.saturating_add(stage.scores.even_odds)),
        auc: over(|s| s.auc),
        brier: over(|s| s.brier),
        log_loss: over(|s| s.log_loss),
        accuracy: over(|s| s.accuracy),
        f1: over(|s| s.f1),
        ece: over(|s| s.ece),
        ece_band: None,
        ece_inside: inside.filter(|all| !all.is_empty()).map(|all| all.into_iter().all(|inside| inside)),
        sharpness: over(|s| s.sharpness),
        standardised_accuracy: over(|s| s.standardised_accuracy),
        nmae: over(|s| s.nmae),
        intervals: levels.iter().filter_map(|first| mean_intervals(stages, first.level)).collect(),
    }
}

fn mean_intervals(stages: &[StageScores], level: Probability) -> Option<IntervalScores> {
    let at =
        |stage: &StageScores| stage.scores.intervals.iter().find(|scores| scores.level == level).cloned();
    let of: Vec<IntervalScores> = stages.iter().map(at).collect::<Option<_>>()?;
    Some(IntervalScores {
        level,
        n: of.iter().fold(0, |n, scores| n.saturating_add(scores.n)),
        coverage: mean(of.iter().map(|s| s.coverage))?,
        width: mean(of.iter().map(|s| s.width))?,
        score: mean(of.iter().map(|s| s.score))?,
    })
}
