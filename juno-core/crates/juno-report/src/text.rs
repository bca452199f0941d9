use std::collections::BTreeMap;
use std::fmt::{self, Write};

use juno_agent::{Pending, Review};
use juno_domain::{Decision, Outcome, Proposal, ProposalId, Verdict};
use juno_risk::{Forecast, Outlook};

use crate::names::Names;
use crate::reasons::Reasons;
use crate::{plain, wording};

/// How many tickets of one kind are shown before the rest is only counted.
const MOST: usize = 5;
/// How many sprints are shown.
const MOST_SPRINTS: usize = 20;
const WIDTH: usize = 100;

/// A review as text for a terminal, at most 100 columns where words allow.
#[must_use]
pub fn text(review: &Review) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, review);
    // Names come from the tracker: none of them may move the cursor or clear the screen.
    plain(&out)
}

fn write(out: &mut String, review: &Review) -> fmt::Result {
    let names = Names::of(review);
    writeln!(out, "JUNO review, as of {}", wording::instant(review.as_of))?;
    let loaded = review.loaded;
    write!(out, "Read {} issues, {} sprints, {} changes.", loaded.issues, loaded.sprints, loaded.events)?;
    match review.quarantined.len() {
        0 => writeln!(out)?,
        1 => writeln!(out, " 1 record could not be used, see below.")?,
        n => writeln!(out, " {n} records could not be used, see below.")?,
    }
    forecasts(out, review, &names)?;
    tickets(out, review, &names)?;
    remarks(out, review)?;
    compliance(out, review)?;
    proof(out, review)
}

fn heading(out: &mut String, title: &str) -> fmt::Result {
    writeln!(out, "\n{title}\n{}", "-".repeat(title.chars().count()))
}

fn forecasts(out: &mut String, review: &Review, names: &Names<'_>) -> fmt::Result {
    if review.forecasts.is_empty() && review.unforecast.is_empty() {
        heading(out, "Sprints")?;
        return writeln!(out, "No sprint is running or planned.");
    }
    heading(out, "Sprints: will they deliver what they committed to?")?;
    writeln!(
        out,
        "{:<22} {:<26} {:>7} {:>6} {:>9} {:>11}  {:<6} risk index",
        "team", "sprint", "elapsed", "done", "expected", "80 % range", "misses"
    )?;
    let (shown, rest) = review.forecasts.split_at(review.forecasts.len().min(MOST_SPRINTS));
    for forecast in shown {
        line(out, forecast, names)?;
    }
    if !rest.is_empty() {
        writeln!(out, "… and {} more; --json gives all.", rest.len())?;
    }
    for forecast in shown {
        why(out, forecast, &Reasons::of(forecast, review))?;
    }
    if !review.unforecast.is_empty() {
        writeln!(out)?;
    }
    for missing in review.unforecast.iter().take(MOST) {
        wrapped(out, "", &format!("No forecast for {}: {}.", missing.name, missing.reason))?;
    }
    rest_of(out, review.unforecast.len(), MOST)
}

/// Says how many of `all` are left when `shown` were shown.
fn rest_of(out: &mut String, all: usize, shown: usize) -> fmt::Result {
    match all.checked_sub(shown) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "  … and {more} more; --json gives all."),
    }
}

fn line(out: &mut String, forecast: &Forecast, names: &Names<'_>) -> fmt::Result {
    let share = format!("{}/{}", wording::amount(forecast.done), wording::amount(forecast.committed));
    let range = forecast.intervals.first().map_or("–".to_owned(), |i| {
        format!("{}–{}", wording::amount(i.lower()), wording::amount(i.upper()))
    });
    let risk = match (forecast.risk_index, forecast.level) {
        (Some(index), Some(level)) => format!("{:.2} {}", index.get(), wording::level(level)),
        _ => "–".to_owned(),
    };
    writeln!(
        out,
        "{:<22} {:<26} {:>7} {:>6} {:>9} {:>11}  {:<6} {}",
        cut(names.team(&forecast.team), 22),
        cut(&forecast.name, 26),
        wording::elapsed(forecast),
        share,
        forecast.delivered.map_or("–".to_owned(), wording::amount),
        range,
        forecast.p_miss.map_or("–".to_owned(), |p| wording::percent(p.get())),
        risk,
    )
}

fn why(out: &mut String, forecast: &Forecast, reasons: &Reasons) -> fmt::Result {
    let alerts: Vec<_> = forecast.factors.iter().filter(|factor| factor.alert).collect();
    let nothing_more = alerts.is_empty() && reasons.is_empty();
    if nothing_more && forecast.outlook == Outlook::Forecast {
        return Ok(());
    }
    writeln!(out)?;
    let maturity = wording::maturity(forecast.maturity);
    let end = if nothing_more { "." } else { ":" };
    wrapped(out, "", &format!("{} ({maturity}; {}){end}", forecast.name, forecast.note))?;
    for factor in alerts {
        wrapped(out, "  ! ", &format!("{}: {}", factor.category.name(), factor.evidence.join("; ")))?;
        if let Some(first) = factor.mitigations.first() {
            wrapped(out, "    try: ", first)?;
        }
    }
    because(out, reasons)
}

/// What moved the chance, when it will be done, and what would change it.
fn because(out: &mut String, reasons: &Reasons) -> fmt::Result {
    let Reasons { raising, lowering, finish, change, caveat } = reasons;
    let lines = [
        ("  likelier to miss: ", raising.join("; ")),
        ("  likelier to make it: ", lowering.join("; ")),
        ("  done: ", finish.clone()),
        ("  would change it: ", change.clone()),
        ("    ", caveat.clone()),
    ];
    lines
        .iter()
        .filter(|(_, words)| !words.is_empty())
        .try_for_each(|(label, words)| hanging(out, label, words))
}

fn tickets(out: &mut String, review: &Review, names: &Names<'_>) -> fmt::Result {
    let proposals: BTreeMap<&ProposalId, &Proposal> = review.proposals.iter().map(|p| (&p.id, p)).collect();
    let decisions: BTreeMap<&ProposalId, &Decision> =
        review.decisions.iter().map(|decision| (&decision.proposal, decision)).collect();
    heading(out, "Tickets that have gone quiet")?;
    let nothing = [
        proposals.len(),
        review.advice.len(),
        review.suppressed.len(),
        review.executed.len(),
        review.fired.len(),
        review.pending.len(),
    ];
    if nothing.iter().all(|count| *count == 0) {
        writeln!(out, "None.")?;
    }
    section(out, "Deadlines that passed", &review.fired, |out, fired| {
        let what = proposals.get(&fired.proposal).map(|p| {
            let what = wording::action(&p.action, names);
            format!("{}: {what}", p.action.target())
        });
        let what = what.unwrap_or_else(|| wording::target_of(review, fired));
        wrapped(out, "  ", &format!("{what}. {}", wording::fired(fired)))
    })?;
    carried_out(out, &review.executed, &proposals)?;
    waiting(out, review, &proposals, names)?;
    let refused: Vec<&Proposal> = review
        .proposals
        .iter()
        .filter(|p| decisions.get(&p.id).is_some_and(|d| d.verdict == Verdict::Denied))
        .collect();
    section(out, "Refused by policy", &refused, |out, proposal| {
        let reasons = decisions.get(&proposal.id).map(|d| d.reasons.join("; ")).unwrap_or_default();
        let what = wording::action(&proposal.action, names);
        wrapped(out, "  ", &format!("{}: {what}. {reasons}", proposal.action.target()))
    })?;
    section(
        out,
        "Not proposed again, because the same was refused before",
        &review.suppressed,
        |out, before| wrapped(out, "  ", &format!("{}: {}, {}", before.target, before.action, before.reason)),
    )?;
    section(out, "Worth a look", &review.advice, |out, advice| {
        wrapped(out, "  ", &format!("{} ({})", advice.conclusion, advice.reason))
    })
}

fn carried_out(
    out: &mut String,
    executed: &[Outcome],
    proposals: &BTreeMap<&ProposalId, &Proposal>,
) -> fmt::Result {
    section(out, "Carried out", executed, |out, outcome| {
        let Some(proposal) = proposals.get(&outcome.proposal) else {
            return wrapped(out, "  ", &format!("{}: {}", outcome.request, outcome.detail));
        };
        let sure = wording::confidence(&proposal.confidence);
        wrapped(out, "  ", &format!("{}: {} (confidence {sure})", proposal.action.target(), outcome.detail))?;
        wrapped(out, "      ", &proposal.rationale)
    })
}

/// Who waits for whom: one block for each role and deadline.
fn waiting(
    out: &mut String,
    review: &Review,
    proposals: &BTreeMap<&ProposalId, &Proposal>,
    names: &Names<'_>,
) -> fmt::Result {
    if review.pending.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWaiting for a person ({})", review.pending.len())?;
    let same = |a: &Pending, b: &Pending| (&a.team, a.role, a.deadline) == (&b.team, b.role, b.deadline);
    for block in review.pending.chunk_by(same) {
        let Some(first) = block.first() else { continue };
        let people: Vec<String> = first.people.iter().map(ToString::to_string).collect();
        let whom = if people.is_empty() { "nobody yet".to_owned() } else { people.join(", ") };
        let until = wording::instant(first.deadline);
        let team = names.team(&first.team);
        wrapped(out, "  ", &format!("{} of {team} ({whom}), until {until}:", first.role))?;
        for pending in block.iter().take(MOST) {
            let proposal = proposals.get(&pending.proposal);
            let what = proposal.map_or_else(|| pending.action.clone(), |p| wording::action(&p.action, names));
            wrapped(out, "    ", &format!("{}: {what}", pending.target))?;
            wrapped(out, "        ", &pending.rationale)?;
        }
        if block.len() > MOST {
            writeln!(out, "    … and {} more; --json gives all.", block.len() - MOST)?;
        }
    }
    Ok(())
}

fn section<T>(
    out: &mut String,
    title: &str,
    items: &[T],
    each: impl Fn(&mut String, &T) -> fmt::Result,
) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title} ({})", items.len())?;
    items.iter().take(MOST).try_for_each(|item| each(out, item))?;
    rest_of(out, items.len(), MOST)
}

fn remarks(out: &mut String, review: &Review) -> fmt::Result {
    if review.quarantined.is_empty() && review.skipped.is_empty() && review.notes.is_empty() {
        return Ok(());
    }
    heading(out, "About the data")?;
    for record in review.quarantined.iter().take(MOST) {
        wrapped(out, "  not used: ", &format!("{}, {}: {}", record.source, record.position, record.reason))?;
    }
    rest_of(out, review.quarantined.len(), MOST)?;
    for skipped in review.skipped.iter().take(MOST) {
        wrapped(out, "  passed over: ", &format!("{}: {}", skipped.subject, skipped.reason))?;
    }
    rest_of(out, review.skipped.len(), MOST)?;
    review.notes.iter().take(MOST).try_for_each(|note| wrapped(out, "  ", note))?;
    rest_of(out, review.notes.len(), MOST)
}

/// What does not keep the compliance rules; nothing where all of it does.
fn compliance(out: &mut String, review: &Review) -> fmt::Result {
    let findings = review.compliance.as_ref().map(|summary| summary.findings.as_slice()).unwrap_or_default();
    if findings.is_empty() {
        return Ok(());
    }
    heading(out, "Against the compliance rules")?;
    for finding in findings.iter().take(MOST) {
        let about = finding.request.as_ref().map_or("the log", |request| request.as_str());
        let found = format!("{about}: {}; expected {}.", finding.found, finding.expected);
        hanging(out, &format!("{}: ", finding.rule), &found)?;
    }
    rest_of(out, findings.len(), MOST)
}

fn proof(out: &mut String, review: &Review) -> fmt::Result {
    heading(out, "Proof")?;
    let audit = &review.audit;
    let verdict = if audit.verified {
        "every record is what was appended"
    } else {
        "A RECORD WAS CHANGED: run the verification for its index, and compare with a backup"
    };
    writeln!(out, "{} records, root {}: {verdict}.", audit.size, audit.root)
}

/// A name in one line of at most `width` characters.
fn cut(text: &str, width: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= width {
        return text;
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// The same as [`wrapped`], with further lines indented by four.
fn hanging(out: &mut String, label: &str, words: &str) -> fmt::Result {
    wrapped_at(out, label, "    ", words)
}

/// Writes words after `indent`, breaking lines at [`WIDTH`].
fn wrapped(out: &mut String, indent: &str, words: &str) -> fmt::Result {
    wrapped_at(out, indent, &" ".repeat(indent.chars().count()), words)
}

/// The same with what further lines begin with.
fn wrapped_at(out: &mut String, indent: &str, blank: &str, words: &str) -> fmt::Result {
    let mut line = indent.to_owned();
    let mut empty = true;
    for word in words.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{line}")?;
            blank.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(out, "{line}")
}
