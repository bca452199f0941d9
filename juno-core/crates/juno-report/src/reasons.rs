use juno_agent::Review;
use juno_domain::Measure;
use juno_risk::{Counterfactual, FinishEstimate, Forecast, Input, InputContribution, most_useful};
use serde::Serialize;

use crate::wording::{self, amount, percent, unit};

/// How many inputs that raised the chance of a miss are named, and how many that lowered it.
const MOST_RAISING: usize = 3;
const MOST_LOWERING: usize = 2;
/// Log odds below which an input did nothing worth naming: 0.05 moves 50 % to 51 %.
const WORTH_NAMING: f64 = 0.05;
/// Finish estimates shown, those with the lowest chances.
const MOST_ESTIMATES: usize = 2;
/// From this chance on it is worth saying that nothing would help.
const LIKELY_MISS: f64 = 0.5;

/// Why a forecast is what it is and what would change it, in words; each part empty where the model cannot tell.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Reasons {
    /// What made a miss more likely, the strongest first.
    pub(crate) raising: Vec<String>,
    /// What made it less likely, the strongest first.
    pub(crate) lowering: Vec<String>,
    /// When the committed work will be done.
    pub(crate) finish: String,
    /// The most useful change and what is expected then.
    pub(crate) change: String,
    /// How far that can be trusted.
    pub(crate) caveat: String,
}

impl Reasons {
    pub(crate) fn of(forecast: &Forecast, review: &Review) -> Self {
        let mut reasons = Self { finish: finish(forecast), ..Self::default() };
        if let Some(attribution) = &forecast.attribution {
            let named = |wanted: &dyn Fn(f64) -> bool, most: usize| {
                let inputs = attribution.inputs.iter().filter(|input| wanted(input.contribution)).take(most);
                inputs.map(|input| reason(input, forecast.measure)).collect()
            };
            reasons.raising = named(&|contribution| contribution >= WORTH_NAMING, MOST_RAISING);
            reasons.lowering = named(&|contribution| contribution <= -WORTH_NAMING, MOST_LOWERING);
        }
        let about = |of: &&juno_agent::SprintChanges| {
            of.project == forecast.project && of.sprint_id == forecast.sprint_id && of.t == forecast.t
        };
        if let Some(changes) = review.changes.iter().find(about).map(|of| &of.changes) {
            if let Some(best) = most_useful(changes) {
                reasons.change = change(best, forecast.measure);
                reasons.caveat.clone_from(&best.caveat);
            } else if !changes.is_empty() && forecast.p_miss.is_some_and(|p| p.get() >= LIKELY_MISS) {
                "nothing that was looked at lowers the chance by much".clone_into(&mut reasons.change);
            }
        }
        reasons
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What one input says, and by how much it multiplied the odds of a miss.
fn reason(input: &InputContribution, measure: Measure) -> String {
    format!("{} (odds ×{:.1})", what(input.input, input.value, measure), input.contribution.exp())
}

/// When the committed work will be done; empty where the model cannot tell or nothing is left to do.
fn finish(forecast: &Forecast) -> String {
    if forecast.done >= forecast.committed {
        return String::new();
    }
    let one = |estimate: &FinishEstimate| {
        let chance = percent(estimate.chance.get());
        match (estimate.at, estimate.elapsed) {
            (Some(at), _) => format!("by {} with {chance}", wording::day(at)),
            (None, Some(elapsed)) => format!("after {elapsed:.1} planned lengths with {chance}"),
            (None, None) => format!("not in sight with {chance}"),
        }
    };
    forecast.finish.iter().take(MOST_ESTIMATES).map(one).collect::<Vec<_>>().join(", ")
}

fn change(best: &Counterfactual, measure: Measure) -> String {
    let Some(after) = best.after else { return best.what.clone() };
    let before = best.before;
    format!(
        "{}: chance to miss {} instead of {}, {} of {} {} expected",
        best.what,
        percent(after.p_miss.get()),
        percent(before.p_miss.get()),
        amount(after.delivered),
        amount(after.committed),
        unit(measure),
    )
}

/// What an input says with its value.
fn what(input: Input, value: Option<f64>, measure: Measure) -> String {
    let Some(value) = value else { return format!("not known: {}", subject(input)) };
    let unit = unit(measure);
    let of_commitment = |what: &str| format!("{} of the commitment is {what}", percent(value));
    let of_work = |what: &str| format!("{} of the work was {what} since the start", percent(value));
    let of_issues = |what: &str| format!("{} of the issues {what}", percent(value));
    // Counts and lengths come as the logarithm of one more.
    let count = |value: f64| amount(value.exp_m1());
    let ahead = |what: &str, more: &str, less: &str| {
        let word = if value < 0.0 { less } else { more };
        format!("{} of the commitment {word} {what} than usual at this point", percent(value.abs()))
    };
    match input {
        Input::LogCommitted => format!("the commitment is {} {unit}", amount(value.exp())),
        Input::LogIssues => format!("{} issues are in the sprint", count(value)),
        Input::IssueSize => format!("{} {unit} per issue", amount(value.exp())),
        Input::Done => of_commitment("done"),
        Input::InProgress => of_commitment("in progress"),
        Input::Open => of_commitment("not done"),
        Input::DoneIssues => of_issues("are done"),
        Input::InProgressIssues => of_issues("are in progress"),
        Input::NothingOpen if value > 0.5 => "nothing is left open".to_owned(),
        Input::NothingOpen => "something is still open".to_owned(),
        Input::NothingDone if value > 0.5 => "nothing is done yet".to_owned(),
        Input::NothingDone => "something is done already".to_owned(),
        Input::Added => of_work("added"),
        Input::Removed => of_work("removed"),
        Input::AddedIssues => of_issues("came in since the start"),
        Input::RemovedIssues => of_issues("were taken out since the start"),
        Input::AddedCount => format!("issues added since the start: {}", count(value)),
        Input::RemovedCount => format!("issues removed since the start: {}", count(value)),
        Input::NetChange if value == 0.0 => "the commitment is what it was at the start".to_owned(),
        Input::NetChange => {
            let way = if value > 0.0 { "grew" } else { "shrank" };
            format!("the commitment {way} by {} since the start", percent(value.abs()))
        }
        Input::PlannedLength => format!("the planned length is {} days", count(value)),
        Input::ProjectMissRate => format!("about {} of the project's sprints missed", percent(value)),
        Input::TeamMissRate => format!("about {} of the team's sprints missed", percent(value)),
        Input::TeamRatio => format!("the team usually delivers {} of its commitment", percent(value)),
        Input::RecentRatio => format!("the team lately delivered {} of its commitment", percent(value)),
        Input::DoneAhead => ahead("done", "more", "less"),
        Input::OpenAhead => ahead("open", "more", "less"),
        Input::Load => format!("the load is {:.1} times the team's median delivery", value.exp()),
        Input::Need => {
            format!("what is left is {:.1} times what the team usually still delivers from here", value.exp())
        }
        Input::AlikeMissRate => {
            format!("about {} of the sprints that stood like this one missed", percent(value))
        }
        Input::AlikeRatio => {
            format!("sprints that stood like this one delivered {} of their commitment", percent(value))
        }
        Input::LoadPerMember => format!("{} {unit} per person assigned", amount(value.exp())),
        Input::Blocked => of_commitment("blocked"),
        Input::Defects => format!("open defects are {} of the issues", percent(value)),
        Input::Unestimated => of_issues("have no estimate"),
    }
}

/// What is not known where an input has no value.
const fn subject(input: Input) -> &'static str {
    match input {
        Input::PlannedLength => "how long the sprint is planned for",
        Input::LoadPerMember => "how many people share the work",
        Input::Blocked => "how much is blocked",
        Input::Defects => "how many open defects there are",
        Input::Unestimated => "how many issues have no estimate",
        other => other.description(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_reads_as_a_phrase_with_its_value() {
        let measure = Measure::Points;
        let phrases = [
            (Input::Load, 1.8_f64.ln(), "the load is 1.8 times the team's median delivery"),
            (Input::LogCommitted, 32.0_f64.ln(), "the commitment is 32 points"),
            (Input::PlannedLength, 14.0_f64.ln_1p(), "the planned length is 14 days"),
            (Input::DoneAhead, -0.25, "25 % of the commitment less done than usual at this point"),
            (Input::OpenAhead, 0.25, "25 % of the commitment more open than usual at this point"),
            (Input::NetChange, -0.1, "the commitment shrank by 10 % since the start"),
            (Input::NothingDone, 1.0, "nothing is done yet"),
            (Input::AddedCount, 3.0_f64.ln_1p(), "issues added since the start: 3"),
            (Input::Blocked, 0.5, "50 % of the commitment is blocked"),
        ];
        for (input, value, phrase) in phrases {
            assert_eq!(what(input, Some(value), measure), phrase);
        }
        assert_eq!(what(Input::Blocked, None, measure), "not known: how much is blocked");
        let mut all: Vec<String> = Input::ALL.iter().map(|input| what(*input, Some(0.7), measure)).collect();
        assert!(all.iter().all(|phrase| phrase.chars().any(|c| c.is_numeric()) || phrase.contains("thing")));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), Input::COUNT, "no two inputs read the same");
    }
}
