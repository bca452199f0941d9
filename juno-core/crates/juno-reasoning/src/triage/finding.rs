use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Evidence, PrincipalId, Probability, Proposal, RawScore};

use super::TriageParams;
use super::confidence::{Assessed, quality};
use super::rules::Choice;
use super::silence::Stale;
use super::ticket::Ticket;
use super::words::{counted, date, percent};
use crate::{Claim, Finding, ReasoningError, Trace, TraceParts, proposal_id};

/// Data that ends so long before the question, longer than a weekend, leaves a gap worth saying.
const GAP: TimeDelta = TimeDelta::days(4);

/// What a finding about one stale ticket is made of.
pub(super) struct Grounds<'a> {
    pub ticket: &'a Ticket,
    pub stale: &'a Stale,
    pub choice: Choice,
    pub assessed: Assessed,
    /// The newest thing that anybody is known to have done.
    pub observed_at: DateTime<Utc>,
    pub as_of: DateTime<Utc>,
    pub params: &'a TriageParams,
    pub proposer: &'a PrincipalId,
}

impl Grounds<'_> {
    /// The finding, with its reasoning in words.
    ///
    /// # Errors
    /// If the proposal's id cannot be computed.
    pub(super) fn finding(self) -> Result<Finding, ReasoningError> {
        let Grounds { ticket, stale, choice, assessed, .. } = &self;
        let confidence = &assessed.assessment;
        let key = &ticket.key;
        let evidence = self.evidence();
        let silence = format!(
            "has touched it for {}, longer than {} of {} comparable silences ({})",
            counted(ticket.silent_days, "day"),
            percent(stale.percentile),
            stale.spells,
            stale.basis
        );
        let proposal = match &choice.step {
            None => None,
            Some((action, impact)) => Some(Proposal {
                id: proposal_id(action, &ticket.situation())?,
                action: action.clone(),
                impact: *impact,
                team: ticket.team.clone(),
                proposer: self.proposer.clone(),
                confidence: confidence.confidence.clone(),
                score: assessed.score.map(|value| RawScore { value, ground: choice.ground.name().into() }),
                rationale: format!("Nobody {silence}; {}.", choice.because),
                evidence: evidence.clone(),
                proposed_at: self.as_of,
            }),
        };
        let threshold = percent(self.params.percentile);
        let steps = vec![
            Claim::new(format!("{key} has been silent for {}", counted(ticket.silent_days, "day")), ["e1"]),
            Claim::new(
                format!(
                    "{} of comparable silences are shorter, and from {threshold} on one is stale",
                    percent(stale.percentile)
                ),
                ["e1", "e2"],
            ),
            Claim::new(format!("{}, so the best step is to {}", choice.because, choice.what), ["e3"]),
        ];
        let trace = Trace::new(TraceParts {
            question: format!("Should something be done about {key}?"),
            evidence,
            steps,
            alternatives: choice.alternatives.clone(),
            assumptions: vec![format!("what {} did before tells what is usual", stale.basis)],
            limitations: self.limitations(),
            conclusion: Claim::new(
                format!("{key}: {}, because {}; nobody {silence}.", choice.what, choice.because),
                ["e1", "e2", "e3"],
            ),
            confidence: confidence.clone(),
        })?;
        Ok(Finding { subject: key.to_string(), trace, proposal })
    }

    fn evidence(&self) -> Vec<Evidence> {
        let Grounds { ticket, stale, .. } = self;
        let piece = |id: &str, source: String, statement: String, quality| Evidence {
            id: id.into(),
            source,
            statement,
            observed_at: self.observed_at,
            quality,
        };
        let own = quality(ticket.complete);
        vec![
            piece(
                "e1",
                format!("changelog and comments of {}", ticket.key),
                format!(
                    "a person last did something to it on {}, {} ago",
                    date(ticket.last_day),
                    counted(ticket.silent_days, "day")
                ),
                own,
            ),
            piece(
                "e2",
                format!("silences of {}", stale.basis),
                format!("of {} silences, {} were over by then", stale.spells, percent(stale.percentile)),
                Probability::ONE,
            ),
            piece("e3", format!("fields and links of {}", ticket.key), self.choice.because.clone(), own),
        ]
    }

    fn limitations(&self) -> Vec<String> {
        let mut limits = vec![
            "work that leaves no trace in the tracker is not seen".to_owned(),
            "description, reporter and links of unknown date are as the source shows them now".to_owned(),
        ];
        if !self.ticket.complete {
            limits.push("the ticket's history is not whole".to_owned());
        }
        if self.as_of - self.observed_at >= GAP {
            let days = counted((self.as_of - self.observed_at).num_days(), "day");
            limits.push(format!("the data shows nobody doing anything in the last {days}"));
        }
        limits
    }
}
