use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{FinishedSprint, Interval, Probability, ProjectKey, Seed};

use super::case::CasePrediction;
use super::evaluated::Evaluated;
use super::point_errors::{PointError, interquartile_range, normalised_error, standardised_accuracy};
use super::report::StageReport;
use super::sampling::Judged;
use super::scores::{IntervalScores, Scores, StageScores, of_chances, of_intervals};
use crate::{RiskError, TrainingSet, ratios::LEVELS};

/// The cases of one stage, all there is to score a model on them.
pub(super) struct Stage<'c> {
    t: Probability,
    /// Each with its index among all cases.
    cases: Vec<(usize, &'c Evaluated<'c>)>,
    /// The interquartile range of delivered − committed, by project.
    ranges: BTreeMap<ProjectKey, f64>,
}

impl<'c> Stage<'c> {
    /// The stage at `index`; `None` where it has no case.
    pub(super) fn new(
        index: usize,
        t: Probability,
        data: &TrainingSet,
        all: &'c [Evaluated<'c>],
    ) -> Option<Self> {
        let cases: Vec<_> = all.iter().enumerate().filter(|(_, case)| case.stage == index).collect();
        let range = |sprints: &[FinishedSprint]| {
            Some((sprints.first()?.project.clone(), interquartile_range(sprints, t)?))
        };
        let projects = data.sprints().chunk_by(|a, b| a.project == b.project);
        (!cases.is_empty()).then(|| Self { t, cases, ranges: projects.filter_map(range).collect() })
    }

    pub(super) fn report(&self) -> Result<StageReport, RiskError> {
        let projects: BTreeSet<&ProjectKey> = self.cases.iter().map(|(_, case)| &case.case.project).collect();
        let misses = self.cases.iter().filter(|(_, case)| case.case.missed).count();
        Ok(StageReport {
            t: self.t,
            n: count(self.cases.len()),
            projects: count(projects.len()),
            base_rate: Probability::new(misses as f64 / self.cases.len() as f64)?,
        })
    }

    /// The scores of a model, given what it said to every case of every stage.
    pub(super) fn score(&self, predictions: &[CasePrediction], seed: Seed) -> Result<StageScores, RiskError> {
        let said: Vec<(&Evaluated<'_>, &CasePrediction)> = self.said(predictions).collect();
        let judged: Vec<(Probability, bool)> =
            said.iter().map(|(case, said)| (said.p_miss, case.case.missed)).collect();
        let errors: Vec<PointError<'_>> = said
            .iter()
            .map(|(case, said)| PointError {
                project: &case.case.project,
                error: (case.case.delivered - said.delivered).abs(),
                of_guessing: case.of_guessing,
            })
            .collect();
        let mut intervals = Vec::new();
        for level in LEVELS {
            intervals.extend(interval_scores(&said, Probability::new(level)?)?);
        }
        let scores = Scores {
            even_odds: count(said.iter().filter(|(_, said)| said.even_odds).count()),
            standardised_accuracy: standardised_accuracy(&errors),
            nmae: normalised_error(&errors, &self.ranges),
            intervals,
            ..of_chances(&judged, seed)?
        };
        Ok(StageScores { t: self.t, scores })
    }

    /// A model's forecasts as the bootstrap wants them.
    pub(super) fn judged(&self, predictions: &[CasePrediction]) -> Judged {
        self.said(predictions).map(|(case, said)| (case.sprint, said.p_miss, case.case.missed)).collect()
    }

    fn said<'a>(
        &'a self,
        predictions: &'a [CasePrediction],
    ) -> impl Iterator<Item = (&'a Evaluated<'c>, &'a CasePrediction)> {
        self.cases.iter().filter_map(|(index, case)| Some((*case, predictions.get(*index)?)))
    }
}

fn interval_scores(
    said: &[(&Evaluated<'_>, &CasePrediction)],
    level: Probability,
) -> Result<Option<IntervalScores>, RiskError> {
    let ranges: Vec<(Interval, f64, f64)> = said
        .iter()
        .filter_map(|(case, said)| Some((*said.interval(level)?, case.case.delivered, case.case.committed)))
        .collect();
    of_intervals(level, &ranges)
}

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
