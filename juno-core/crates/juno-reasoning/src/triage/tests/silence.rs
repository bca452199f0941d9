use chrono::TimeDelta;
use juno_analytics::SilentSpell;
use juno_domain::{IssueId, IssueKey, TeamId};

use super::fixture::day;
use crate::TriageParams;
use crate::triage::seen::Seen;
use crate::triage::silence::Silences;

/// A silence of a story in To Do of team PAY that ended, or that still goes on.
pub(super) fn spell(issue: usize, from: f64, until: f64, ended: bool) -> SilentSpell {
    SilentSpell {
        issue: IssueId::new(format!("{issue}")).unwrap(),
        key: IssueKey::new(format!("PAY-{issue}")).unwrap(),
        team: TeamId::new("PAY").unwrap(),
        issue_type: "Story".into(),
        status: "To Do".into(),
        from: day(from),
        until: day(until),
        ended,
    }
}

fn of(team: &str, issue_type: &str, status: &str) -> SilentSpell {
    let team = TeamId::new(team).unwrap();
    SilentSpell { team, issue_type: issue_type.into(), status: status.into(), ..spell(0, 0.0, 0.0, false) }
}

#[test]
fn a_silence_is_seen_only_as_far_as_the_day() {
    let whole = spell(1, 10.0, 20.0, true);
    let seen = |on| Seen::at(&whole, day(on)).map(|seen| (seen.length.num_days(), seen.ended));
    assert_eq!(seen(9.9), None);
    assert_eq!(seen(10.0), Some((0, false)));
    assert_eq!(seen(15.0), Some((5, false)));
    assert_eq!(seen(20.0), Some((10, true)));
    assert_eq!(seen(99.0), Some((10, true)));
    let open = spell(1, 10.0, 20.0, false);
    assert_eq!(Seen::at(&open, day(99.0)).map(|seen| seen.ended), Some(false));
}

#[test]
fn stale_is_longer_than_the_share_and_than_the_least_number_of_days() {
    // 20 silences that ended after 1 to 20 days.
    let spells: Vec<_> = (1..=20_i32).map(|n| spell(1, 0.0, f64::from(n), true)).collect();
    let silences = Silences::learn(&spells, day(100.0));
    let stale = |days: i64, params: &TriageParams| {
        silences.stale(&of("PAY", "Story", "To Do"), TimeDelta::days(days), params).is_some()
    };
    let params = TriageParams::default();
    assert_eq!([17, 18, 19, 40].map(|days| stale(days, &params)), [false, true, true, true]);
    let patient = TriageParams { min_silence_days: 30.0, ..params.clone() };
    assert_eq!([18, 29, 30].map(|days| stale(days, &patient)), [false, false, true]);
    let strict = TriageParams { percentile: 0.5, ..params };
    assert_eq!([9, 10].map(|days| stale(days, &strict)), [false, true]);
}

#[test]
fn fewer_than_twenty_ended_silences_are_no_habit() {
    let mut spells: Vec<_> = (0..19).map(|n| spell(n, 0.0, 1.0, true)).collect();
    spells.push(spell(19, 0.0, 50.0, false));
    let stale = |spells: &[SilentSpell]| {
        let silences = Silences::learn(spells, day(100.0));
        silences.stale(&of("PAY", "Story", "To Do"), TimeDelta::days(60), &TriageParams::default())
    };
    assert_eq!(stale(&spells), None);
    spells.push(spell(20, 0.0, 1.0, true));
    assert!(stale(&spells).is_some());
    assert_eq!(stale(&[]), None);
}

#[test]
fn the_narrowest_group_that_knows_enough_answers_and_says_so() {
    let mut spells = Vec::new();
    for n in 0..20 {
        spells.push(spell(n, 0.0, 1.0, true));
        let other = SilentSpell { issue_type: "Bug".into(), ..spell(100 + n, 0.0, 30.0, true) };
        spells.push(SilentSpell { status: "Review".into(), ..other });
    }
    let silences = Silences::learn(&spells, day(100.0));
    let basis = |team: &str, issue_type: &str, status: &str| {
        let found =
            silences.stale(&of(team, issue_type, status), TimeDelta::days(40), &TriageParams::default());
        found.map(|stale| (stale.basis, stale.spells))
    };
    let said = |text: &str, n| Some((text.to_owned(), n));
    assert_eq!(basis("PAY", "Story", "To Do"), said("Story tickets of the team in `To Do`", 20));
    assert_eq!(basis("PAY", "Epic", "Review"), said("tickets of the team in `Review`", 20));
    assert_eq!(basis("PAY", "Epic", "Waiting"), said("tickets of the team", 40));
    assert_eq!(basis("OPS", "Epic", "Waiting"), said("tickets of all teams", 40));
}

#[test]
fn data_is_known_to_be_kept_until_the_newest_thing_anybody_did() {
    let spells = [spell(1, 0.0, 5.0, true), spell(1, 5.0, 50.0, false), spell(2, 3.0, 50.0, true)];
    let newest = |on| Silences::learn(&spells, day(on)).newest();
    assert_eq!([2.0, 4.0, 40.0, 60.0].map(newest), [day(0.0), day(3.0), day(5.0), day(50.0)]);
    assert_eq!(Silences::learn(&[], day(9.0)).newest(), day(9.0));
}
