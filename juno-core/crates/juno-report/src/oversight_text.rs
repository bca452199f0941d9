use std::fmt::{self, Write};

use juno_governance::{DecisionTime, Oversight, Rate, SignKind};

use crate::{plain, wording};

/// How many overdue requests, and requests of a sign, are shown before the rest is only counted.
const MOST: usize = 10;
const ABSENT: &str = "–";

/// Oversight as text for a terminal: what waits, how it is decided, who carries the load, what is worth a look.
#[must_use]
pub fn oversight_text(oversight: &Oversight) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, oversight);
    plain(&out)
}

fn write(out: &mut String, oversight: &Oversight) -> fmt::Result {
    let waiting = &oversight.waiting;
    writeln!(out, "Oversight, as of {}", wording::instant(oversight.at))?;
    writeln!(
        out,
        "{} requests wait for people, {} of them past their deadline.",
        waiting.total, waiting.overdue
    )?;
    heading(out, "Waiting")?;
    writeln!(out, "{:<24} {:>9} {:>9} {:>9}", "role", "decides", "sees", "overdue")?;
    for (role, of) in &waiting.by_role {
        writeln!(out, "{:<24} {:>9} {:>9} {:>9}", role.to_string(), of.deciding, of.visible, of.overdue)?;
    }
    writeln!(out, "\n{:<24} {:>9} {:>9}  oldest", "team", "waiting", "overdue")?;
    for (team, of) in &waiting.by_team {
        let oldest = of.oldest.map_or(ABSENT.to_owned(), wording::instant);
        writeln!(out, "{:<24} {:>9} {:>9}  {oldest}", team.as_str(), of.waiting, of.overdue)?;
    }
    for late in waiting.late.iter().take(MOST) {
        let deadline = wording::instant(late.deadline);
        writeln!(out, "Overdue: {} of {}, {} until {deadline}", late.request, late.team, late.role)?;
    }
    rest(out, waiting.late.len())?;

    heading(out, "Decisions")?;
    match &oversight.time_to_decision.all {
        None => writeln!(out, "No person decided anything.")?,
        Some(all) => {
            writeln!(
                out,
                "{:<24} {:>6} {:>12} {:>12}",
                "time from submission", "n", "median", "90 % within"
            )?;
            times(out, "all", all)?;
            for (role, time) in &oversight.time_to_decision.by_role {
                times(out, &role.to_string(), time)?;
            }
            for (team, time) in &oversight.time_to_decision.by_team {
                times(out, team.as_str(), time)?;
            }
        }
    }
    let rates = &oversight.rates;
    let named = [
        ("approved", rates.approval),
        ("refused", rates.denial),
        ("ended in silence", rates.expiry),
        ("passed up", rates.escalation),
        ("appealed against", rates.appeal),
        ("undone", rates.reversal),
        ("ran without a person", rates.automatic),
    ];
    writeln!(out, "\n{:<24} {:>6} {:>12}  95 % interval", "share", "", "of")?;
    for (name, rate) in named {
        share(out, name, rate)?;
    }

    heading(out, "People")?;
    writeln!(out, "{:<24} {:>10} {:>9} {:>9}", "who", "could vote", "approved", "refused")?;
    for load in &oversight.people {
        let who = load.who.as_str();
        writeln!(out, "{who:<24} {:>10} {:>9} {:>9}", load.waiting, load.approved, load.refused)?;
    }
    for voting in &oversight.voting {
        for sign in &voting.signs {
            let what = match sign.kind {
                SignKind::Quick => format!("half of the votes within {}", lasting(voting.median_seconds)),
                SignKind::Bursts => format!("{} votes in bursts", voting.in_bursts),
                SignKind::SameReason => format!("{} votes with no or the same reason", voting.same_reason),
                SignKind::NeverRefuses => "hardly anything was refused".to_owned(),
                _ => "voting".to_owned(),
            };
            let shown: Vec<&str> = sign.evidence.iter().take(3).map(|request| request.as_str()).collect();
            let more = if sign.evidence.len() > shown.len() { ", …" } else { "" };
            let (who, votes) = (&voting.who, voting.votes);
            writeln!(out, "Worth a look: {who}, {votes} votes: {what} ({}{more})", shown.join(", "))?;
        }
    }
    Ok(())
}

fn heading(out: &mut String, title: &str) -> fmt::Result {
    writeln!(out, "\n{title}\n{}", "-".repeat(title.chars().count()))
}

fn times(out: &mut String, name: &str, time: &DecisionTime) -> fmt::Result {
    let (median, p90) = (lasting(time.median_seconds), lasting(time.p90_seconds));
    writeln!(out, "{name:<24} {:>6} {median:>12} {p90:>12}", time.count)
}

fn share(out: &mut String, name: &str, rate: Option<Rate>) -> fmt::Result {
    let Some(rate) = rate else { return writeln!(out, "{name:<24} {ABSENT:>6}") };
    let of = format!("{} of {}", rate.count, rate.of);
    let (low, high) = (wording::percent(rate.low), wording::percent(rate.high));
    writeln!(out, "{name:<24} {:>6} {of:>12}  {low} – {high}", wording::percent(rate.value))
}

/// A span of time in its largest unit.
fn lasting(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s >= 172_800.0 => (s / 86_400.0, "days"),
        s if s >= 5_400.0 => (s / 3_600.0, "h"),
        s if s >= 90.0 => (s / 60.0, "min"),
        s => (s, "s"),
    };
    format!("{} {unit}", wording::amount(value))
}

fn rest(out: &mut String, all: usize) -> fmt::Result {
    match all.checked_sub(MOST) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "… and {more} more; the JSON gives all."),
    }
}
