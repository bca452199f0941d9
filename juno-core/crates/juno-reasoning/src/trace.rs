use std::collections::BTreeSet;

use juno_confidence::ConfidenceAssessment;
use juno_domain::Evidence;
use serde::{Deserialize, Serialize};

use crate::ReasoningError;

/// A statement and the evidence it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The statement, one sentence.
    pub text: String,
    /// Ids of the evidence, at least one.
    pub evidence: Vec<String>,
}

impl Claim {
    /// A statement that rests on the named evidence.
    #[must_use]
    pub fn new<'a>(text: impl Into<String>, evidence: impl IntoIterator<Item = &'a str>) -> Self {
        Self { text: text.into(), evidence: evidence.into_iter().map(str::to_owned).collect() }
    }
}

/// Something else that could have been concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// What it is.
    pub what: String,
    /// Why it was not chosen.
    pub why_not: String,
}

/// The parts of a [`Trace`] before they are checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceParts {
    /// What was asked.
    pub question: String,
    /// What is known, each piece with its own id.
    pub evidence: Vec<Evidence>,
    /// How the conclusion was reached, in order.
    pub steps: Vec<Claim>,
    /// What else could have been concluded.
    pub alternatives: Vec<Alternative>,
    /// What was taken for granted.
    pub assumptions: Vec<String>,
    /// What the answer cannot see.
    pub limitations: Vec<String>,
    /// The answer.
    pub conclusion: Claim,
    /// How sure it is.
    pub confidence: ConfidenceAssessment,
}

/// A checked line of reasoning: every claim in it cites evidence that it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "TraceParts", into = "TraceParts")]
pub struct Trace(TraceParts);

impl Trace {
    /// Checks the parts.
    ///
    /// # Errors
    /// If a claim cites nothing or something the trace does not hold, or if two pieces of evidence share an id.
    pub fn new(parts: TraceParts) -> Result<Self, ReasoningError> {
        let mut ids = BTreeSet::new();
        for piece in &parts.evidence {
            if !ids.insert(piece.id.as_str()) {
                return Err(ReasoningError::DuplicateEvidence(piece.id.clone()));
            }
        }
        for claim in parts.steps.iter().chain([&parts.conclusion]) {
            let problem = if claim.evidence.is_empty() {
                Some("cites nothing".to_owned())
            } else {
                let missing = claim.evidence.iter().find(|id| !ids.contains(id.as_str()));
                missing.map(|id| format!("cites `{id}`, which is not there"))
            };
            if let Some(problem) = problem {
                let claim = claim.text.chars().take(80).collect();
                return Err(ReasoningError::UnsupportedClaim { claim, problem });
            }
        }
        Ok(Self(parts))
    }

    /// What was asked.
    #[must_use]
    pub fn question(&self) -> &str {
        &self.0.question
    }

    /// What is known.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.0.evidence
    }

    /// How the conclusion was reached.
    #[must_use]
    pub fn steps(&self) -> &[Claim] {
        &self.0.steps
    }

    /// The answer.
    #[must_use]
    pub const fn conclusion(&self) -> &Claim {
        &self.0.conclusion
    }

    /// How sure it is.
    #[must_use]
    pub const fn confidence(&self) -> &ConfidenceAssessment {
        &self.0.confidence
    }

    /// All parts.
    #[must_use]
    pub const fn parts(&self) -> &TraceParts {
        &self.0
    }
}

impl TryFrom<TraceParts> for Trace {
    type Error = ReasoningError;
    fn try_from(parts: TraceParts) -> Result<Self, ReasoningError> {
        Self::new(parts)
    }
}

impl From<Trace> for TraceParts {
    fn from(trace: Trace) -> Self {
        trace.0
    }
}
