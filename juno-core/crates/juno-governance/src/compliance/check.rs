use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::RequestId;

use super::authority::authority;
use super::case::Case;
use super::duties::duties;
use super::evidence::{execution_recorded, log_verifies, store_agrees};
use super::quorum::quorum;
use super::report::{ComplianceReport, LogState};
use super::role_history::RoleHistory;
use super::rules::{ComplianceCheck, ComplianceRules};
use super::tally::Tally;
use super::timeouts::timeouts;
use super::trail::{ExecutionFact, Trails};
use crate::{ApprovalRequest, GovernanceError, Period, RoleBook};

/// What compliance is checked on. Read the log to its end, then requests and executions, then see that the log has not
/// grown: then store and log are of one moment.
#[derive(Debug, Clone, Copy)]
pub struct ComplianceInput<'a> {
    /// Every request of the store.
    pub requests: &'a [ApprovalRequest],
    /// The executions of the store.
    pub executions: &'a [ExecutionFact],
    /// Every record of the log.
    pub trails: &'a Trails,
    /// Who holds which role now.
    pub roles: &'a RoleBook,
    /// The log as its verification found it.
    pub log: &'a LogState,
}

/// Checks what happened in a period against rules.
///
/// Nothing is believed because the gate let it pass: votes, quorums, deadlines and roles are derived anew from the
/// records, and what the store says is held against them, so that a request put into the store, or changed there, is
/// found. A log that was forged as a whole by whoever holds its key is beyond this: against that stand checkpoints
/// kept elsewhere.
///
/// Roles are those in force now, with their terms and delegations, and those that recorded changes lead to. A role
/// that is struck from the settings leaves nothing that shows it was held: give it an end instead
/// ([`Term`](crate::Term)), or the votes cast in it are reported.
///
/// # Errors
/// If the rules contradict themselves.
pub fn check_compliance(
    input: ComplianceInput<'_>,
    rules: &ComplianceRules,
    period: Period,
    now: DateTime<Utc>,
) -> Result<ComplianceReport, GovernanceError> {
    rules.check()?;
    let ComplianceInput { requests, executions, trails, roles, log } = input;
    let stored: BTreeMap<&RequestId, &ApprovalRequest> = requests.iter().map(|one| (one.id(), one)).collect();
    let executed: BTreeMap<&RequestId, &ExecutionFact> =
        executions.iter().map(|one| (&one.request, one)).collect();
    let ids: BTreeSet<&RequestId> =
        stored.keys().copied().chain(executed.keys().copied()).chain(trails.requests.keys()).collect();
    let cases: Vec<Case<'_>> = ids
        .into_iter()
        .map(|id| {
            let records = trails.requests.get(id).map(Vec::as_slice).unwrap_or_default();
            Case::new(id, stored.get(id).copied(), executed.get(id).copied(), records)
        })
        .filter(|case| case.is_of(&period))
        .collect();
    let history = RoleHistory::new(roles, &trails.roles);
    let results: Vec<_> = rules
        .rules
        .iter()
        .map(|rule| {
            let mut tally = Tally::new(rule);
            for case in cases.iter().filter(|case| case.is_for(rule)) {
                match rule.check {
                    ComplianceCheck::Timeouts => timeouts(case, rule, &period, now, &mut tally),
                    ComplianceCheck::Authority => authority(case, &history, roles, &period, &mut tally),
                    ComplianceCheck::Duties => duties(case, &period, &mut tally),
                    ComplianceCheck::Quorum => quorum(case, rule, &period, &mut tally),
                    ComplianceCheck::Evidence => {
                        store_agrees(case, &mut tally);
                        execution_recorded(case, rule, &period, now, &mut tally);
                    }
                }
            }
            if rule.check == ComplianceCheck::Evidence {
                log_verifies(log, &mut tally);
            }
            tally.result()
        })
        .collect();
    let mut notes = Vec::new();
    if trails.unreadable() > 0 {
        let n = trails.unreadable();
        notes.push(format!("records of requests or roles that cannot be read, erased or damaged: {n}"));
    }
    if trails.left_out() > 0 {
        let n = trails.left_out();
        notes.push(format!("requests that changed while they were looked at, and are left out: {n}"));
    }
    if history.unknown() > 0 {
        let n = history.unknown();
        notes.push(format!("recorded changes that lead from or to roles nothing tells of: {n}"));
    }
    Ok(ComplianceReport {
        at: now,
        period,
        rules: rules.version()?,
        log: log.clone(),
        requests: u64::try_from(cases.len()).unwrap_or(u64::MAX),
        passed: results.iter().all(|result| result.findings.is_empty()),
        results,
        notes,
    })
}
