use juno_domain::{FinishedSprint, Measure, Probability, TeamId};
use ndarray::Array2;

use crate::features::Comparable;
use crate::{Features, Input, RiskError, TrainingSet, missed};

/// The progress stages a model is fitted for.
pub(crate) const STAGES: [f64; 4] = [0.0, 0.3, 0.5, 0.8];
/// A stage this near counts as the stage asked for.
const STAGE_TOLERANCE: f64 = 0.05;
/// Delivered shares above this say nothing more.
const MAX_RATIO: f64 = 5.0;
/// Parts the sprints of each project are cut into, in order of time, to score intervals on sprints a fit has not seen.
pub(super) const FOLDS: usize = 4;

/// The sprints of a training set as they stood at one stage, in its order.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) features: Vec<Features>,
    pub(super) missed: Vec<bool>,
    /// Delivered ÷ committed.
    pub(super) ratios: Vec<f64>,
    /// The part of its project's time each sprint lies in, from 0 to [`FOLDS`] − 1.
    pub(super) folds: Vec<usize>,
    /// How many are counted in points; the others are counted in issues.
    pub(super) in_points: usize,
    /// The team of each, and how many of its sprints were over; of a whole set only, not of a part.
    pub(super) teams: Vec<(TeamId, usize)>,
}

/// What a sprint was compared with at a stage. What is known grows with time, so as many sprints are the same ones.
struct PastOf<'a> {
    known: Vec<&'a FinishedSprint>,
    asked: (Measure, bool),
    comparable: Comparable<'a>,
}

impl Rows {
    /// For each stage, the sprints that had a commitment there and whose source tells what they delivered.
    pub(super) fn at(stages: &[Probability], training: &TrainingSet) -> Result<Vec<Self>, RiskError> {
        let mut all: Vec<Self> = stages.iter().map(|_| Self::default()).collect();
        let mut short = vec![0; stages.len()];
        for chunk in training.sprints().chunk_by(|a, b| a.project == b.project) {
            for sprint in chunk {
                let mut past = None;
                for (rows, stage) in all.iter_mut().zip(stages) {
                    rows.add(*stage, sprint, training, &mut past)?;
                }
            }
            for (rows, short) in all.iter_mut().zip(&mut short) {
                let n = rows.len() - rows.folds.len();
                // Projects with fewer sprints than parts take turns in which parts they fill.
                let turn = if n < FOLDS { *short } else { 0 };
                *short += usize::from((1..FOLDS).contains(&n));
                rows.folds.extend((0..n).map(|i| (i * FOLDS / n.max(1) + turn) % FOLDS));
            }
        }
        Ok(all)
    }

    /// Adds a sprint; `past` is what it was compared with at the stage before, to be used again where that is the same.
    fn add<'a>(
        &mut self,
        stage: Probability,
        sprint: &FinishedSprint,
        training: &'a TrainingSet,
        past: &mut Option<PastOf<'a>>,
    ) -> Result<(), RiskError> {
        let Some(seen) = seen_at(stage, sprint) else { return Ok(()) };
        let measure = seen.measure();
        let committed = seen.committed().in_measure(measure);
        let Some(delivered) = sprint.delivered_in(measure) else { return Ok(()) };
        if committed <= 0.0 {
            return Ok(());
        }
        let known = training.known_before(seen);
        let asked = (measure, seen.at.is_some());
        let past = match past.take() {
            Some(same) if same.asked == asked && same.known.len() == known.len() => past.insert(same),
            _ => past.insert(PastOf { comparable: Comparable::new(seen, &known), known, asked }),
        };
        let of_team = past.known.iter().filter(|other| other.team == sprint.team).count();
        self.teams.push((sprint.team.clone(), of_team));
        self.features.push(Features::compared(seen, stage, &past.comparable)?);
        self.missed.push(missed(delivered, committed));
        self.ratios.push(ratio(delivered, committed));
        self.in_points += usize::from(measure == Measure::Points);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.missed.len()
    }

    /// The rows for which `keep` is true of their fold.
    pub(super) fn where_fold(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut out = Self::default();
        for (((features, missed), ratio), fold) in
            self.features.iter().zip(&self.missed).zip(&self.ratios).zip(&self.folds)
        {
            if keep(*fold) {
                out.features.push(*features);
                out.missed.push(*missed);
                out.ratios.push(*ratio);
                out.folds.push(*fold);
            }
        }
        out
    }

    /// The median of the ratios that missed, the lower one of two; ½ if none did.
    pub(super) fn usual_miss(&self) -> f64 {
        let misses = self.ratios.iter().zip(&self.missed).filter(|(_, missed)| **missed);
        let mut ratios: Vec<f64> = misses.map(|(ratio, _)| *ratio).filter(|ratio| *ratio < 1.0).collect();
        let middle = ratios.len().saturating_sub(1) / 2;
        match ratios.is_empty() {
            true => 0.5,
            false => *ratios.select_nth_unstable_by(middle, f64::total_cmp).1,
        }
    }

    /// Whether there are enough rows, and enough that missed and met, to fit on.
    pub(super) fn are_enough(&self, min_sprints: usize, min_of_each: usize) -> bool {
        let missed = self.missed.iter().filter(|missed| **missed).count();
        self.len() >= min_sprints && missed >= min_of_each && self.len() - missed >= min_of_each
    }
}

/// A finished sprint as it stood at a stage; `None` if it was not looked at then, or only when it was over.
pub(crate) fn seen_at(stage: Probability, sprint: &FinishedSprint) -> Option<&juno_domain::SprintSnapshot> {
    sprint.stage_near(stage).filter(|seen| {
        (seen.t.get() - stage.get()).abs() <= STAGE_TOLERANCE
            && seen.phase != juno_domain::SprintPhase::Finished
    })
}

/// Delivered ÷ committed, as models see it.
pub(super) fn ratio(delivered: f64, committed: f64) -> f64 {
    (delivered / committed).min(MAX_RATIO)
}

/// A share of a commitment; the largest number there is where it is more.
pub(super) fn amount(ratio: f64, committed: f64) -> f64 {
    (ratio * committed).min(f64::MAX)
}

/// Rows of numbers as a matrix.
pub(super) fn matrix<const N: usize>(rows: &[[f64; N]]) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), N), |(row, column)| {
        rows.get(row).and_then(|values| values.get(column)).copied().unwrap_or(f64::NAN)
    })
}

/// The number of inputs.
pub(super) const WIDTH: usize = Input::COUNT;
