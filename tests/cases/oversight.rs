//! Days of governance, step by step, and what oversight and compliance say of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use juno_core::domain::{Digest, ProposalId};
use juno_core::governance::{ComplianceRules, Period, Seen};
use juno_core::{HostClock, JunoBuilder, Settings};
use serde_json::{Value, json};

use crate::{Failure, answer, argument};

pub(crate) fn oversee(args: &Value) -> Result<Value, Failure> {
    let rules = ComplianceRules::from_json(&args["rules"].to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(overseen(args, &rules))
}

async fn overseen(args: &Value, rules: &ComplianceRules) -> Result<Value, Failure> {
    let clock = HostClock::new(Some(argument(args, "now")?));
    let settings = Settings::default().with_all(&argument(args, "settings")?);
    let settings = settings.and_then(|settings| settings.with_database(":memory:")).unwrap();
    let juno = JunoBuilder::new(settings).clock(Arc::new(clock.clone())).open().await.unwrap();
    let mut requests: BTreeMap<ProposalId, Seen> = BTreeMap::new();
    for step in args["steps"].as_array().unwrap() {
        clock.set(argument(step, "at")?).unwrap();
        if step.get("submit").is_some() {
            let submission = juno.gate.submit(&argument(step, "submit")?).await?;
            requests.insert(submission.decision.proposal, Seen::from(&submission.request));
        } else if let Some(vote) = step.get("vote") {
            let mut seen = requests[&argument(vote, "on")?].clone();
            if vote.get("digest").is_some() {
                seen.digest = argument::<Digest>(vote, "digest")?;
            }
            let reason: String = argument(vote, "reason")?;
            juno.gate.vote(seen, &argument(vote, "by")?, argument(vote, "choice")?, &reason).await?;
        } else {
            juno.gate.tick().await?;
        }
    }
    let oversight = juno.gate.oversight(Period::default(), &argument(args, "options")?).await?;
    let report = juno.audit.compliance_by(rules, Period::default()).await?;
    let told = |result: &juno_core::governance::RuleResult| {
        let findings =
            result.findings.iter().map(|found| json!([found.request, found.expected, found.found]));
        json!([result.rule, result.checked, result.passed, findings.collect::<Vec<_>>()])
    };
    let results: Vec<Value> = report.results.iter().map(told).collect();
    answer(json!({ "oversight": oversight, "rules": report.rules, "results": results }))
}
