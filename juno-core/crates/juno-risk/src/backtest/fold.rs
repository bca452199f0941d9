use std::collections::BTreeMap;

use juno_domain::{FinishedSprint, ProjectKey, SprintId, SprintSnapshot};

use super::split::{Split, blocks, blocks_behind, is_estimated, parts_by_share};
use crate::{RiskError, TrainingSet, history::is_known_before};

/// Most blocks of a rolling origin: each is a fit.
const MAX_FOLDS: u32 = 1000;

/// What one fit may see, and what is evaluated with it.
#[derive(Debug)]
pub(super) struct Fold<'d> {
    /// What models are fitted on.
    pub(super) fit: TrainingSet,
    /// What is evaluated, in the order of the data.
    pub(super) evaluated: Vec<&'d FinishedSprint>,
    /// Sprints that stand before the evaluated ones in the split but were not over when the first of those was seen.
    pub(super) left_out: usize,
}

/// The folds of a split, those without anything to evaluate left out.
pub(super) fn folds<'d>(data: &'d TrainingSet, split: &Split) -> Result<Vec<Fold<'d>>, RiskError> {
    let folds = match split {
        Split::Shares { evaluate } => vec![fold(data, &parts_by_share(data), evaluate)?],
        Split::Given { parts, evaluate } => vec![fold(data, parts, evaluate)?],
        Split::Rolling { folds, first } => {
            checked(*folds)?;
            let blocks = blocks(data, *folds, *first);
            (1..=*folds).map(|block| fold(data, &blocks, &block)).collect::<Result<_, _>>()?
        }
        Split::Later { earlier, folds } => {
            checked(*folds)?;
            let blocks = blocks_behind(data, *folds, earlier);
            (1..=*folds).map(|block| fold(data, &blocks, &block)).collect::<Result<_, _>>()?
        }
    };
    Ok(folds.into_iter().filter(|fold| !fold.evaluated.is_empty()).collect())
}

fn checked(folds: u32) -> Result<(), RiskError> {
    if (1..=MAX_FOLDS).contains(&folds) {
        return Ok(());
    }
    let (value, rule) = (f64::from(folds), "it must be 1 to 1000");
    Err(RiskError::OutOfRange { what: "the number of folds", value, rule })
}

/// Evaluates one part, fitted on the parts before it. Sprints of no part may be seen where they were over by then: they are
/// history of those that are fitted on.
fn fold<'d, P: Ord>(
    data: &'d TrainingSet,
    parts: &BTreeMap<(ProjectKey, SprintId), P>,
    evaluate: &P,
) -> Result<Fold<'d>, RiskError> {
    let mut fit = Vec::new();
    let mut evaluated = Vec::new();
    let mut left_out = 0;
    for sprints in data.sprints().chunk_by(|a, b| a.project == b.project) {
        let part = |sprint: &FinishedSprint| parts.get(&(sprint.project.clone(), sprint.sprint));
        let (now, others): (Vec<_>, Vec<_>) =
            sprints.iter().partition(|sprint| part(sprint).is_some_and(|part| part == evaluate));
        let first_seen = first_seen(&now);
        for other in others {
            let before = first_seen.iter().all(|seen| is_known_before(seen, other));
            match part(other) {
                Some(part) if part > evaluate => {}
                Some(_) if !before => left_out += 1,
                _ if before => fit.push(other.clone()),
                _ => {}
            }
        }
        evaluated.extend(now);
    }
    Ok(Fold { fit: TrainingSet::new(fit)?, evaluated, left_out })
}

/// All of `data`, evaluated with a fit on another set.
pub(super) fn other_data<'d>(fit: &TrainingSet, data: &'d TrainingSet) -> Result<Fold<'d>, RiskError> {
    let mut before = Vec::with_capacity(fit.len());
    for sprints in fit.sprints().chunk_by(|a, b| a.project == b.project) {
        let Some(first) = sprints.first() else { continue };
        let same: Vec<&FinishedSprint> = data.of_project(&first.project).iter().collect();
        let first_seen = first_seen(&same);
        let known = |past: &&FinishedSprint| first_seen.iter().all(|seen| is_known_before(seen, past));
        before.extend(sprints.iter().filter(known).cloned());
    }
    let left_out = fit.len() - before.len();
    let evaluated = data.sprints().iter().filter(|sprint| is_estimated(sprint)).collect();
    Ok(Fold { fit: TrainingSet::new(before)?, evaluated, left_out })
}

/// The snapshots such that what was known before all of them was known before every one of the evaluated sprints: the
/// earliest by date, and that of the lowest id, also among those without a date, which ids order.
fn first_seen<'d>(evaluated: &[&'d FinishedSprint]) -> Vec<&'d SprintSnapshot> {
    let stages = || evaluated.iter().flat_map(|sprint| &sprint.stages);
    let earliest = stages().filter(|stage| stage.at.is_some()).min_by_key(|stage| stage.at);
    let lowest = stages().min_by_key(|stage| stage.sprint);
    let undated = stages().filter(|stage| stage.at.is_none()).min_by_key(|stage| stage.sprint);
    [earliest, lowest, undated].into_iter().flatten().collect()
}
