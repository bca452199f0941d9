use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use juno_domain::{FinishedSprint, Measure, Probability, ProjectKey, SprintId, TableRow};
use serde::{Deserialize, Serialize};

use crate::{RiskError, TrainingSet};

/// Where the train part of [`Split::Shares`] ends, and where the calib part does.
const SHARES: [f64; 2] = [0.5, 0.7];

/// A part of the sprints of a project, in order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The first one, to fit on.
    Train,
    /// The middle one, to choose and calibrate on.
    Calib,
    /// The last one, to be looked at once.
    Test,
}

impl Part {
    /// All of them, in order of time.
    pub const ALL: [Self; 3] = [Self::Train, Self::Calib, Self::Test];

    /// Its name in tables: `train`, `calib` or `test`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Calib => "calib",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The part of each sprint that has one.
pub type Parts = BTreeMap<(ProjectKey, SprintId), Part>;

/// Which sprints are evaluated, and which a model is fitted on before that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// By [`parts_by_share`]: fitted on the parts before `evaluate`.
    Shares {
        /// The part that is evaluated.
        evaluate: Part,
    },
    /// By a given part for each sprint: fitted on the parts before `evaluate`. A sprint without a part is history only.
    Given {
        /// The part of each sprint.
        parts: Parts,
        /// The part that is evaluated.
        evaluate: Part,
    },
    /// Rolling origin: the estimated sprints of each project behind the share `first` are cut into `folds` blocks, and each
    /// block is evaluated with a fit on everything before it.
    Rolling {
        /// How many blocks, 1 to 1,000.
        folds: u32,
        /// The share that is only fitted on.
        first: Probability,
    },
    /// Rolling origin behind given sprints: the estimated ones of each project that are not `earlier` are cut into `folds`
    /// blocks, and each block is evaluated with a fit on everything before it.
    Later {
        /// What is only fitted on. Nothing else may have been over before any of these of its project.
        earlier: BTreeSet<(ProjectKey, SprintId)>,
        /// How many blocks, 1 to 1,000.
        folds: u32,
    },
}

/// Whether a sprint ever had points: committed at some stage, or delivered.
#[must_use]
pub fn is_estimated(sprint: &FinishedSprint) -> bool {
    sprint.delivered.points.get() > 0.0
        || sprint.stages.iter().any(|stage| stage.committed().in_measure(Measure::Points) > 0.0)
}

/// The parts of a fixed split: in order of time, the first 50 % of each project's estimated sprints train, the next 20 % calib,
/// the last 30 % test; counts of half a sprint are rounded to the even one. Sprints without points have no part.
#[must_use]
pub fn parts_by_share(data: &TrainingSet) -> Parts {
    let mut parts = BTreeMap::new();
    for sprints in data.sprints().chunk_by(|a, b| a.project == b.project) {
        let estimated: Vec<&FinishedSprint> = sprints.iter().filter(|sprint| is_estimated(sprint)).collect();
        let [train, calib] = SHARES.map(|share| cut(share, estimated.len()));
        for (nth, sprint) in estimated.into_iter().enumerate() {
            let part = match nth {
                _ if nth < train => Part::Train,
                _ if nth < calib => Part::Calib,
                _ => Part::Test,
            };
            parts.insert((sprint.project.clone(), sprint.sprint), part);
        }
    }
    parts
}

/// The block of each estimated sprint under a rolling origin; 0 is the share that is only fitted on.
pub(super) fn blocks(
    data: &TrainingSet,
    folds: u32,
    first: Probability,
) -> BTreeMap<(ProjectKey, SprintId), u32> {
    let mut blocks = BTreeMap::new();
    for sprints in data.sprints().chunk_by(|a, b| a.project == b.project) {
        let estimated: Vec<&FinishedSprint> = sprints.iter().filter(|sprint| is_estimated(sprint)).collect();
        let ends: Vec<usize> = (0..=folds)
            .map(|block| {
                let behind = first.complement().get() * f64::from(block) / f64::from(folds);
                cut(first.get() + behind, estimated.len())
            })
            .collect();
        for (nth, sprint) in estimated.into_iter().enumerate() {
            let block = ends.iter().take_while(|end| **end <= nth).count().min(folds as usize);
            blocks.insert((sprint.project.clone(), sprint.sprint), u32::try_from(block).unwrap_or(folds));
        }
    }
    blocks
}

/// The block of each estimated sprint behind the earlier ones, which are block 0.
pub(super) fn blocks_behind(
    data: &TrainingSet,
    folds: u32,
    earlier: &BTreeSet<(ProjectKey, SprintId)>,
) -> BTreeMap<(ProjectKey, SprintId), u32> {
    let mut blocks = BTreeMap::new();
    for sprints in data.sprints().chunk_by(|a, b| a.project == b.project) {
        let keys =
            sprints.iter().filter(|sprint| is_estimated(sprint)).map(|s| (s.project.clone(), s.sprint));
        let (before, behind): (Vec<_>, Vec<_>) = keys.partition(|key| earlier.contains(key));
        let n = behind.len();
        blocks.extend(before.into_iter().map(|key| (key, 0)));
        for (nth, key) in behind.into_iter().enumerate() {
            let block = nth * folds as usize / n.max(1) + 1;
            blocks.insert(key, u32::try_from(block).unwrap_or(folds));
        }
    }
    blocks
}

/// The parts that sprint tables give in their column `split`; `None` where no row says any. A row that says nothing, or
/// `unestimated`, has no part and is history only.
///
/// # Errors
/// If a row names a part that is none.
pub fn parts_of_rows(rows: &[TableRow]) -> Result<Option<Parts>, RiskError> {
    let mut parts: Option<Parts> = None;
    for row in rows {
        let (Some(split), Some(stage)) = (row.split.as_deref(), row.stages.first()) else { continue };
        let parts = parts.get_or_insert_default();
        if split != "unestimated" {
            let part = Part::ALL.into_iter().find(|part| part.name() == split).ok_or_else(|| {
                let (project, sprint, split) = (stage.project.clone(), stage.sprint, split.to_owned());
                RiskError::Part { project, sprint, split }
            })?;
            parts.insert((stage.project.clone(), stage.sprint), part);
        }
    }
    Ok(parts)
}

/// Where the part to be evaluated has no sprint but another has, says so.
pub(super) fn no_empty_part(data: &TrainingSet, split: &Split) -> Result<(), RiskError> {
    let (evaluate, parts) = match split {
        Split::Shares { evaluate } => (*evaluate, parts_by_share(data)),
        Split::Given { parts, evaluate } => (*evaluate, parts.clone()),
        Split::Rolling { .. } | Split::Later { .. } => return Ok(()),
    };
    let of = |sprint: &FinishedSprint| parts.get(&(sprint.project.clone(), sprint.sprint)).copied();
    let mut counts: BTreeMap<Part, usize> = BTreeMap::new();
    data.sprints().iter().filter_map(of).for_each(|part| *counts.entry(part).or_default() += 1);
    if counts.is_empty() || counts.contains_key(&evaluate) {
        return Ok(());
    }
    let there: Vec<String> = counts.iter().map(|(part, n)| format!("`{part}` has {n}")).collect();
    Err(RiskError::EmptyPart { part: evaluate.name(), there: there.join(", ") })
}

/// How many of `n` a share is, half a one rounded to even.
fn cut(share: f64, n: usize) -> usize {
    // The share is 0 to 1 up to rounding, so the product is a count.
    (share * n as f64).round_ties_even() as usize
}
