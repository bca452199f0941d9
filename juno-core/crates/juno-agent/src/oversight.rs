use std::collections::BTreeSet;

use juno_action::{Execution, ExecutionState};
use juno_audit::{AuditQuery, AuditRecord};
use juno_domain::{EventKind, RequestId};
use juno_governance::{
    ApprovalRequest, ComplianceInput, ComplianceReport, ComplianceRules, ExecutionFact, LogState, Oversight,
    OversightInput, OversightOptions, Period, RequestFilter, Trails, check_compliance,
};

use crate::core::Core;
use crate::{AgentError, AuditHandle, ComplianceSummary, GateHandle};

/// Records read at a time.
const PAGE: usize = 1024;
/// How often store and log are read anew when requests change meanwhile, before those that do are left out.
const TRIES: usize = 5;

impl GateHandle {
    /// What waits for people now, and how they decided in a period: times, rates, load, and what of it is worth a look.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn oversight(
        &self,
        period: Period,
        options: &OversightOptions,
    ) -> Result<Oversight, AgentError> {
        let core = &self.0;
        core.drain().await?;
        let stores = &core.parts.stores;
        let requests = stores.approvals.list(&RequestFilter::default()).await?;
        let mut escalations = Vec::new();
        for record in core.found(EventKind::RequestEscalated, period).await? {
            escalations.extend(RequestId::new(record.event.subject).ok().map(|id| (id, record.event.at)));
        }
        let ended = core.found(EventKind::ExecutionFinished, period).await?;
        let ended: BTreeSet<RequestId> =
            ended.into_iter().filter_map(|record| RequestId::new(record.event.subject).ok()).collect();
        let mut outcomes = Vec::new();
        for id in ended {
            outcomes.extend(stores.executions.get(&id).await?.and_then(|execution| execution.outcome()));
        }
        let gate = core.gate();
        let input = OversightInput {
            requests: &requests,
            escalations: &escalations,
            outcomes: &outcomes,
            roles: gate.roles(),
        };
        Ok(Oversight::of(input, period, options, self.now()))
    }
}

impl AuditHandle {
    /// Holds what happened in a period against the compliance rules of the settings, or those that ship: rule by rule
    /// what was checked, what passed, and findings with the records that show them. It is derived from the log, and
    /// believes neither the gate nor the store.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn compliance(&self, period: Period) -> Result<ComplianceReport, AgentError> {
        self.compliance_by(&self.0.config.compliance_rules, period).await
    }

    /// As [`compliance`](Self::compliance), by other rules.
    ///
    /// # Errors
    /// If the rules contradict themselves or a store cannot be reached.
    pub async fn compliance_by(
        &self,
        rules: &ComplianceRules,
        period: Period,
    ) -> Result<ComplianceReport, AgentError> {
        let core = &self.0;
        let mut reading = Reading::default();
        let mut tries = 0;
        let (requests, executions, moving) = loop {
            reading.read_on(core).await?;
            let requests = core.parts.stores.approvals.list(&RequestFilter::default()).await?;
            let mut executions = Vec::new();
            for request in &requests {
                executions.extend(core.parts.stores.executions.get(request.id()).await?.map(fact));
            }
            // Nothing new on record: store and log are of one moment.
            let moving = reading.read_on(core).await?;
            if moving.is_empty() || tries == TRIES {
                break (requests, executions, moving);
            }
            tries += 1;
        };
        let still = |request: &ApprovalRequest| !moving.contains(request.id().as_str());
        let requests: Vec<ApprovalRequest> = requests.into_iter().filter(still).collect();
        let executions: Vec<ExecutionFact> =
            executions.into_iter().filter(|fact| !moving.contains(fact.request.as_str())).collect();
        for id in moving.iter().filter_map(|id| RequestId::new(id.as_str()).ok()) {
            reading.trails.leave_out(&id);
        }
        let found = self.verify().await?;
        let log = LogState {
            size: found.size,
            root: found.root,
            verified: found.verified,
            first_bad: found.first_bad.map(|bad| bad.to_string()),
        };
        let gate = core.gate();
        let input = ComplianceInput {
            requests: &requests,
            executions: &executions,
            trails: &reading.trails,
            roles: gate.roles(),
            log: &log,
        };
        Ok(check_compliance(input, rules, period, core.parts.clock.now())?)
    }

    /// The check after a review, where the settings ask for it.
    pub(crate) async fn monitored(&self) -> Result<Option<ComplianceSummary>, AgentError> {
        if !self.0.config.compliance_monitoring {
            return Ok(None);
        }
        let report = self.compliance(Period::default()).await?;
        Ok(Some(ComplianceSummary {
            rules: report.rules,
            checked: report.results.iter().map(|result| result.checked).sum(),
            passed: report.results.iter().map(|result| result.passed).sum(),
            findings: report.results.into_iter().flat_map(|result| result.findings).collect(),
        }))
    }
}

/// The log, as far as it was read.
#[derive(Default)]
struct Reading {
    trails: Trails,
    next: u64,
}

impl Reading {
    /// Reads on to the end of the log, everything committed so far included, and gives what the new records are about.
    async fn read_on(&mut self, core: &Core) -> Result<BTreeSet<String>, AgentError> {
        core.drain().await?;
        let mut about = BTreeSet::new();
        loop {
            let page = core.parts.stores.audit.stored(self.next, PAGE).await?;
            let Some(last) = page.last() else { return Ok(about) };
            self.next = self.next.max(last.index.saturating_add(1));
            for stored in &page {
                // What was tampered with is for the verification to name.
                if let Ok(record) = stored.to_record() {
                    self.trails.take(record.index, Some(stored.leaf), &record.event);
                    about.insert(record.event.subject);
                }
            }
        }
    }
}

impl Core {
    /// Every record of a kind in a period.
    async fn found(&self, kind: EventKind, period: Period) -> Result<Vec<AuditRecord>, AgentError> {
        let Period { since, until } = period;
        let limit = Some(AuditQuery::MOST);
        let mut query = AuditQuery { kind: Some(kind), since, until, limit, ..AuditQuery::default() };
        let mut records = Vec::new();
        loop {
            let page = self.parts.stores.audit.search(&query).await?;
            records.extend(page.records);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(records),
            }
        }
    }
}

fn fact(execution: Execution) -> ExecutionFact {
    ExecutionFact {
        begun: begun(&execution),
        due_at: execution.due_at(),
        request: execution.request,
        digest: execution.digest,
        started_at: execution.started_at,
    }
}

/// Whether its effect may have happened: it waits for nothing any more, and was not revoked before it began.
fn begun(execution: &Execution) -> bool {
    match execution.state {
        ExecutionState::Approved => false,
        ExecutionState::Failed => execution.fence > 0,
        _ => true,
    }
}
