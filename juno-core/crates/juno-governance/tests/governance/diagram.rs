//! The state diagram in the docs is drawn by the real transition function, and cannot go stale.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::common::*;
use juno_domain::{Impact, Role};
use juno_governance::{
    ApprovalEvent, ApprovalRequest, Ballot, Ladder, OnExpiry, Opening, PolicyDecision, PolicyVerdict, Rung,
    StateKind, open, request_id, transition,
};

const PAGE: &str = "../../src/docs/from-proposal-to-proof.md";
const BEGIN: &str = "<!-- drawn by juno-governance/tests/governance/diagram.rs -->\n```text\n";
const END: &str = "```\n<!-- end of what is drawn -->";

/// What can happen, by the word of the diagram.
fn events(request: &ApprovalRequest) -> Vec<(&'static str, ApprovalEvent)> {
    let reason = || "because".to_owned();
    let mut all = vec![
        ("supersede", ApprovalEvent::Supersede { policy_version: "w".into() }),
        ("deadline", ApprovalEvent::Tick),
        ("redeem", ApprovalEvent::Redeem),
        ("issue again", ApprovalEvent::Reissue),
    ];
    for by in ["juno", "lead", "manager", "director", "root"] {
        all.push(("approve", ApprovalEvent::Vote(Ballot::approve(request, who(by), "yes"))));
        all.push(("refuse", ApprovalEvent::Vote(Ballot::deny(request, who(by), "no"))));
        all.push(("escalate", ApprovalEvent::Escalate { by: who(by), reason: reason() }));
        all.push(("cancel", ApprovalEvent::Cancel { by: who(by), reason: reason() }));
        all.push(("withdraw", ApprovalEvent::Withdraw { by: who(by), reason: reason() }));
    }
    all
}

fn name(request: &ApprovalRequest) -> &'static str {
    match request.pending() {
        Some(pending) if pending.held => "held",
        _ => request.kind().as_str(),
    }
}

fn first(verdict: PolicyVerdict) -> ApprovalRequest {
    let proposal = proposal("p1", label(), Impact::Low);
    let id = request_id(&proposal.id, 0).unwrap();
    let decision = PolicyDecision::because(verdict, "so it is");
    let opening =
        Opening { id, proposal: &proposal, original: None, decision, policy_version: "v", cites: None };
    open(opening, &roles(), start()).unwrap().0
}

/// Every step that the function takes, from every state it reaches.
fn drawn() -> String {
    let rung = |role, on_expiry| Rung { role, quorum: 1, deadline_hours: 24, on_expiry };
    let ladders = [OnExpiry::Escalate, OnExpiry::Deny, OnExpiry::Hold { until_hours: 48 }].map(|on_expiry| {
        Ladder::new(vec![rung(Role::TeamLead, on_expiry), rung(Role::ProjectManager, on_expiry)]).unwrap()
    });
    let asks = ladders.into_iter().map(|ladder| ("asks people", PolicyVerdict::RequireApproval(ladder)));
    let alone = [("allows", PolicyVerdict::Allow), ("denies", PolicyVerdict::Deny)];
    let mut steps: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    let mut queue = Vec::new();
    for (word, verdict) in asks.chain(alone) {
        let request = first(verdict);
        steps.insert(("proposal", word, name(&request)));
        queue.push(request);
    }
    let mut seen = BTreeSet::new();
    while let Some(request) = queue.pop() {
        if !seen.insert(serde_json::to_string(&request).unwrap()) || request.version() > 7 {
            continue;
        }
        for (word, event) in events(&request) {
            let at = match request.pending() {
                Some(pending) if word == "deadline" => pending.deadline,
                _ => request.updated_at(),
            };
            if let Ok((next, _)) = transition(&request, &event, &roles(), at) {
                steps.insert((name(&request), word, name(&next)));
                queue.push(next);
            }
        }
    }
    let mut by_target: BTreeMap<(usize, &str, &str), Vec<&str>> = BTreeMap::new();
    let order = ["proposal", "pending", "held", "approved"];
    for (from, word, to) in steps {
        let place = order.iter().position(|known| *known == from).unwrap_or(order.len());
        by_target.entry((place, from, to)).or_default().push(word);
    }
    let mut text = String::new();
    for ((_, from, to), words) in by_target {
        writeln!(text, "{from:>10} ── {} ─► {to}", words.join(", ")).unwrap();
    }
    let last: Vec<&str> =
        StateKind::ALL.into_iter().filter(|kind| kind.is_final()).map(StateKind::as_str).collect();
    writeln!(text, "     final: {}", last.join(", ")).unwrap();
    text
}

#[test]
fn the_state_diagram_in_the_docs_is_what_the_function_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the diagram");
    let (known, after) = rest.split_once(END).expect("the diagram on the page has an end");
    let drawn = drawn();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, [before, BEGIN, &drawn, END, after].concat()).unwrap();
        return;
    }
    let advice = "if it is meant: UPDATE_DOCS=1 cargo test -p juno-governance --test governance diagram";
    assert_eq!(known, drawn, "{advice}");
}
