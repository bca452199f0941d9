use chrono::{TimeDelta, TimeZone, Utc};
use juno_domain::{
    Completeness, FinishedSprint, Probability, ProjectKey, Scope, SprintId, SprintPhase, SprintSnapshot,
    StoryPoints, TeamId,
};
use proptest::prelude::*;

/// Issues and points in one state; points are whole or half.
type Amount = (u32, u32);

fn scope((issues, halves): Amount) -> Option<Scope> {
    let points = if issues == 0 { 0.0 } else { f64::from(halves) / 2.0 };
    Some(Scope { issues, points: StoryPoints::new(points).ok()? })
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![1 => Just((0, 0)), 2 => (0_u32..15, 0_u32..120)]
}

/// A snapshot that holds together: what is to do, in progress and done is what the sprint started with, plus
/// added, minus removed. Empty and unestimated sprints, T = 0 and T = 1 are among them.
pub fn snapshot() -> impl Strategy<Value = SprintSnapshot> {
    let t = prop_oneof![1 => Just(0.0), 1 => Just(1.0), 4 => 0.0..=1.0_f64];
    let shares = (0.0..=1.0_f64, 0.0..=1.0_f64);
    let options = (any::<bool>(), any::<bool>(), 0_u32..9);
    (t, amount(), amount(), amount(), amount(), shares, options, prop::option::of(1.0..60.0_f64))
        .prop_filter_map(
            "amounts are valid",
            |(t, todo, doing, done, removed, (added, blocked), (estimated, known, members), planned_days)| {
                let amount = |a: Amount| scope(if estimated { a } else { (a.0, 0) });
                let (todo, in_progress, done, removed) =
                    (amount(todo)?, amount(doing)?, amount(done)?, amount(removed)?);
                let inside = todo + in_progress + done;
                let part = |of: Scope, share: f64| {
                    let issues = (f64::from(of.issues) * share) as u32;
                    scope((issues, (of.points.get() * 2.0 * share) as u32))
                };
                let added = part(inside, added)?;
                let open = todo + in_progress;
                Some(SprintSnapshot {
                    project: ProjectKey::new("TEST").ok()?,
                    sprint: SprintId(7),
                    team: TeamId::new("1").ok()?,
                    name: "Sprint 7".to_owned(),
                    at: None,
                    t: Probability::new(t).ok()?,
                    phase: if t == 0.0 { SprintPhase::Planned } else { SprintPhase::Running },
                    planned_days,
                    started_with: inside.saturating_sub(added) + removed,
                    added,
                    removed,
                    todo,
                    in_progress,
                    done,
                    blocked: known.then_some(part(open, blocked)?),
                    open_defects: known.then_some((f64::from(open.issues) * blocked) as u32),
                    unestimated: known.then_some(if estimated { 0 } else { inside.issues }),
                    members,
                    completeness: Completeness::COMPLETE,
                })
            },
        )
}

/// Up to `most` finished sprints of one team in order of time, ids rising from 1, stages at 0, 0.3, 0.5 and 0.8.
pub fn team_history(most: usize) -> impl Strategy<Value = Vec<FinishedSprint>> {
    let sprint = ([snapshot(), snapshot(), snapshot(), snapshot()], 0.0..=1.3_f64);
    prop::collection::vec(sprint, 0..=most).prop_filter_map("dates are valid", |sprints| {
        let finished = |(n, (stages, share)): (u64, ([SprintSnapshot; 4], f64))| {
            let start = Utc.timestamp_opt(1_767_600_000, 0).single()? + TimeDelta::days(14 * n as i64);
            let mut stages = stages.to_vec();
            for (stage, t) in stages.iter_mut().zip([0.0, 0.3, 0.5, 0.8]) {
                stage.sprint = SprintId(n + 1);
                stage.t = Probability::new(t).ok()?;
                stage.phase = SprintPhase::Running;
                stage.at = Some(start + TimeDelta::minutes((14.0 * 1_440.0 * t) as i64));
                stage.planned_days = Some(14.0);
            }
            let committed = stages[0].committed();
            Some(FinishedSprint {
                project: stages[0].project.clone(),
                sprint: SprintId(n + 1),
                team: stages[0].team.clone(),
                started_at: Some(start),
                closed_at: Some(start + TimeDelta::days(14)),
                delivered: Scope {
                    issues: (f64::from(committed.issues) * share) as u32,
                    points: StoryPoints::new((committed.points.get() * share).round()).ok()?,
                },
                delivered_issues_known: true,
                stages,
            })
        };
        (0..).zip(sprints).map(finished).collect()
    })
}
