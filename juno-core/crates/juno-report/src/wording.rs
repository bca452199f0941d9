use chrono::{DateTime, Utc};
use juno_agent::Review;
use juno_domain::{Action, Calibration, Confidence, EventKind, Measure, SprintPhase, Verdict};
use juno_governance::{ComplianceCheck, Fired, FiredResult};
use juno_risk::{Forecast, Maturity, RiskLevel};

use crate::names::Names;

pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.format("%a %d %b %Y, %H:%M UTC").to_string()
}

pub(crate) fn day(at: DateTime<Utc>) -> String {
    at.format("%a %d %b %Y").to_string()
}

/// A share in whole per cent. What is nearly certain never reads as certain.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.005 {
        return "<1 %".to_owned();
    }
    if (0.995..1.0).contains(&share) {
        return ">99 %".to_owned();
    }
    format!("{:.0} %", share * 100.0)
}

/// A number with at most one decimal, and none where it is whole.
pub(crate) fn amount(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}

pub(crate) const fn unit(measure: Measure) -> &'static str {
    match measure {
        Measure::Points => "points",
        Measure::Issues => "issues",
    }
}

pub(crate) const fn level(level: RiskLevel) -> &'static str {
    match level {
        RiskLevel::Minimal => "minimal",
        RiskLevel::Low => "low",
        RiskLevel::Medium => "medium",
        RiskLevel::High => "high",
        RiskLevel::Critical => "critical",
    }
}

pub(crate) const fn maturity(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Learning => "learning",
        Maturity::Provisional => "provisional",
        Maturity::Mature => "mature",
    }
}

/// How far the sprint has come.
pub(crate) fn elapsed(forecast: &Forecast) -> String {
    match forecast.phase {
        SprintPhase::Planned => "planned".to_owned(),
        SprintPhase::Running | SprintPhase::Finished => percent(forecast.t.get()),
    }
}

/// What an action does, without saying to which ticket.
pub(crate) fn action(action: &Action, names: &Names<'_>) -> String {
    match action {
        Action::Reassign { to, .. } => format!("reassign to {}", names.person(to)),
        Action::Escalate { .. } => "escalate".to_owned(),
        Action::Defer { until, .. } => format!("put off until {until}"),
        Action::Close { resolution, .. } => format!("close as {resolution}"),
        Action::Reprioritise { to, .. } => format!("set priority to {to}"),
        Action::RequestInfo { of: Some(of), .. } => format!("ask {}", names.person(of)),
        Action::RequestInfo { of: None, .. } => "ask a question".to_owned(),
        Action::AddLabel { label, .. } => format!("add label `{label}`"),
        Action::UpdateStatus { from, to, .. } => format!("move from {from} to {to}"),
        other => other.name().to_owned(),
    }
}

/// The word of what a compliance rule checks.
pub(crate) const fn check(check: ComplianceCheck) -> &'static str {
    match check {
        ComplianceCheck::Timeouts => "time-outs",
        ComplianceCheck::Authority => "authority",
        ComplianceCheck::Duties => "duties",
        ComplianceCheck::Quorum => "quorum",
        ComplianceCheck::Evidence => "evidence",
    }
}

/// The word of a kind of event, with blanks.
pub(crate) fn event(kind: EventKind) -> String {
    let word = serde_json::to_value(kind).ok();
    word.and_then(|word| word.as_str().map(|word| word.replace('_', " "))).unwrap_or_default()
}

/// What a deadline did.
pub(crate) fn fired(fired: &Fired) -> String {
    let late = format!("{} did not decide by {}", fired.role, instant(fired.deadline));
    match &fired.result {
        FiredResult::Escalated { to, deadline } => {
            format!("{late}; {to} decides until {}", instant(*deadline))
        }
        FiredResult::Held { until } => {
            format!("{late}; they still can until {}, then it ends", instant(*until))
        }
        FiredResult::Ended { verdict: Verdict::Expired } => format!("{late}: it will not be done"),
        FiredResult::Ended { .. } => format!("{late}, and nobody is left to ask: it will not be done"),
        FiredResult::Stuck { error } => format!("{late}; {error}"),
    }
}

/// What a passed deadline was about, where its proposal was made in an earlier run.
pub(crate) fn target_of(review: &Review, fired: &Fired) -> String {
    let pending = review.pending.iter().find(|pending| pending.request == fired.request);
    let refused = || review.suppressed.iter().find(|before| before.proposal == fired.proposal);
    match pending.map(|p| (&p.target, &p.action)).or_else(|| refused().map(|s| (&s.target, &s.action))) {
        Some((target, action)) => format!("{target}: {action}"),
        None => fired.request.to_string(),
    }
}

pub(crate) fn confidence(confidence: &Confidence) -> String {
    let value = confidence.value.get();
    let value = if (0.995..1.0).contains(&value) { ">0.99".to_owned() } else { format!("{value:.2}") };
    match &confidence.calibration {
        Calibration::Uncalibrated => format!("{value}, not yet calibrated"),
        Calibration::Calibrated { outcomes, .. } => format!("{value}, calibrated on {outcomes} outcomes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_no_more_than_is_known() {
        let percents = [0.0, 0.001, 0.005, 0.5, 0.994, 0.995, 0.999_9, 1.0].map(percent);
        assert_eq!(
            percents,
            ["0 %", "<1 %", "0 %", "50 %", "99 %", ">99 %", ">99 %", "100 %"].map(str::to_owned)
        );
        let amounts = [0.0, 0.04, 0.05, 3.0, 17.142_857, 1e9].map(amount);
        assert_eq!(amounts, ["0", "0", "0.1", "3", "17.1", "1000000000"].map(str::to_owned));
    }
}
