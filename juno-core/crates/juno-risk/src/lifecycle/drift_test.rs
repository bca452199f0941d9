use juno_confidence::chi_square_tail;

use crate::blend::InputSpread;

/// Fewest sprints, counting those of a team that are alike as fewer, that inputs are compared on.
const FEWEST: f64 = 20.0;
/// Fewest sprints that a bin has to be expected to hold.
const EXPECTED: f64 = 5.0;

/// How far an input has moved between two sets of sprints.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moved {
    /// Population stability index over the bins of the first set.
    pub(super) psi: f64,
    /// The chance of such a difference where nothing has moved.
    pub(super) p_value: f64,
}

/// One set of sprints: how many lie in each bin, and how many of its team's sprints a sprint stands with on average.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted<'c> {
    pub(super) counts: &'c [u32],
    pub(super) team_size: f64,
}

impl Counted<'_> {
    fn total(&self) -> f64 {
        self.counts.iter().map(|count| f64::from(*count)).sum()
    }

    /// What the sprints are worth as independent ones (Kish's design effect).
    fn worth(&self, alike: f64) -> f64 {
        self.total() / (1.0 + (self.team_size - 1.0).max(0.0) * alike)
    }
}

/// Compares how an input is spread now with how it was (`spread`, in sprints of teams of `team_size`): chi-squared test of two
/// samples, each counted as what it is worth, bins merged where too little is expected in them. `None` where there is too
/// little to compare, or where all lies in one bin.
pub(super) fn moved(spread: &InputSpread, team_size: f64, now: Counted<'_>) -> Option<Moved> {
    let then = Counted { counts: &spread.counts, team_size };
    let worth = [then.worth(spread.alike), now.worth(spread.alike)];
    if worth.iter().any(|worth| *worth < FEWEST) {
        return None;
    }
    let share =
        |of: Counted<'_>, bin: usize| f64::from(of.counts.get(bin).copied().unwrap_or(0)) / of.total();
    let pooled = |[a, b]: [f64; 2]| (a * worth[0] + b * worth[1]) / (worth[0] + worth[1]);
    let least = worth[0].min(worth[1]);
    let mut bins: Vec<[f64; 2]> = Vec::new();
    let mut open = [0.0; 2];
    for bin in 0..then.counts.len() {
        open = [open[0] + share(then, bin), open[1] + share(now, bin)];
        if pooled(open) * least >= EXPECTED {
            bins.push(open);
            open = [0.0; 2];
        }
    }
    // What is too little at the end goes to the bin before it.
    if let Some(last) = bins.last_mut() {
        *last = [last[0] + open[0], last[1] + open[1]];
    }
    if bins.len() < 2 {
        return None;
    }
    let spread = 1.0 / worth[0] + 1.0 / worth[1];
    let statistic: f64 = bins.iter().map(|bin| (bin[0] - bin[1]).powi(2) / (pooled(*bin) * spread)).sum();
    let freedom = u32::try_from(bins.len() - 1).unwrap_or(u32::MAX);
    Some(Moved { psi: psi(then.counts, now.counts), p_value: chi_square_tail(statistic, freedom) })
}

/// Σ (share now − share then) · ln(share now ÷ share then), half a sprint added to each bin.
fn psi(then: &[u32], now: &[u32]) -> f64 {
    let bins = then.len() as f64;
    let total = |counts: &[u32]| counts.iter().map(|count| f64::from(*count)).sum::<f64>() + bins / 2.0;
    let (all_then, all_now) = (total(then), total(now));
    let part = |(then, now): (&u32, &u32)| {
        let (then, now) = ((f64::from(*then) + 0.5) / all_then, (f64::from(*now) + 0.5) / all_now);
        (now - then) * (now / then).ln()
    };
    then.iter().zip(now).map(part).sum()
}

#[cfg(test)]
#[path = "tests/drift_test.rs"]
mod tests;
