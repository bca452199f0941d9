use juno_agent::{Pending, Review};
use juno_domain::{Decision, Outcome, Proposal, Verdict};
use juno_governance::Fired;
use juno_risk::Forecast;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use crate::names::Names;
use crate::reasons::Reasons;
use crate::{ReportError, plain, wording};

/// How many sprints are drawn before the rest is only counted: a page of thousands helps nobody.
const MOST_CARDS: usize = 200;

/// A review as one HTML page: no scripts, no outside links, readable on paper.
///
/// # Errors
/// If the template is broken.
pub fn html(review: &Review) -> Result<String, ReportError> {
    let names = Names::of(review);
    let mut environment = Environment::new();
    // The name ends in `.html`, so every value is escaped.
    environment.add_template("review.html", include_str!("review.html"))?;
    let find = |id| review.proposals.iter().find(|proposal| &proposal.id == id);
    let page = Page {
        as_of: wording::instant(review.as_of),
        review,
        sprints: review.forecasts.iter().take(MOST_CARDS).map(|f| Card::of(f, &names, review)).collect(),
        more: review.forecasts.len().saturating_sub(MOST_CARDS),
        executed: review
            .executed
            .iter()
            .map(|outcome| Row::executed(outcome, find(&outcome.proposal), review))
            .collect(),
        pending: review.pending.iter().map(|p| Row::pending(p, find(&p.proposal), review, &names)).collect(),
        refused: review
            .decisions
            .iter()
            .filter(|decision| decision.verdict == Verdict::Denied)
            .map(|decision| Row::refused(decision, find(&decision.proposal), review, &names))
            .collect(),
        fired: review.fired.iter().map(|f| Row::fired(f, find(&f.proposal), review, &names)).collect(),
    };
    Ok(plain(&environment.get_template("review.html")?.render(Serde(page))?))
}

/// What the template shows: the review's own lists, and those that need wording.
#[derive(Serialize)]
struct Page<'a> {
    as_of: String,
    review: &'a Review,
    sprints: Vec<Card>,
    /// Sprints beyond those.
    more: usize,
    executed: Vec<Row>,
    pending: Vec<Row>,
    refused: Vec<Row>,
    fired: Vec<Row>,
}

/// One ticket's line.
#[derive(Serialize)]
struct Row {
    target: String,
    what: String,
    why: String,
    /// The whole reasoning; empty if it is not at hand.
    explanation: String,
    note: String,
}

impl Row {
    /// A line about a proposal; `target` names what it is about where the proposal was made in an earlier run.
    fn about(
        proposal: Option<&Proposal>,
        review: &Review,
        target: impl FnOnce() -> String,
        what: String,
        note: String,
    ) -> Self {
        let explanation = proposal.and_then(|p| review.explanations.get(&p.id));
        Self {
            target: proposal.map_or_else(target, |p| p.action.target().to_owned()),
            what,
            why: proposal.map(|p| p.rationale.clone()).unwrap_or_default(),
            explanation: explanation.cloned().unwrap_or_default(),
            note,
        }
    }

    fn pending(pending: &Pending, proposal: Option<&Proposal>, review: &Review, names: &Names<'_>) -> Self {
        let (role, team) = (pending.role, names.team(&pending.team));
        let what = proposal.map_or_else(|| pending.action.clone(), |p| wording::action(&p.action, names));
        let note = format!("{role} of {team} decides until {}", wording::instant(pending.deadline));
        let row = Self::about(proposal, review, || pending.target.clone(), what, note);
        Self { why: pending.rationale.clone(), ..row }
    }

    fn refused(decision: &Decision, proposal: Option<&Proposal>, review: &Review, names: &Names<'_>) -> Self {
        let what = proposal.map(|p| wording::action(&p.action, names)).unwrap_or_default();
        Self::about(proposal, review, || decision.request.to_string(), what, decision.reasons.join("; "))
    }

    fn fired(fired: &Fired, proposal: Option<&Proposal>, review: &Review, names: &Names<'_>) -> Self {
        let what = proposal.map(|p| wording::action(&p.action, names)).unwrap_or_default();
        Self::about(proposal, review, || wording::target_of(review, fired), what, wording::fired(fired))
    }

    fn executed(outcome: &Outcome, proposal: Option<&Proposal>, review: &Review) -> Self {
        let sure = |p: &Proposal| format!("confidence {}", wording::confidence(&p.confidence));
        let note = proposal.map(sure).unwrap_or_default();
        Self::about(proposal, review, || outcome.request.to_string(), outcome.detail.clone(), note)
    }
}

/// One sprint's card; positions are in percent of the drawing's width.
#[derive(Serialize)]
struct Card {
    team: String,
    name: String,
    elapsed: String,
    misses: String,
    unit: &'static str,
    committed: String,
    done: String,
    expected: String,
    range: String,
    done_to: f64,
    committed_at: f64,
    expected_at: Option<f64>,
    from: Option<f64>,
    to: Option<f64>,
    level: &'static str,
    index: String,
    maturity: &'static str,
    note: String,
    factors: Vec<Factor>,
    reasons: Reasons,
}

#[derive(Serialize)]
struct Factor {
    name: &'static str,
    width: f64,
    threshold: f64,
    alert: bool,
    evidence: String,
    advice: String,
}

impl Card {
    fn of(forecast: &Forecast, names: &Names<'_>, review: &Review) -> Self {
        let range = forecast.intervals.first();
        let most = [
            forecast.committed,
            forecast.done,
            forecast.delivered.unwrap_or(0.0),
            range.map_or(0.0, |i| i.upper()),
        ]
        .into_iter()
        .fold(0.0, f64::max);
        // A tenth of air on the right; an empty drawing where there is nothing to draw.
        let at = |value: f64| if most > 0.0 { value / (most * 1.1) * 100.0 } else { 0.0 };
        Self {
            team: names.team(&forecast.team).to_owned(),
            name: forecast.name.clone(),
            elapsed: wording::elapsed(forecast),
            misses: forecast.p_miss.map_or("–".into(), |p| wording::percent(p.get())),
            unit: wording::unit(forecast.measure),
            committed: wording::amount(forecast.committed),
            done: wording::amount(forecast.done),
            expected: forecast.delivered.map_or("–".into(), wording::amount),
            range: range.map_or("–".into(), |i| {
                format!("{}–{}", wording::amount(i.lower()), wording::amount(i.upper()))
            }),
            done_to: at(forecast.done),
            committed_at: at(forecast.committed),
            expected_at: forecast.delivered.map(at),
            from: range.map(|i| at(i.lower())),
            to: range.map(|i| at(i.upper())),
            level: forecast.level.map_or("–", wording::level),
            index: forecast.risk_index.map_or("–".into(), |index| format!("{:.2}", index.get())),
            maturity: wording::maturity(forecast.maturity),
            note: forecast.note.clone(),
            factors: forecast.factors.iter().map(Factor::of).collect(),
            reasons: Reasons::of(forecast, review),
        }
    }
}

impl Factor {
    fn of(score: &juno_risk::CategoryScore) -> Self {
        Self {
            name: score.category.name(),
            width: score.score.get() * 100.0,
            threshold: score.threshold * 100.0,
            alert: score.alert,
            evidence: score.evidence.join("; "),
            advice: score.mitigations.first().cloned().unwrap_or_default(),
        }
    }
}
