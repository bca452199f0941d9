use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_analytics::{IssueHistory, SilentSpell};
use juno_confidence::{CalibrationMethod, ConfidenceScorer};
use juno_domain::{Field, IncompleteReason, Issue, Progress};

use super::TriageValidParams;
use super::checks::Checks;
use super::confidence::{assess, silence_inputs};
use super::finding::Grounds;
use super::people::Workforce;
use super::records::Records;
use super::replay::calibrate;
use super::rules::choose;
use super::silence::Silences;
use super::view::View;
use crate::{Finding, Findings, Reasoner, ReasoningError, Situation, Skipped};

/// Finds tickets that are silent for longer than is usual for their team, type and status, and proposes what to do.
///
/// Silence counts from the last thing a person did: machine fields and JUNO's own writes do not break it. "Usual" is
/// learnt from the team's own silences by survival analysis, as of the question; with fewer than 20 silences that
/// ended, nothing is unusual.
///
/// A confidence is calibrated by what became of earlier proposals of the same action on the same ground
/// ([`Experience`](crate::Experience)), from as many as the method needs. Until then, for the two actions that rest on the
/// silence alone, adding a label and moving a status back, it is calibrated by replaying history: how often did such a
/// silence really go on? The other actions stay uncalibrated, and people decide.
///
/// One silence is answered once: after JUNO itself wrote on a ticket, the finding says to wait for as long as the
/// horizon, and proposes nothing.
///
/// Status, labels, priority, sprint, components and assignee are those of the instant asked about, and links that the
/// changelog shows to have come later are not seen; descriptions, reporters and links of unknown date are today's. A
/// ticket without any changelog counts as touched when its source last changed it.
pub struct StaleTriage {
    params: TriageValidParams,
    scorer: Arc<dyn ConfidenceScorer>,
    calibration: CalibrationMethod,
}

impl StaleTriage {
    /// A triage with checked parameters, which calibrates by the default method.
    #[must_use]
    pub fn new(params: TriageValidParams, scorer: Arc<dyn ConfidenceScorer>) -> Self {
        Self { params, scorer, calibration: CalibrationMethod::default() }
    }

    /// The same, calibrating by this method, both from decisions and from the replay of history.
    #[must_use]
    pub const fn with_calibration(mut self, method: CalibrationMethod) -> Self {
        self.calibration = method;
        self
    }
}

/// What one run has learnt from history.
struct Learnt<'a> {
    records: &'a Records<'a>,
    view: View<'a>,
    people: Workforce<'a>,
    silences: Silences,
    checks: Checks,
}

impl Reasoner for StaleTriage {
    fn name(&self) -> &'static str {
        "stale_triage"
    }

    fn reason(&self, situation: &Situation<'_>, progress: &Progress) -> Result<Findings, ReasoningError> {
        let Situation { history, dataset, as_of, experience, .. } = *situation;
        let params = self.params.get();
        let records = Records::new(dataset);
        let spells = history.silent_spells(as_of, progress)?;
        let own = |spell: &SilentSpell| history.issue(&spell.issue);
        // Where changes are missing, silences look longer than they were: they are no measure for others.
        let (cut, whole): (Vec<_>, Vec<_>) =
            spells.into_iter().partition(|spell| own(spell).is_none_or(|own| has_gaps(own, as_of)));
        let complete =
            |spell: &SilentSpell, at| own(spell).is_some_and(|own| own.completeness_at(at).is_complete());
        let (scorer, method) = (self.scorer.as_ref(), self.calibration);
        let replay = calibrate(&whole, as_of, params, scorer, method, complete, progress)?;
        let learnt = Learnt {
            records: &records,
            view: View::new(history, &records, as_of, params),
            people: Workforce::learn(history, &records, as_of, progress)?,
            silences: Silences::learn(&whole, as_of),
            checks: Checks::learn(experience, method, replay)?,
        };
        let (mut ranked, mut skipped) = (Vec::new(), Vec::new());
        // Only a silence that still goes on belongs to an open ticket.
        let silent = whole.iter().chain(&cut).filter(|spell| spell.until == as_of && !spell.ended);
        for (n, spell) in silent.enumerate() {
            if n % 256 == 0 {
                progress.step("triaging tickets", n as u64, None)?;
            }
            match self.judge(situation, &learnt, spell) {
                Ok(found) => ranked.extend(found),
                Err(error) => {
                    skipped.push(Skipped { subject: spell.key.to_string(), reason: error.to_string() })
                }
            }
        }
        ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.subject.cmp(&y.subject)));
        skipped.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(Findings { findings: ranked.into_iter().map(|(_, finding)| finding).collect(), skipped })
    }
}

impl StaleTriage {
    /// The finding about one silent ticket with its urgency; `None` if it is resolved, not stale, or nothing is left
    /// to propose.
    fn judge(
        &self,
        situation: &Situation<'_>,
        learnt: &Learnt<'_>,
        spell: &SilentSpell,
    ) -> Result<Option<(f64, Finding)>, ReasoningError> {
        let Situation { history, as_of, experience, proposer, .. } = *situation;
        let (params, silences) = (self.params.get(), &learnt.silences);
        if !history.is_open_at(&spell.issue, as_of)
            || silences.stale(spell, as_of - spell.from, params).is_none()
        {
            return Ok(None);
        }
        let missing = || ReasoningError::NotInDataset(spell.issue.clone());
        let issue = learnt.records.issue(&spell.issue).ok_or_else(missing)?;
        let own = history.issue(&spell.issue).ok_or_else(missing)?;
        if is_resolved(issue, own, as_of) {
            return Ok(None);
        }
        let spell = &known_silence(issue, own, spell, as_of)?;
        let Some(stale) = silences.stale(spell, as_of - spell.from, params) else { return Ok(None) };
        let ticket = learnt.view.ticket(issue, own, spell);
        let people = learnt.people.around(&ticket, params);
        let Some(choice) = choose(&ticket, &people, params) else { return Ok(None) };

        let observed_at = silences.newest();
        let action = choice.step.as_ref().map(|(action, _)| action.name());
        let decided = action.and_then(|action| experience.outcomes.get(action)).copied();
        let inputs = silence_inputs(ticket.complete, stale.goes_on, observed_at);
        let checked = learnt.checks.of(action, choice.ground);
        let assessed = assess(self.scorer.as_ref(), checked, inputs, choice.ground, decided, as_of)?;
        let urgency = stale.percentile
            + if ticket.sprint.is_some() { 2.0 } else { 0.0 }
            + if ticket.is_urgent() { 1.0 } else { 0.0 };
        let (ticket, stale) = (&ticket, &stale);
        let grounds = Grounds { ticket, stale, choice, assessed, observed_at, as_of, params, proposer };
        Ok(Some((urgency, grounds.finding()?)))
    }
}

/// Whether changes are missing from a history.
fn has_gaps(own: &IssueHistory, at: DateTime<Utc>) -> bool {
    let gap = |reason: &IncompleteReason| {
        matches!(reason, IncompleteReason::NoChangelog | IncompleteReason::Truncated { .. })
    };
    own.completeness_at(at).reasons().iter().any(gap)
}

/// Whether an issue has a resolution, whatever its status is called: the category of a status can be wrong.
fn is_resolved(issue: &Issue, own: &IssueHistory, at: DateTime<Utc>) -> bool {
    let resolution = own.value_at(&Field::Resolution, at).filter(|value| !value.is_empty());
    let named = resolution.is_some_and(|value| {
        !value.text.as_ref().is_some_and(|text| text.eq_ignore_ascii_case("unresolved"))
    });
    named || issue.resolved.is_some_and(|resolved| resolved <= at)
}

/// The silence as far as it is certain. A changelog that was cut still has its newest entries; without any, all that
/// is known is when the source last changed the issue, and that must not be later than the question.
fn known_silence(
    issue: &Issue,
    own: &IssueHistory,
    spell: &SilentSpell,
    at: DateTime<Utc>,
) -> Result<SilentSpell, ReasoningError> {
    let blind = own.completeness_at(at).reasons().contains(&IncompleteReason::NoChangelog);
    if blind && issue.updated > at {
        return Err(ReasoningError::UnknownPast { issue: spell.key.clone(), updated: issue.updated });
    }
    let from = if blind { issue.updated.max(spell.from) } else { spell.from };
    Ok(SilentSpell { from, ..spell.clone() })
}
