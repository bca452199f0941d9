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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use juno_domain::{Confidence, ErrorKind, Probability};

    use super::*;

    fn evidence(id: &str) -> Evidence {
        Evidence {
            id: id.into(),
            source: "changelog of PAY-1".into(),
            statement: "nobody touched it".into(),
            observed_at: DateTime::UNIX_EPOCH,
            quality: Probability::ONE,
        }
    }

    fn parts() -> TraceParts {
        TraceParts {
            question: "Should something be done about PAY-1?".into(),
            evidence: vec![evidence("e1"), evidence("e2")],
            steps: vec![Claim::new("it is silent", ["e1"]), Claim::new("that is unusual", ["e1", "e2"])],
            alternatives: Vec::new(),
            assumptions: Vec::new(),
            limitations: Vec::new(),
            conclusion: Claim::new("PAY-1: label it", ["e2"]),
            confidence: ConfidenceAssessment {
                confidence: Confidence::uncalibrated(Probability::HALF),
                factors: Vec::new(),
                missing: Vec::new(),
            },
        }
    }

    fn error(parts: TraceParts) -> String {
        let error = Trace::new(parts).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.to_string()
    }

    /// control: ASI09, AIA-13
    #[test]
    fn a_claim_without_evidence_is_refused() {
        let step = TraceParts { steps: vec![Claim::new("it is silent", [])], ..parts() };
        assert_eq!(
            error(step),
            "the claim `it is silent` cites nothing: every claim must cite evidence of its trace"
        );
        let conclusion = TraceParts { conclusion: Claim::new("label it", []), ..parts() };
        assert!(error(conclusion).contains("`label it` cites nothing"));
    }

    #[test]
    fn a_claim_that_cites_what_is_not_there_is_refused() {
        let step = TraceParts { steps: vec![Claim::new("it is silent", ["e1", "e9"])], ..parts() };
        assert!(error(step).contains("cites `e9`, which is not there"));
        let nothing = TraceParts { evidence: Vec::new(), ..parts() };
        assert!(error(nothing).contains("cites `e1`, which is not there"));
        let long = TraceParts { conclusion: Claim::new("ö".repeat(500), []), ..parts() };
        assert_eq!(error(long).matches('ö').count(), 80, "a long claim is quoted in part");
    }

    #[test]
    fn two_pieces_of_evidence_with_one_id_are_refused() {
        let twice = TraceParts { evidence: vec![evidence("e1"), evidence("e2"), evidence("e1")], ..parts() };
        assert_eq!(error(twice), "evidence `e1` stands twice in one trace: give each piece its own id");
    }

    #[test]
    fn what_was_checked_is_what_comes_back() {
        let trace = Trace::new(parts()).unwrap();
        assert_eq!(trace.parts(), &parts());
        assert_eq!(trace.question(), parts().question);
        assert_eq!((trace.evidence().len(), trace.steps().len()), (2, 2));
        assert_eq!(trace.conclusion().text, "PAY-1: label it");
        assert_eq!(trace.confidence().confidence.value, Probability::HALF);
        assert_eq!(TraceParts::from(trace), parts());
    }

    #[test]
    fn a_stored_trace_is_checked_again_when_it_is_read() {
        let trace = Trace::new(parts()).unwrap();
        let mut json = serde_json::to_value(&trace).unwrap();
        assert_eq!(serde_json::from_value::<Trace>(json.clone()).unwrap(), trace);
        json["steps"][0]["evidence"] = serde_json::json!(["e7"]);
        let refused = serde_json::from_value::<Trace>(json.clone()).unwrap_err().to_string();
        assert!(refused.contains("cites `e7`, which is not there"), "{refused}");
        json["steps"][0]["evidence"] = serde_json::json!([]);
        assert!(serde_json::from_value::<Trace>(json).is_err());
    }
}
