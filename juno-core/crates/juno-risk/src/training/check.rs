use std::collections::BTreeMap;

use juno_domain::{FinishedSprint, Measure, Probability, ProjectKey, SprintId, SprintSnapshot, TeamId};

use super::data_report::{DataReport, GroupCount, StageData};
use super::finding::{Finding, FindingKind};
use super::training_set::TrainingSet;
use crate::blend::{BlendParams, STAGES, seen_at};
use crate::history::missed;

/// How many examples a finding names.
const EXAMPLES: usize = 5;
/// Longer plans than this are noted.
const LONG_DAYS: f64 = 365.0;
/// Delivering more than this times the commitment is doubted.
const FAR_ABOVE: f64 = 5.0;
/// Teams with fewer sprints are noted.
const SMALL_TEAM: u32 = 3;

impl TrainingSet {
    /// From finished sprints in any order and state: those that cannot be used are left out, what can be put right is, and
    /// the report says which and why. The order they come in changes nothing.
    ///
    /// Where sprints have to be right as they are, [`TrainingSet::new`] refuses what this would leave out.
    #[must_use]
    pub fn check(sprints: Vec<FinishedSprint>) -> (Self, DataReport) {
        let mut found = Found::default();
        let given = count(sprints.len());
        let mut by_key: BTreeMap<(ProjectKey, SprintId), Vec<FinishedSprint>> = BTreeMap::new();
        for sprint in sprints {
            by_key.entry((sprint.project.clone(), sprint.sprint)).or_default().push(sprint);
        }
        let mut used = Vec::with_capacity(by_key.len());
        for copies in by_key.into_values() {
            used.extend(one_of(copies, &mut found).filter(|sprint| is_usable(sprint, &mut found)));
        }
        let training = Self::of_distinct(used);
        let report = report(given, &training, found);
        (training, report)
    }
}

/// What has been found so far, with how often and the first few examples.
#[derive(Default)]
struct Found(BTreeMap<FindingKind, (u32, Vec<String>)>);

impl Found {
    fn add(&mut self, kind: FindingKind, times: usize, example: impl FnOnce() -> String) {
        let (total, examples) = self.0.entry(kind).or_default();
        *total = total.saturating_add(count(times));
        if examples.len() < EXAMPLES {
            examples.push(example());
        }
    }

    fn sprint(&mut self, kind: FindingKind, sprint: &FinishedSprint) {
        self.add(kind, 1, || format!("{} {}", sprint.project, sprint.sprint));
    }

    fn into_findings(self) -> Vec<Finding> {
        let finding = |(kind, (count, examples)): (FindingKind, (u32, Vec<String>))| Finding {
            severity: kind.severity(),
            kind,
            count,
            examples,
        };
        self.0.into_iter().map(finding).collect()
    }
}

/// The one sprint that all copies are, put in order; `None` where they differ.
fn one_of(copies: Vec<FinishedSprint>, found: &mut Found) -> Option<FinishedSprint> {
    let n = copies.len();
    let (mut unsorted, mut unknown_length) = (false, false);
    let mut sorted: Vec<FinishedSprint> = copies
        .into_iter()
        .map(|mut sprint| {
            unsorted |= sort_stages(&mut sprint.stages);
            for stage in &mut sprint.stages {
                let strange = stage.planned_days.is_some_and(|days| !(days >= 0.0 && days.is_finite()));
                unknown_length |= strange;
                stage.planned_days = stage.planned_days.filter(|_| !strange);
            }
            sprint
        })
        .collect();
    let one = sorted.pop()?;
    if sorted.iter().any(|copy| *copy != one) {
        found.sprint(FindingKind::Conflict, &one);
        return None;
    }
    if n > 1 {
        found.add(FindingKind::Repeated, n - 1, || format!("{} {}", one.project, one.sprint));
    }
    for (is, kind) in [(unsorted, FindingKind::StagesUnsorted), (unknown_length, FindingKind::UnknownLength)]
    {
        if is {
            found.sprint(kind, &one);
        }
    }
    Some(one)
}

/// Sorts stages by time and drops what is repeated word for word; whether that changed anything.
fn sort_stages(stages: &mut Vec<SprintSnapshot>) -> bool {
    let n = stages.len();
    let was_sorted = stages.is_sorted_by(|a, b| a.t <= b.t);
    // Text breaks ties, so that the order they came in does not show in what is left.
    stages.sort_by(|a, b| {
        a.t.get().total_cmp(&b.t.get()).then_with(|| format!("{a:?}").cmp(&format!("{b:?}")))
    });
    stages.dedup();
    !was_sorted || stages.len() < n
}

/// Whether a sprint can be fitted on; tells what speaks against it, and what is doubtful about it if it can.
fn is_usable(sprint: &FinishedSprint, found: &mut Found) -> bool {
    let stages = &sprint.stages;
    let strange = |stage: &SprintSnapshot| stage.sprint != sprint.sprint || stage.project != sprint.project;
    let committed = |stage: &SprintSnapshot| stage.committed().in_measure(stage.measure());
    let known = |stage: &&SprintSnapshot| sprint.delivered_in(stage.measure()).is_some();
    let pairs = || stages.iter().zip(stages.iter().skip(1));
    let checks = [
        (stages.is_empty(), FindingKind::NoStages),
        (stages.iter().any(strange), FindingKind::OtherStages),
        (pairs().any(|(a, b)| a.t == b.t), FindingKind::StageConflict),
        (before(sprint.closed_at, sprint.started_at), FindingKind::ClosedBeforeStart),
        (stages.iter().all(|stage| committed(stage) <= 0.0), FindingKind::NothingCommitted),
        (
            !stages.iter().filter(|stage| committed(stage) > 0.0).any(|stage| known(&stage)),
            FindingKind::NoDelivery,
        ),
    ];
    if let Some((_, kind)) = checks.into_iter().find(|(wrong, _)| *wrong) {
        found.sprint(kind, sprint);
        return false;
    }
    let far_above = stages.last().is_some_and(|last| {
        let delivered = sprint.delivered_in(last.measure()).unwrap_or_default();
        committed(last) > 0.0 && delivered > FAR_ABOVE * committed(last)
    });
    let days = stages.iter().find_map(|stage| stage.planned_days);
    let doubts = [
        (pairs().any(|(a, b)| before(b.at, a.at)), FindingKind::StageTimes),
        (stages.iter().any(|stage| before(sprint.closed_at, stage.at)), FindingKind::SeenAfterEnd),
        (far_above, FindingKind::FarAbove),
        (days == Some(0.0), FindingKind::ZeroLength),
        (days.is_some_and(|days| days > LONG_DAYS), FindingKind::VeryLong),
    ];
    for (_, kind) in doubts.into_iter().filter(|(is, _)| *is) {
        found.sprint(kind, sprint);
    }
    true
}

fn before<T: Ord>(a: Option<T>, b: Option<T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a < b)
}

fn report(given: u32, training: &TrainingSet, mut found: Found) -> DataReport {
    let sprints = training.sprints();
    if sprints.is_empty() {
        found.0.insert(FindingKind::NothingUsable, (0, Vec::new()));
    }
    let undated: Vec<&FinishedSprint> = sprints.iter().filter(|sprint| sprint.closed_at.is_none()).collect();
    let kind = if undated.len() == sprints.len() { FindingKind::NoDates } else { FindingKind::SomeDates };
    undated.into_iter().for_each(|sprint| found.sprint(kind, sprint));

    let teams: Vec<GroupCount<TeamId>> = counted(sprints.iter().map(|sprint| &sprint.team));
    if let [only] = &teams[..] {
        found.add(FindingKind::OneTeam, 1, || only.group.to_string());
    }
    for team in teams.iter().filter(|team| team.sprints < SMALL_TEAM) {
        found.add(FindingKind::SmallTeams, 1, || team.group.to_string());
    }

    let defaults = BlendParams::default();
    let stages: Vec<StageData> =
        STAGES.into_iter().filter_map(|t| Some(stage_data(Probability::new(t).ok()?, sprints))).collect();
    for StageData { t, sprints, missed, .. } in &stages {
        let met = sprints.saturating_sub(*missed);
        let name = || format!("{:.0} %", t.get() * 100.0);
        if *sprints > 0 && (*missed == 0 || met == 0) {
            found.add(FindingKind::OneClass, 1, name);
        } else if (*sprints as usize) < defaults.min_sprints
            || ((*missed).min(met) as usize) < defaults.min_of_each
        {
            found.add(FindingKind::FewRows, 1, name);
        }
    }
    DataReport {
        given,
        used: count(sprints.len()),
        first: sprints.iter().filter_map(|sprint| sprint.started_at.or(sprint.closed_at)).min(),
        last: sprints.iter().filter_map(|sprint| sprint.closed_at).max(),
        stages,
        projects: counted(sprints.iter().map(|sprint| &sprint.project)),
        teams,
        findings: found.into_findings(),
    }
}

fn stage_data(t: Probability, sprints: &[FinishedSprint]) -> StageData {
    let mut data = StageData { t, sprints: 0, missed: 0, in_points: 0 };
    for sprint in sprints {
        let Some(seen) = seen_at(t, sprint) else { continue };
        let measure = seen.measure();
        let committed = seen.committed().in_measure(measure);
        let Some(delivered) = sprint.delivered_in(measure).filter(|_| committed > 0.0) else { continue };
        data.sprints += 1;
        data.missed += u32::from(missed(delivered, committed));
        data.in_points += u32::from(measure == Measure::Points);
    }
    data
}

fn counted<'a, G: Ord + Clone + 'a>(groups: impl Iterator<Item = &'a G>) -> Vec<GroupCount<G>> {
    let mut counts: BTreeMap<&G, u32> = BTreeMap::new();
    groups.for_each(|group| *counts.entry(group).or_default() += 1);
    counts.into_iter().map(|(group, sprints)| GroupCount { group: group.clone(), sprints }).collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "tests/check.rs"]
mod tests;
