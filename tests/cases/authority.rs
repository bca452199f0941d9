//! Who may do what, step by step: what each step gives, or the code of its refusal.

use std::collections::BTreeMap;
use std::sync::Arc;

use juno_core::action::Effect;
use juno_core::domain::{Digest, PrincipalId, ProposalId, RequestId};
use juno_core::governance::Seen;
use juno_core::{HostClock, Juno, JunoBuilder, Settings};
use serde_json::{Value, json};

use crate::{Failure, answer, argument, argument_or};

pub(crate) fn govern(args: &Value) -> Result<Value, Failure> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(governed(args))
}

async fn governed(args: &Value) -> Result<Value, Failure> {
    let clock = HostClock::new(Some(argument(args, "now")?));
    let settings = Settings::default().with_all(&argument(args, "settings")?);
    let settings = settings.and_then(|settings| settings.with_database(":memory:")).unwrap();
    let juno = JunoBuilder::new(settings).clock(Arc::new(clock.clone())).open().await.unwrap();
    let (mut requests, mut results) = (BTreeMap::new(), Vec::new());
    for step in args["steps"].as_array().unwrap() {
        if step.get("at").is_some() {
            clock.set(argument(step, "at")?).unwrap();
        }
        results.push(match taken(&juno, &mut requests, step).await {
            Ok(result) => result,
            Err(Failure(code, _)) => json!(code),
        });
    }
    answer(results)
}

/// What one step gives: a verdict, a result, or that it was done.
async fn taken(
    juno: &Juno,
    requests: &mut BTreeMap<ProposalId, Seen>,
    step: &Value,
) -> Result<Value, Failure> {
    let (gate, audit) = (&juno.gate, &juno.audit);
    let by = || argument::<PrincipalId>(step, "by");
    let reason: String = argument_or(step, "reason", "so be it".into())?;
    let on = || -> Result<Seen, Failure> { Ok(requests[&argument(step, "on")?].clone()) };
    let id = || -> Result<RequestId, Failure> { Ok(on()?.request) };
    match step["do"].as_str().unwrap() {
        "submit" => {
            let submission = gate.submit(&argument(step, "proposal")?).await?;
            requests.insert(submission.decision.proposal, Seen::from(&submission.request));
            answer(submission.decision.verdict)
        }
        "vote" => {
            let mut seen = on()?;
            seen.digest = argument_or::<Digest>(step, "digest", seen.digest)?;
            answer(gate.vote(seen, &by()?, argument(step, "choice")?, &reason).await?.verdict)
        }
        "cancel" => answer(gate.cancel(&id()?, &by()?, &reason).await?.verdict),
        "withdraw" => answer(gate.withdraw(&id()?, &by()?, &reason).await?.verdict),
        "execute" => answer(gate.execute(&id()?).await?.result),
        "perform" => {
            let permit = gate.permit(&id()?, argument_or(step, "undo", None)?, None).await?;
            let done = Effect { dry_run: false, detail: "done".into() };
            answer(gate.finish(permit, Ok(done)).await?.result)
        }
        "reverse" => answer(gate.reverse(&id()?, &by()?, &reason).await?.result),
        "revoke" => answer(gate.revoke(&id()?, &by()?, &reason).await?.result),
        "stop" => answer(gate.stop(&by()?, &reason).await.map(|()| "done")?),
        "resume" => answer(gate.resume(&by()?, &reason).await.map(|()| "done")?),
        "place_hold" => {
            let (name, person): (String, Option<String>) =
                (argument(step, "name")?, argument(step, "person")?);
            answer(audit.place_hold(&name, person.as_deref(), &by()?, &reason).await.map(|_| "done")?)
        }
        "lift_hold" => answer(
            audit.lift_hold(&argument::<String>(step, "name")?, &by()?, &reason).await.map(|_| "done")?,
        ),
        "erase" => {
            answer(audit.erase(&argument::<String>(step, "person")?, &by()?, &reason).await.map(|_| "done")?)
        }
        "expire" => answer(audit.expire(argument(step, "months")?, &by()?).await.map(|_| "done")?),
        other => panic!("no step can `{other}`: add it here, in test_cases.py and in cases.test.mjs"),
    }
}
