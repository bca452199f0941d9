use std::collections::HashMap;

use juno_domain::{FinishedSprint, Probability, ProjectKey, SprintSnapshot};

use super::case::BacktestCase;
use super::fold::Fold;
use super::point_errors::{eligible_diff, mean, stage_at};
use crate::{TrainingSet, history::is_known_before};

/// A case with what it was made of.
pub(super) struct Evaluated<'d> {
    pub(super) case: BacktestCase,
    pub(super) snapshot: &'d SprintSnapshot,
    /// The sprint's number among the evaluated ones, from 0.
    pub(super) sprint: usize,
    /// The index of the stage asked for.
    pub(super) stage: usize,
    /// The mean distance of its delivered − committed to that of earlier sprints of the project.
    pub(super) of_guessing: Option<f64>,
}

/// Which earlier sprints a result is compared with when it is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// Those the models were fitted on.
    Fitted,
    /// Those that were over by then, whether evaluated or not.
    Earlier,
}

/// The cases of all folds at these stages: by fold, in the order of the data, by stage.
pub(super) fn evaluated<'d>(
    data: &'d TrainingSet,
    folds: &[Fold<'d>],
    stages: &[Probability],
    guess: Guess,
) -> Vec<Evaluated<'d>> {
    let mut out: Vec<Evaluated<'d>> = Vec::new();
    let mut number = 0;
    for (index, fold) in folds.iter().enumerate() {
        let mut fitted: HashMap<(&ProjectKey, usize), Vec<f64>> = HashMap::new();
        for sprint in &fold.evaluated {
            let before = out.len();
            for (stage, t) in stages.iter().enumerate() {
                let Some(snapshot) = stage_at(sprint, *t) else { continue };
                let fold_number = u32::try_from(index).unwrap_or(u32::MAX);
                let Some(case) = BacktestCase::new(sprint, snapshot, *t, fold_number) else { continue };
                let y = case.velocity_diff();
                let of_guessing = match guess {
                    Guess::Fitted => {
                        let known = fitted
                            .entry((&sprint.project, stage))
                            .or_insert_with(|| diffs(fold.fit.of_project(&sprint.project).iter(), *t));
                        distance(y, known)
                    }
                    Guess::Earlier => {
                        let sprints = data.of_project(&sprint.project).iter();
                        distance(y, &diffs(sprints.filter(|past| is_known_before(snapshot, past)), *t))
                    }
                };
                out.push(Evaluated { case, snapshot, sprint: number, stage, of_guessing });
            }
            number += usize::from(out.len() > before);
        }
    }
    out
}

fn diffs<'a>(sprints: impl Iterator<Item = &'a FinishedSprint>, t: Probability) -> Vec<f64> {
    sprints.filter_map(|sprint| eligible_diff(sprint, t)).collect()
}

/// The mean distance of `y` to the others; `None` without any.
fn distance(y: f64, others: &[f64]) -> Option<f64> {
    mean(others.iter().map(|other| (y - other).abs()))
}
