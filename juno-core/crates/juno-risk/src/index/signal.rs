use super::{RiskCategory, RiskIndexInputs};

/// One input as the index reads it: on a scale from 0 to 1, with words.
pub(super) struct Signal {
    pub(super) category: RiskCategory,
    /// 0 at `calm` and below, 1 at `full` and above, straight between.
    pub(super) score: f64,
    pub(super) evidence: String,
    pub(super) mitigation: &'static str,
}

/// The known inputs on their scales. The scales are judgement, stated here once. A little of anything is calm, and the upper
/// ends leave room: of public sprints, a third raise an alert in velocity and a fifth each in scope and capacity.
///
/// | input | 0 up to | 1 from |
/// | --- | --- | --- |
/// | past shortfall | 0.1 of the commitment | 0.8 |
/// | behind pace | 0.1 of the commitment | 0.6 |
/// | added, removed | 0.2 of the work | all of it |
/// | load | 0.8 | 2.5 |
/// | missing members | 0.2 of them | all of them |
/// | defects, unestimated | 0.1 of the issues | 0.6 |
/// | blocked | 0 | 0.5 of the work at the start |
pub(super) fn signals(inputs: &RiskIndexInputs) -> Vec<Signal> {
    use RiskCategory::{Capacity, Dependencies, Quality, Scope, Velocity};
    let mut signals = Vec::new();
    let mut add =
        |category, value: Option<f64>, (calm, full): (f64, f64), say: fn(f64) -> String, mitigation| {
            if let Some(value) = value {
                let score = ((value - calm) / (full - calm)).clamp(0.0, 1.0);
                signals.push(Signal { category, score, evidence: say(value), mitigation });
            }
        };
    add(
        Velocity,
        inputs.past_shortfall,
        (0.1, 0.8),
        |v| format!("the team usually leaves {} of its commitment undone", percent(v)),
        "commit to what the last sprints delivered",
    );
    add(
        Velocity,
        inputs.behind_pace,
        (0.1, 0.6),
        |v| match v {
            0.0 => "done work keeps the team's usual pace".to_owned(),
            v => format!("done work is {} of the commitment behind the team's usual pace", percent(v)),
        },
        "finish what is in progress before starting more",
    );
    add(
        Scope,
        inputs.added_share,
        (0.2, 1.0),
        |v| format!("{} of the work came in after the start", percent(v)),
        "take something out for everything that comes in",
    );
    add(
        Scope,
        inputs.removed_share,
        (0.2, 1.0),
        |v| format!("{} of the work at the start was taken out", percent(v)),
        "agree the sprint goal again and hold the scope",
    );
    add(
        Capacity,
        inputs.load,
        (0.8, 2.5),
        |v| format!("the load is {v:.1} times what the team usually delivers"),
        "move the least important open issues to a later sprint",
    );
    add(
        Capacity,
        inputs.missing_members,
        (0.2, 1.0),
        |v| match v {
            0.0 => "the usual number of people is at work".to_owned(),
            v => format!("{} fewer people than usual are at work", percent(v)),
        },
        "find help or plan for the people who are there",
    );
    add(
        Quality,
        inputs.defect_share,
        (0.1, 0.6),
        |v| format!("open defects are {} of what the sprint began with", percent(v)),
        "fix open defects before new work",
    );
    add(
        Quality,
        inputs.unestimated_share,
        (0.1, 0.6),
        |v| format!("issues without an estimate are {} of what the sprint began with", percent(v)),
        "estimate the open issues",
    );
    add(
        Dependencies,
        inputs.blocked_share,
        (0.0, 0.5),
        |v| format!("blocked work is {} of what the sprint began with", percent(v)),
        "clear the blockers first, or swap blocked issues for free ones",
    );
    signals
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
