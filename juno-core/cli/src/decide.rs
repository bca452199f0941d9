use juno_core::domain::{Digest, PrincipalId, RequestId};
use juno_core::governance::{Choice, Seen};
use juno_core::report::plain;

use crate::common::{Common, Vote};
use crate::failure::Failure;
use crate::open;
use crate::outcome::{Outcome, word};

pub(crate) async fn pending(common: &Common) -> Result<Outcome, Failure> {
    let juno = open::juno(open::settings(common)?, common).await?;
    let waiting = juno.gate.pending().await?;
    let mut text = String::new();
    for item in &waiting {
        let people: Vec<&str> = item.people.iter().map(PrincipalId::as_str).collect();
        let people =
            if people.is_empty() { "nobody holds the role yet".to_owned() } else { people.join(", ") };
        text += &format!(
            "{}  {}: {}\n    {}\n    {} of {} decides ({people}) until {}\n    digest {}\n",
            item.request,
            item.target,
            item.action,
            item.rationale,
            item.role,
            item.team,
            item.deadline.format("%Y-%m-%d %H:%M UTC"),
            item.digest,
        );
    }
    if waiting.is_empty() {
        text += "Nothing waits for a person.\n";
    }
    Ok(Outcome::done(plain(&text), serde_json::to_value(&waiting)?))
}

pub(crate) async fn vote(vote: &Vote, approve: bool, common: &Common) -> Result<Outcome, Failure> {
    let wrong = |what: &'static str| move |error| Failure::unreadable(&what, &error);
    let seen = Seen {
        request: RequestId::new(vote.request.as_str()).map_err(wrong("the request"))?,
        digest: Digest::from_hex(&vote.digest).map_err(wrong("--digest"))?,
    };
    let by = PrincipalId::new(vote.by.as_str()).map_err(wrong("--by"))?;
    let juno = open::juno(open::settings(common)?, common).await?;
    let choice = if approve { Choice::Approve } else { Choice::Deny };
    let decision = juno.gate.vote(seen, &by, choice, &vote.reason).await?;
    let text = format!("{}: {}\n", word(&decision.verdict)?, decision.reasons.join("; "));
    Ok(Outcome::done(plain(&text), serde_json::to_value(&decision)?))
}
