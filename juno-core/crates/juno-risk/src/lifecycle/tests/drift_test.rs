use juno_domain::{Seed, TeamId};
use rand::Rng;

use super::*;
use crate::blend::team_size;

/// Sprints of `teams` teams, `each` of each team: a value is the team's own (`alike` of the variance) and the sprint's, plus
/// `shift`.
fn drawn(
    teams: usize,
    each: usize,
    alike: f64,
    shift: f64,
    rng: &mut impl Rng,
) -> (Vec<Option<f64>>, Vec<TeamId>) {
    let mut normal = || (0..12).map(|_| rng.r#gen::<f64>()).sum::<f64>() - 6.0;
    let (mut values, mut names) = (Vec::new(), Vec::new());
    for team in 0..teams {
        let own = normal();
        for _ in 0..each {
            values.push(Some(shift + alike.sqrt() * own + (1.0 - alike).sqrt() * normal()));
            names.push(TeamId::new(format!("t{team}")).unwrap());
        }
    }
    (values, names)
}

/// How often of so many tries a move is found at 5 %, and how often there was too little to look at.
fn found(each: [usize; 2], alike: f64, shift: f64, tries: u32, seed: u64) -> (f64, u32) {
    let mut rng = Seed(seed).rng();
    let (mut hits, mut none) = (0, 0);
    for _ in 0..tries {
        let (then, teams) = drawn(40, each[0], alike, 0.0, &mut rng);
        let refs: Vec<&TeamId> = teams.iter().collect();
        let spread = InputSpread::of(&then, &refs);
        let (now, now_teams) = drawn(40, each[1], alike, shift, &mut rng);
        let counts = spread.count(now.into_iter());
        let now = Counted { counts: &counts, team_size: team_size(&now_teams) };
        match moved(&spread, team_size(&refs), now) {
            Some(moved) => hits += u32::from(moved.p_value <= 0.05),
            None => none += 1,
        }
    }
    (f64::from(hits) / f64::from(tries), none)
}

#[test]
fn where_nothing_moved_about_one_in_twenty_is_found() {
    // 400 tries: a rate of 0.05 lies within 0.05 ± 0.033 (three standard errors).
    let (independent, none) = found([8, 3], 0.0, 0.0, 400, 1);
    assert!(none == 0 && (0.015..=0.085).contains(&independent), "{independent}");
    let (alike, none) = found([8, 3], 0.5, 0.0, 400, 2);
    assert!(none == 0 && alike <= 0.085, "{alike}");
}

/// Counting alike sprints as independent ones finds moves where there are none.
#[test]
fn fault_sprints_of_a_team_counted_as_independent() {
    let mut rng = Seed(3).rng();
    let mut naive = 0;
    for _ in 0..200 {
        let (then, teams) = drawn(40, 8, 0.5, 0.0, &mut rng);
        let refs: Vec<&TeamId> = teams.iter().collect();
        let spread = InputSpread::of(&then, &refs);
        let (now, _) = drawn(40, 3, 0.5, 0.0, &mut rng);
        let counts = spread.count(now.into_iter());
        let one = moved(&spread, 1.0, Counted { counts: &counts, team_size: 1.0 });
        naive += u32::from(one.is_some_and(|moved| moved.p_value <= 0.05));
    }
    assert!(naive > 24, "{naive} of 200: the correction would be for nothing");
}

#[test]
fn a_clear_move_is_found_and_its_size_told() {
    assert!(found([8, 3], 0.2, 1.5, 50, 4).0 > 0.95);
    let same = [10, 10, 10, 0];
    assert_eq!(psi(&same, &same), 0.0);
    assert!(psi(&same, &[0, 0, 30, 0]) > 0.25);
    // Shares of 0.5, 0.5 to 0.8, 0.2 by hand: 0.3 · ln 1.6 + 0.3 · ln 2.5.
    let far = psi(&[50_000, 50_000], &[80_000, 20_000]);
    assert!((far - (0.3 * 1.6_f64.ln() + 0.3 * 2.5_f64.ln())).abs() < 1e-4, "{far}");
}

#[test]
fn too_little_is_not_compared_and_what_becomes_unknown_is_seen() {
    let one = TeamId::new("t").unwrap();
    let spread = InputSpread::of(&(0..100).map(|i| Some(f64::from(i))).collect::<Vec<_>>(), &[&one; 100]);
    let compare = |values: &[Option<f64>]| {
        let counts = spread.count(values.iter().copied());
        moved(&spread, 1.0, Counted { counts: &counts, team_size: 1.0 })
    };
    assert_eq!(compare(&[Some(1.0); 19]), None);
    assert!(compare(&[Some(1.0); 20]).unwrap().p_value < 1e-6);
    assert!(compare(&[None; 40]).unwrap().p_value < 1e-6);
    let constant = InputSpread::of(&[Some(2.0); 50], &[&one; 50]);
    let counts = constant.count([Some(2.0); 50].into_iter());
    assert_eq!(moved(&constant, 1.0, Counted { counts: &counts, team_size: 1.0 }), None);
}
