use juno_core::domain::{Probability, Progress};
use juno_core::report::{self, plain};
use serde_json::json;

use crate::common::{Common, Input, ReviewOptions};
use crate::failure::Failure;
use crate::outcome::{Outcome, word};
use crate::table::table;
use crate::{open, progress};

pub(crate) async fn review(options: &ReviewOptions, common: &Common) -> Result<Outcome, Failure> {
    let (juno, records, as_of) = open::read(&options.input, open::settings(common)?, common).await?;
    let review = juno.review(&records, as_of, &progress::bar()).await?;
    if let Some(path) = &options.report {
        let page = report::html(&review)?;
        std::fs::write(path, page).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    }
    Ok(Outcome::done(report::text(&review), serde_json::to_value(&review)?))
}

pub(crate) async fn forecast(input: &Input, common: &Common) -> Result<Outcome, Failure> {
    // A forecast needs no state, and leaves none.
    let settings = open::settings(common)?.with("database.url", "memory:")?;
    let (juno, records, as_of) = open::read(input, settings, common).await?;
    let found = juno.forecast.open_sprints(&records, as_of)?;
    let percent = |p: Option<Probability>| p.map_or("–".into(), |p| format!("{:.0} %", p.get() * 100.0));
    let points = |value: f64| format!("{:.0}", value);
    let rows: Vec<Vec<String>> = found
        .forecasts
        .iter()
        .map(|forecast| {
            let range = forecast.intervals.first();
            vec![
                forecast.team.to_string(),
                forecast.name.clone(),
                format!("{:.0} %", forecast.t.get() * 100.0),
                format!("{}/{}", points(forecast.done), points(forecast.committed)),
                forecast.delivered.map_or("–".into(), points),
                range.map_or("–".into(), |range| {
                    format!("{}–{}", points(range.lower()), points(range.upper()))
                }),
                percent(forecast.p_miss),
                forecast.risk_index.map_or("–".into(), |index| format!("{:.2}", index.get())),
            ]
        })
        .collect();
    let mut text = match rows.is_empty() {
        true => format!("No sprint is running or planned on {}.\n", as_of.format("%Y-%m-%d %H:%M UTC")),
        false => {
            let head =
                ["team", "sprint", "elapsed", "done", "expected", "80 % range", "misses", "risk index"];
            table(&head, &rows)
        }
    };
    for missing in &found.unforecast {
        text += &format!("No forecast for {}: {}.\n", missing.name, missing.reason);
    }
    let json = json!({ "as_of": as_of, "forecasts": found.forecasts, "unforecast": found.unforecast });
    Ok(Outcome::done(plain(&text), json))
}

pub(crate) async fn triage(input: &Input, common: &Common) -> Result<Outcome, Failure> {
    let (juno, records, as_of) = open::read(input, open::settings(common)?, common).await?;
    let forecasts = juno.forecast.open_sprints(&records, as_of)?.forecasts;
    let found = juno.triage.find(&records, &forecasts, as_of, &Progress::silent()).await?;
    let mut text = String::new();
    for finding in &found.findings {
        let what = match &finding.proposal {
            Some(proposal) => format!(
                "{} ({} impact, confidence {:.2})",
                proposal.action.name(),
                word(&proposal.impact)?,
                proposal.confidence.value.get()
            ),
            None => "nothing to do".to_owned(),
        };
        text += &format!("{}: {what}\n    {}\n", finding.subject, finding.trace.conclusion().text);
    }
    if found.findings.is_empty() {
        text += &format!("Nothing to do on {}.\n", as_of.format("%Y-%m-%d %H:%M UTC"));
    }
    for skipped in &found.skipped {
        text += &format!("not judged: {}: {}\n", skipped.subject, skipped.reason);
    }
    let json = json!({ "as_of": as_of, "findings": found.findings, "skipped": found.skipped });
    Ok(Outcome::done(plain(&text), json))
}
