use chrono::{DateTime, Utc};
use juno_domain::{Action, Calibration, Confidence, Measure, SprintPhase};
use juno_risk::{Forecast, Maturity, RiskLevel};

use crate::names::Names;

pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.format("%a %d %b %Y, %H:%M UTC").to_string()
}

pub(crate) fn percent(share: f64) -> String {
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

pub(crate) fn confidence(confidence: &Confidence) -> String {
    match &confidence.calibration {
        Calibration::Uncalibrated => format!("{:.2}, not yet calibrated", confidence.value.get()),
        Calibration::Calibrated { outcomes, .. } => {
            format!("{:.2}, calibrated on {outcomes} outcomes", confidence.value.get())
        }
    }
}
