//! A reasoner that says what it is told to say, and an outside world that counts what is done to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use juno_core::action::{ActionError, ActionExecutor, Effect, Preview, inverse_of};
use juno_core::confidence::ConfidenceAssessment;
use juno_core::domain::{
    Action, Calibration, Confidence, Evidence, Impact, IssueKey, MemberId, Probability, Progress, Proposal,
    RawScore, TeamId,
};
use juno_core::reasoning::{
    Claim, Finding, Findings, Reasoner, ReasoningError, Situation, Trace, TraceParts, proposal_id,
};

/// One thing to say: an action, and what makes its situation this one.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) action: Action,
    pub(crate) impact: Impact,
    pub(crate) confidence: f64,
    /// Ground and value.
    pub(crate) score: Option<(&'static str, f64)>,
    pub(crate) team: &'static str,
    pub(crate) situation: &'static str,
}

fn issue(key: &str) -> IssueKey {
    IssueKey::new(key).unwrap()
}

/// A label on a ticket, sure enough to be set without a person where policy lets it.
pub(crate) fn label(key: &str) -> Line {
    Line {
        action: Action::AddLabel { issue: issue(key), label: "stale".into() },
        impact: Impact::Low,
        confidence: 0.95,
        score: None,
        team: "pay",
        situation: "silent",
    }
}

/// A question on a ticket, which the team lead decides.
pub(crate) fn question(key: &str) -> Line {
    let action = Action::RequestInfo { issue: issue(key), of: None, question: "Still needed?".into() };
    Line { action, ..label(key) }
}

/// A new priority, which the team lead decides: medium impact.
pub(crate) fn priority(key: &str) -> Line {
    let action = Action::Reprioritise { issue: issue(key), from: None, to: "High".into() };
    Line { action, impact: Impact::Medium, ..label(key) }
}

/// A new assignee: no team lead may decide that, and high impact is the project manager's anyway.
pub(crate) fn reassign(key: &str) -> Line {
    let action = Action::Reassign { issue: issue(key), from: None, to: MemberId::new("mia").unwrap() };
    Line { action, impact: Impact::High, ..label(key) }
}

/// What it says can be changed while a test runs.
#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Mutex<Vec<Line>>>);

impl Scripted {
    pub(crate) fn saying(lines: impl IntoIterator<Item = Line>) -> Self {
        Self(Arc::new(Mutex::new(lines.into_iter().collect())))
    }

    pub(crate) fn say(&self, lines: impl IntoIterator<Item = Line>) {
        *self.0.lock().unwrap() = lines.into_iter().collect();
    }
}

impl Reasoner for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn reason(&self, situation: &Situation<'_>, _: &Progress) -> Result<Findings, ReasoningError> {
        let lines = self.0.lock().unwrap();
        let findings = lines.iter().map(|line| finding(line, situation)).collect::<Result<_, _>>()?;
        Ok(Findings { findings, skipped: Vec::new() })
    }
}

fn finding(line: &Line, situation: &Situation<'_>) -> Result<Finding, ReasoningError> {
    let evidence = vec![Evidence {
        id: "e1".into(),
        source: "a script".into(),
        statement: "it is in the script".into(),
        observed_at: situation.as_of,
        quality: Probability::ONE,
    }];
    let confidence = Confidence {
        value: Probability::new(line.confidence).unwrap(),
        calibration: Calibration::Calibrated { method: "script".into(), outcomes: 50 },
    };
    let proposal = Proposal {
        id: proposal_id(&line.action, &line.situation)?,
        action: line.action.clone(),
        impact: line.impact,
        team: TeamId::new(line.team).unwrap(),
        proposer: situation.proposer.clone(),
        confidence: confidence.clone(),
        score: line.score.map(|(ground, value)| RawScore {
            value: Probability::new(value).unwrap(),
            ground: ground.to_owned(),
        }),
        rationale: "It is in the script.".into(),
        evidence: evidence.clone(),
        proposed_at: situation.as_of,
    };
    let trace = Trace::new(TraceParts {
        question: "What does the script say?".into(),
        evidence,
        steps: Vec::new(),
        alternatives: Vec::new(),
        assumptions: Vec::new(),
        limitations: Vec::new(),
        conclusion: Claim::new("It says this.", ["e1"]),
        confidence: ConfidenceAssessment { confidence, factors: Vec::new(), missing: Vec::new() },
    })?;
    Ok(Finding { subject: line.action.target().to_owned(), trace, proposal: Some(proposal) })
}

/// How often each action was done to the outside world, by its idempotency key.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<BTreeMap<String, u32>>>);

impl World {
    pub(crate) fn effects(&self) -> BTreeMap<String, u32> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl ActionExecutor for World {
    fn name(&self) -> &str {
        "world"
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        let (summary, reversible) = (action.name().into(), action.is_reversible());
        Ok(Preview { summary, changes: Vec::new(), reversible, blast_radius: 1 })
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(inverse_of(action))
    }

    async fn execute(&self, action: &Action, idempotency_key: &str) -> Result<Effect, ActionError> {
        *self.0.lock().unwrap().entry(idempotency_key.to_owned()).or_default() += 1;
        Ok(Effect { dry_run: false, detail: format!("did {} on {}", action.name(), action.target()) })
    }
}
