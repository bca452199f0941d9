use std::sync::Arc;

use juno_analytics::SilentSpell;
use juno_confidence::{
    Calibrator, ConfidenceAssessment, ConfidenceInputs, ConfidenceScorer, PlattCalibrator,
};
use juno_domain::{Action, Evidence, Progress, Proposal};

use super::TriageValidParams;
use super::people::Workforce;
use super::rules::{Choice, choose};
use super::silence::{Silences, State, calibrate, inputs, quality};
use super::ticket::Ticket;
use super::view::View;
use crate::{
    Claim, Finding, Findings, Reasoner, ReasoningError, Situation, Skipped, Trace, TraceParts, proposal_id,
};

/// Finds tickets that are silent for longer than is usual for their team, type and status, and proposes what to do.
///
/// Silence counts from the last thing a person did: machine fields and JUNO's own writes do not break it. "Usual" is
/// learnt from the team's own silences by survival analysis, as of the question. For the two actions that rest on the
/// silence alone, adding a label and moving a status back, the confidence is calibrated by replaying history: how
/// often did such a silence really go on? The other actions stay uncalibrated, and people decide.
///
/// Labels, priority, status, sprint and assignee are those of the instant asked about; links and descriptions have no
/// usable history and are today's.
pub struct StaleTriage {
    params: TriageValidParams,
    scorer: Arc<dyn ConfidenceScorer>,
}

impl StaleTriage {
    /// A triage with checked parameters.
    #[must_use]
    pub fn new(params: TriageValidParams, scorer: Arc<dyn ConfidenceScorer>) -> Self {
        Self { params, scorer }
    }
}

/// What one run has learnt from history.
struct Learnt<'a> {
    view: View<'a>,
    people: Workforce<'a>,
    silences: Silences,
    calibrator: Option<PlattCalibrator>,
}

impl Reasoner for StaleTriage {
    fn name(&self) -> &'static str {
        "stale_triage"
    }

    fn reason(&self, situation: &Situation<'_>, progress: &Progress) -> Result<Findings, ReasoningError> {
        let Situation { history, dataset, as_of, .. } = *situation;
        let spells = history.silent_spells(as_of, progress)?;
        let complete = |spell: &SilentSpell, at| {
            history.issue(&spell.issue).is_some_and(|own| own.completeness_at(at).is_complete())
        };
        let learnt = Learnt {
            view: View::new(history, dataset, as_of),
            people: Workforce::learn(history, dataset, as_of, progress)?,
            silences: Silences::learn(&spells),
            calibrator: calibrate(&spells, as_of, self.params.get(), self.scorer.as_ref(), complete)?,
        };
        let (mut ranked, mut skipped) = (Vec::new(), Vec::new());
        // Only a silence that still goes on belongs to an open ticket.
        let silent = spells.iter().filter(|spell| spell.until == as_of && !spell.ended);
        for (n, spell) in silent.enumerate() {
            if n % 256 == 0 {
                progress.step("triaging tickets", n as u64, None)?;
            }
            if !history.is_open_at(&spell.issue, as_of) {
                continue;
            }
            match self.judge(situation, &learnt, spell) {
                Ok(found) => ranked.extend(found),
                Err(error) => {
                    skipped.push(Skipped { subject: spell.key.to_string(), reason: error.to_string() })
                }
            }
        }
        ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.subject.cmp(&y.subject)));
        Ok(Findings { findings: ranked.into_iter().map(|(_, finding)| finding).collect(), skipped })
    }
}

impl StaleTriage {
    /// The finding about one silent ticket with its urgency; `None` if it is not stale or nothing is left to propose.
    fn judge(
        &self,
        situation: &Situation<'_>,
        learnt: &Learnt<'_>,
        spell: &SilentSpell,
    ) -> Result<Option<(f64, Finding)>, ReasoningError> {
        let Situation { history, dataset, as_of, .. } = *situation;
        let Some(state) = learnt.silences.state(spell, as_of - spell.from, self.params.get()) else {
            return Ok(None);
        };
        let place = dataset.issues.binary_search_by(|issue| issue.id.cmp(&spell.issue)).ok();
        let issue = place.and_then(|place| dataset.issues.get(place));
        let (Some(issue), Some(own), true) = (issue, history.issue(&spell.issue), state.is_stale) else {
            return Ok(None);
        };
        let ticket = learnt.view.ticket(issue, own, spell, &state);
        let people = learnt.people.around(&ticket, &issue.components, self.params.get());
        let Some(choice) = choose(&ticket, &people, self.params.get()) else { return Ok(None) };

        let seen_at = history.observed_until().map_or(as_of, |seen| seen.min(as_of));
        let confidence = self.confidence(situation, learnt, &choice.action, &ticket, &state, seen_at)?;
        let evidence = evidence(&ticket, &choice, seen_at);
        let rationale = format!(
            "Nobody has touched it for {:.0} days, longer than {:.0} % of {} comparable silences ({}); {}.",
            ticket.silent_days,
            ticket.usual.percentile * 100.0,
            ticket.usual.spells,
            ticket.usual.basis,
            choice.because
        );
        let proposal = Proposal {
            id: proposal_id(&choice.action, &ticket.situation())?,
            impact: choice.impact,
            team: ticket.team.clone(),
            proposer: situation.proposer.clone(),
            confidence: confidence.confidence.clone(),
            rationale: rationale.clone(),
            evidence: evidence.clone(),
            proposed_at: as_of,
            action: choice.action,
        };
        let trace = Trace::new(TraceParts {
            question: format!("Should something be done about {}?", ticket.key),
            steps: vec![
                Claim::new(evidence_text(&evidence, 0), ["e1"]),
                Claim::new(evidence_text(&evidence, 1), ["e2"]),
                Claim::new(evidence_text(&evidence, 2), ["e3"]),
            ],
            conclusion: Claim::new(format!("{}: {rationale}", ticket.key), ["e1", "e2", "e3"]),
            evidence,
            alternatives: choice.alternatives,
            assumptions: vec![format!("what {} did before tells what is usual", ticket.usual.basis)],
            limitations: limitations(&ticket),
            confidence,
        })?;
        let urgency = ticket.usual.percentile
            + if ticket.sprint.is_some() { 2.0 } else { 0.0 }
            + if ticket.is_urgent() { 1.0 } else { 0.0 };
        Ok(Some((urgency, Finding { subject: ticket.key.to_string(), trace, proposal: Some(proposal) })))
    }

    /// A label and a status rest on the silence alone, and the replay says how often such a silence went on. What else
    /// is proposed rests on judgement that only people's decisions have checked so far.
    fn confidence(
        &self,
        situation: &Situation<'_>,
        learnt: &Learnt<'_>,
        action: &Action,
        ticket: &Ticket,
        state: &State,
        seen_at: chrono::DateTime<chrono::Utc>,
    ) -> Result<ConfidenceAssessment, ReasoningError> {
        let on_silence = matches!(action, Action::AddLabel { .. } | Action::UpdateStatus { .. });
        if let (true, Some(calibrator)) = (on_silence, &learnt.calibrator) {
            let mut scored =
                self.scorer.score(&inputs(ticket.complete, state.goes_on, seen_at), situation.as_of)?;
            scored.confidence = calibrator.calibrate(&scored.confidence);
            return Ok(scored);
        }
        let inputs = ConfidenceInputs {
            qualities: Some(vec![quality(ticket.complete)]),
            outcomes: situation.experience.outcomes.get(action.name()).copied(),
            pattern_strength: juno_domain::Probability::saturating(state.percentile),
            observed_at: Some(vec![seen_at]),
            agreement: None,
        };
        Ok(self.scorer.score(&inputs, situation.as_of)?)
    }
}

fn evidence(ticket: &Ticket, choice: &Choice, seen_at: chrono::DateTime<chrono::Utc>) -> Vec<Evidence> {
    let piece = |id: &str, source: String, statement: String, quality| Evidence {
        id: id.into(),
        source,
        statement,
        observed_at: seen_at,
        quality,
    };
    let usual = &ticket.usual;
    vec![
        piece(
            "e1",
            format!("changelog and comments of {}", ticket.key),
            format!(
                "the last thing a person did on it was on {}, {:.0} days ago",
                ticket.last_activity.format("%Y-%m-%d"),
                ticket.silent_days
            ),
            quality(ticket.complete),
        ),
        piece(
            "e2",
            format!("silences of {}", usual.basis),
            format!(
                "{:.0} % of {} comparable silences were over by then",
                usual.percentile * 100.0,
                usual.spells
            ),
            juno_domain::Probability::ONE,
        ),
        piece("e3", format!("fields of {}", ticket.key), choice.because.clone(), quality(ticket.complete)),
    ]
}

fn evidence_text(evidence: &[Evidence], place: usize) -> String {
    evidence.get(place).map(|piece| piece.statement.clone()).unwrap_or_default()
}

fn limitations(ticket: &Ticket) -> Vec<String> {
    let mut limits = vec!["work that leaves no trace in the tracker is not seen".to_owned()];
    if !ticket.complete {
        limits.push("the ticket's history is not whole".to_owned());
    }
    limits
}
