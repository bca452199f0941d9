//! The cases in `tests/cases` give in Rust what they give in Python and Node, to the last digit.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

#[path = "cases/authority.rs"]
mod authority;
#[path = "cases/learning.rs"]
mod learning;
#[path = "cases/oversight.rs"]
mod oversight;
#[path = "cases/remembering.rs"]
mod remembering;

use std::path::{Path, PathBuf};

use juno_core::audit::{
    Checkpoint, ConsistencyProof, InclusionProof, Known, Leaf, MerkleTree, verify_consistency,
    verify_inclusion,
};
use juno_core::confidence::{ConfidenceScorer, WeightedScorer};
use juno_core::crypto::VerifierKey;
use juno_core::domain::{Action, DomainEvent, ErrorKind, FinishedSprint, Proposal, SprintSnapshot};
use juno_core::governance::{
    DefaultPolicy, Facts, GovernancePolicy, PolicyRules, PolicySettings, RulePolicy, RuleSet,
};
use juno_core::risk::{RiskAssessor, RiskIndexRules};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// Why a call gave no answer: what the bindings would call it.
struct Failure(&'static str, String);

macro_rules! failures {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(error.kind().code(), error.to_string())
            }
        })+
    };
}
failures!(
    juno_core::AgentError,
    juno_core::audit::AuditError,
    juno_core::confidence::ConfidenceError,
    juno_core::domain::DomainError,
    juno_core::governance::GovernanceError,
    juno_core::learn::LearnError,
    juno_core::reasoning::ReasoningError,
    juno_core::risk::RiskError
);

fn argument<T: DeserializeOwned>(args: &Value, name: &str) -> Result<T, Failure> {
    serde_json::from_value(args[name].clone())
        .map_err(|error| Failure(ErrorKind::InvalidInput.code(), error.to_string()))
}

/// The same, or its default where it is left out.
fn argument_or<T: DeserializeOwned>(args: &Value, name: &str, usual: T) -> Result<T, Failure> {
    if args.get(name).is_some() { argument(args, name) } else { Ok(usual) }
}

fn answer(value: impl Serialize) -> Result<Value, Failure> {
    Ok(serde_json::to_value(value).unwrap())
}

fn call(name: &str, args: &Value) -> Result<Value, Failure> {
    if let Some(score) = name.strip_prefix("scores.") {
        return learning::score(score, args);
    }
    match name {
        "calibrate" => learning::calibrate(args),
        "blend" => learning::blend(args),
        "train" => learning::train(args),
        "backtest" => learning::backtest(args),
        "govern" => authority::govern(args),
        "oversee" => oversight::oversee(args),
        "remember" => remembering::remember(args),
        "score_confidence" => {
            let scorer = WeightedScorer::default();
            answer(scorer.score(&argument(args, "inputs")?, argument(args, "now")?)?)
        }
        "risk_index" => answer(RiskIndexRules::default().index(&argument(args, "inputs")?)?),
        "assess" => {
            let snapshot: SprintSnapshot = argument(args, "snapshot")?;
            let history: Vec<FinishedSprint> = argument(args, "history")?;
            answer(RiskAssessor::default().assess(&snapshot, &history)?)
        }
        "decide" => {
            let proposal: Proposal = argument(args, "proposal")?;
            let settings: PolicySettings = argument(args, "settings")?;
            let policy = DefaultPolicy::new(PolicyRules::default())?;
            answer(policy.decide(&settings.context(&proposal, argument(args, "now")?)))
        }
        "rule_policy" => {
            let policy = RulePolicy::new(RuleSet::from_toml(&argument::<String>(args, "rules")?)?)?;
            let (proposal, settings): (Proposal, PolicySettings) =
                (argument(args, "proposal")?, argument(args, "settings")?);
            let facts: Option<Facts> = argument_or(args, "facts", None)?;
            let ruling = settings.rule(&policy, &proposal, facts.as_ref(), argument(args, "now")?);
            answer(json!({ "version": policy.version(), "ruling": ruling }))
        }
        "action_digest" => {
            answer(juno_core::governance::action_digest(&argument::<Action>(args, "action")?)?)
        }
        "proposal_id" => {
            let action: Action = argument(args, "action")?;
            answer(juno_core::reasoning::proposal_id(&action, &args["situation"])?)
        }
        "merkle_root" => {
            let mut tree = MerkleTree::new();
            for event in argument::<Vec<DomainEvent>>(args, "events")? {
                tree.append(Leaf::of(&event)?.hash);
            }
            answer(tree.head().root)
        }
        "verify_audit" => {
            let path: PathBuf = argument(args, "path")?;
            let key: Option<VerifierKey> = argument_or(args, "key", None)?;
            let older: Option<Checkpoint> = argument_or(args, "against", None)?;
            let known = Known { key: key.as_ref(), older: older.as_ref() };
            answer(juno_core::audit::verify_file_knowing(&folder().join(path), &known)?)
        }
        "verify_inclusion" => {
            let proof: InclusionProof = argument(args, "proof")?;
            answer(verify_inclusion(&proof, &argument(args, "leaf")?, &argument(args, "head")?))
        }
        "verify_consistency" => {
            let proof: ConsistencyProof = argument(args, "proof")?;
            answer(verify_consistency(&proof, &argument(args, "older")?, &argument(args, "newer")?))
        }
        "read_checkpoint" => {
            let checkpoint: Checkpoint = argument(args, "checkpoint")?;
            checkpoint.verify(&argument(args, "key")?)?;
            answer(checkpoint.head())
        }
        other => panic!("no case can call `{other}`: add it here, in test_cases.py and in cases.test.mjs"),
    }
}

/// Equal as JSON, where `1` and `1.0` are one number.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

#[test]
fn every_case_gives_what_it_says() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files {
        let mut text = std::fs::read_to_string(&file).unwrap();
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        for case in cases {
            count += 1;
            let (kind, got) = match call(case["call"].as_str().unwrap(), &case["args"]) {
                Ok(value) => ("gives", value),
                Err(Failure(code, message)) => {
                    assert!(!message.is_empty());
                    ("fails", json!(code))
                }
            };
            if case.get(kind).is_some_and(|wanted| same(&got, wanted)) {
                continue;
            }
            if update {
                text = replaced(&text, &case["name"], kind, &got);
            }
            wrong.push(format!("{}: {}\n  got {got}", file.display(), case["name"]));
        }
        if update {
            std::fs::write(&file, text).unwrap();
        }
    }
    let advice = "if all of it is meant, write it down: UPDATE_CASES=1 cargo test -p juno-tests --test cases";
    assert!(update || wrong.is_empty(), "{}\n{advice}", wrong.join("\n"));
    assert!(count >= 50, "only {count} cases");
}

/// The text of a file with another answer in the last line of one case; every other byte stays.
fn replaced(text: &str, name: &Value, kind: &str, got: &Value) -> String {
    let start = text.find(&format!("\"name\": {name}")).unwrap();
    let end = start + text[start..].find("\n  }").unwrap();
    let last = text[..end].rfind('\n').unwrap() + 1;
    format!("{}    \"{kind}\": {got}{}", &text[..last], &text[end..])
}
