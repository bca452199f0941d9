//! What `governed_run` drives: a team that votes, stays silent or refuses, and files as the outside world.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind as Io, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use juno_core::action::{
    ActionError, DryRunExecutor, Effect, ExecutionState, Finding, PlanResult, Preview, Probe, inverse_of,
};
use juno_core::domain::{
    Action, Calibration, Confidence, Impact, IssueKey, MemberId, PrincipalId, Proposal, ProposalId,
    RequestId, Role, Seed, TeamId,
};
use juno_core::governance::{Choice, StateKind};
use juno_core::prelude::*;
use tokio::sync::Notify;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What becomes of an action once it runs.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Fine,
    Refused,
    AnswerLost,
    RequestLost,
    CrashBefore,
    CrashAfter,
    NeverTrue,
    Undone,
}

/// Writes a file for each action. Files are not overwritten, and a token lower than one that was seen is refused.
#[derive(Clone)]
struct Files {
    folder: PathBuf,
    fates: Arc<Mutex<BTreeMap<String, Fate>>>,
    crashed: Arc<Notify>,
}

impl Files {
    fn fate(&self, action: &Action) -> Fate {
        let fates = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        fates.get(action.target()).copied().unwrap_or(Fate::Fine)
    }

    fn file(&self, action: &Action) -> PathBuf {
        self.folder.join(action.target())
    }

    /// Everything that was ever done, one line each.
    fn journal(&self, key: &str) -> std::io::Result<()> {
        let mut journal = OpenOptions::new().create(true).append(true).open(self.folder.join("journal"))?;
        writeln!(journal, "{key}")
    }

    /// Shows a token; `false` if a higher one was seen.
    fn admits(&self, key: &str, fence: u64) -> std::io::Result<bool> {
        let path = self.folder.join(format!("{key}.token"));
        let seen = match std::fs::read_to_string(&path) {
            Ok(text) => text.parse().unwrap_or(u64::MAX),
            Err(error) if error.kind() == Io::NotFound => 0,
            Err(error) => return Err(error),
        };
        if fence >= seen {
            std::fs::write(path, fence.to_string())?;
        }
        Ok(fence >= seen)
    }

    fn act(&self, action: &Action, key: &str, fence: u64) -> std::io::Result<bool> {
        if !self.admits(key, fence)? {
            return Ok(false);
        }
        if undoes(action, key) {
            std::fs::remove_file(self.file(action))?;
        } else {
            let mut file = OpenOptions::new().write(true).create_new(true).open(self.file(action))?;
            writeln!(file, "{} {key}", action.name())?;
        }
        self.journal(key)?;
        Ok(true)
    }
}

/// An inverse may have the very shape of an action, as a move back has: the key tells them apart.
fn undoes(_: &Action, key: &str) -> bool {
    key.ends_with("-undo")
}

fn uncertain(error: impl fmt::Display) -> ActionError {
    ActionError::Uncertain(error.to_string())
}

#[async_trait]
impl ActionExecutor for Files {
    fn name(&self) -> &str {
        "files"
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        DryRunExecutor.preview(action).await
    }

    async fn execute(&self, action: &Action, key: &str) -> Result<Effect, ActionError> {
        self.execute_fenced(action, key, u64::MAX).await
    }

    async fn execute_fenced(&self, action: &Action, key: &str, fence: u64) -> Result<Effect, ActionError> {
        let fate = if undoes(action, key) { Fate::Fine } else { self.fate(action) };
        match fate {
            Fate::Refused => return Err(ActionError::NotDone("the other side refused it".into())),
            Fate::RequestLost => return Err(uncertain("no answer in time")),
            Fate::CrashBefore => {
                self.crashed.notify_one();
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        if !self.act(action, key, fence).map_err(uncertain)? {
            return Err(ActionError::NotDone("somebody has looked since".into()));
        }
        match fate {
            Fate::AnswerLost => return Err(uncertain("no answer in time")),
            Fate::CrashAfter => {
                self.crashed.notify_one();
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        Ok(Effect { dry_run: false, detail: format!("wrote {}", action.target()) })
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(inverse_of(action))
    }

    fn can_probe(&self) -> bool {
        true
    }

    async fn probe(&self, action: &Action, key: &str, fence: u64) -> Result<Probe, ActionError> {
        if !self.admits(key, fence).map_err(uncertain)? {
            return Ok(Probe::CannotTell);
        }
        let there = self.file(action).exists();
        let (there, what) = (there != undoes(action, key), self.file(action));
        let what = what.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(if there { Probe::Done(format!("found {what}")) } else { Probe::NotDone(format!("no {what}")) })
    }

    fn check_within(&self, _: &Action) -> Option<TimeDelta> {
        Some(TimeDelta::minutes(10))
    }

    async fn holds(&self, action: &Action) -> Result<Finding, ActionError> {
        let holds = self.file(action).exists() && self.fate(action) != Fate::NeverTrue;
        Ok(Finding { holds, detail: if holds { "it is there" } else { "it is not there" }.into() })
    }
}

/// A program and its team.
pub(crate) struct Run {
    juno: Juno,
    clock: ManualClock,
    files: Files,
    seed: Seed,
}

impl Run {
    /// Opens the stores that `database` names; effects go below `folder`.
    pub(crate) async fn open(database: &str, folder: &Path, seed: u64) -> Outcome<Self> {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH + TimeDelta::days(20_500));
        let files =
            Files { folder: folder.to_owned(), fates: Arc::default(), crashed: Arc::new(Notify::new()) };
        let mut settings = Settings::default()
            .with("database.url", database)?
            .with("governance.supervisor_mode", "false")?;
        if database.starts_with("postgres") {
            settings = settings.with("memory.enabled", "false")?;
        }
        let builder = JunoBuilder::new(settings).clock(Arc::new(clock.clone()));
        let juno = builder.executor(Arc::new(files.clone())).open().await?;
        Ok(Self { juno, clock, files, seed: Seed(seed) })
    }

    pub(crate) fn juno(&self) -> &Juno {
        &self.juno
    }

    /// Proposes, decides and carries out so many actions, and looks at what came of them.
    pub(crate) async fn through(&self, actions: u32) -> Outcome<Summary> {
        let mut summary = Summary::default();
        let mut requests = Vec::new();
        let mut step = 0;
        while step < actions {
            // Now and then two actions are one plan.
            let plan = step % 10 == 8 && step + 1 < actions;
            let ids = match plan {
                true => vec![self.propose(step, true).await?, self.propose(step + 1, true).await?],
                false => vec![self.propose(step, false).await?],
            };
            if plan {
                summary.plan(self.juno.gate.execute_plan(&ids).await);
            } else {
                self.decide(step, &ids[0], &mut summary).await?;
                self.carry_out(step, &ids[0], &mut summary).await?;
            }
            step += u32::try_from(ids.len())?;
            requests.extend(ids);
            self.clock.advance(TimeDelta::minutes(1 + i64::try_from(self.dice(step) % 30)?))?;
            if step % 25 == 0 {
                summary.deadlines += self.juno.gate.tick().await?.len();
                summary.looked_up += self.juno.gate.recover().await?.outcomes.len();
            }
        }
        // Silence ends, too, and so does what nobody knows.
        while !self.juno.gate.pending().await?.is_empty() {
            self.clock.advance(TimeDelta::hours(4))?;
            summary.deadlines += self.juno.gate.tick().await?.len();
        }
        self.clock.advance(TimeDelta::hours(2))?;
        summary.looked_up += self.juno.gate.recover().await?.outcomes.len();
        for id in &requests {
            self.look_at(id, &mut summary).await?;
        }
        summary.log = self.juno.audit.verify().await?.verified;
        Ok(summary)
    }

    fn dice(&self, step: u32) -> u64 {
        self.seed.part(u64::from(step)).0
    }

    async fn propose(&self, step: u32, of_a_plan: bool) -> Outcome<RequestId> {
        let dice = self.dice(step);
        let issue = IssueKey::new(format!("RUN-{step}"))?;
        let kind = if of_a_plan { 0 } else { dice % 4 };
        let (action, impact) = match kind {
            0 => (Action::AddLabel { issue: issue.clone(), label: "stale".into() }, Impact::Low),
            1 => {
                let (from, to) = (Some("Low".into()), "High".into());
                (Action::Reprioritise { issue: issue.clone(), from, to }, Impact::Medium)
            }
            2 => {
                let (from, to) = (Some(MemberId::new("ann")?), MemberId::new("bo")?);
                (Action::Reassign { issue: issue.clone(), from, to }, Impact::High)
            }
            _ => (Action::Close { issue: issue.clone(), resolution: "Done".into() }, Impact::Critical),
        };
        let fate = match (of_a_plan, (dice >> 16) % 12) {
            (true, n) if step % 10 == 9 && n < 6 => Fate::Refused,
            (true, _) => Fate::Fine,
            (_, 0) => Fate::Refused,
            (_, 1) => Fate::AnswerLost,
            (_, 2) => Fate::RequestLost,
            (_, 3) => Fate::CrashBefore,
            (_, 4) => Fate::CrashAfter,
            (_, 5) => Fate::NeverTrue,
            (_, 6) => Fate::Undone,
            _ => Fate::Fine,
        };
        self.files.fates.lock().unwrap_or_else(PoisonError::into_inner).insert(issue.to_string(), fate);
        let proposal = Proposal {
            id: ProposalId::new(format!("run-{}-{step}", self.seed.0))?,
            action,
            impact,
            team: TeamId::new("RUN")?,
            proposer: PrincipalId::new("juno")?,
            confidence: Confidence {
                value: Probability::new(0.95)?,
                calibration: Calibration::Calibrated { method: "platt".into(), outcomes: 100 },
            },
            score: None,
            rationale: "A made-up situation.".into(),
            evidence: vec![],
            proposed_at: self.clock.now(),
        };
        Ok(self.juno.gate.submit(&proposal).await?.request.id().clone())
    }

    /// People vote, refuse, withdraw or say nothing; and somebody tries what nobody may.
    async fn decide(&self, step: u32, id: &RequestId, summary: &mut Summary) -> Outcome<()> {
        let mood = (self.dice(step) >> 8) % 8;
        loop {
            let seen = self.juno.gate.request(id).await?;
            let Some(pending) = seen.pending() else { break };
            let proposer = PrincipalId::new("juno")?;
            summary.must_fail(self.juno.gate.vote(&seen, &proposer, Choice::Approve, "mine").await.is_err());
            summary.must_fail(self.juno.gate.execute(id).await.is_err());
            let voter = PrincipalId::new(name(pending.role))?;
            match mood {
                0 => return Ok(()),
                1 => drop(self.juno.gate.vote(&seen, &voter, Choice::Deny, "not now").await?),
                2 => drop(self.juno.gate.withdraw(id, &proposer, "no longer needed").await?),
                _ => drop(self.juno.gate.vote(&seen, &voter, Choice::Approve, "fine").await?),
            }
        }
        Ok(())
    }

    async fn carry_out(&self, step: u32, id: &RequestId, summary: &mut Summary) -> Outcome<()> {
        if self.juno.gate.request(id).await?.kind() != StateKind::Approved {
            return Ok(());
        }
        // A process that ends in the middle of it never comes to the end of this call.
        tokio::select! {
            biased;
            outcome = self.juno.gate.execute(id) => drop(outcome?),
            () = self.files.crashed.notified() => summary.crashes += 1,
        }
        summary.must_fail(self.juno.gate.execute(id).await.is_err());
        if self.files.fate(self.juno.gate.request(id).await?.action()) == Fate::Undone {
            let by = PrincipalId::new("team_lead")?;
            drop(self.juno.gate.reverse(id, &by, "wrong ticket").await);
            summary.must_fail(self.juno.gate.reverse(id, &by, "again").await.is_err());
        }
        self.clock.advance(TimeDelta::minutes(i64::try_from(self.dice(step) % 3)?))?;
        Ok(())
    }

    /// Holds what is stored against what is on the disk.
    async fn look_at(&self, id: &RequestId, summary: &mut Summary) -> Outcome<()> {
        let request = self.juno.gate.request(id).await?;
        *summary.requests.entry(request.kind().to_string()).or_default() += 1;
        let there = self.files.file(request.action()).exists();
        let Some(execution) = self.juno.gate.execution(id).await? else {
            summary.untrue += usize::from(there);
            return Ok(());
        };
        *summary.executions.entry(execution.state.to_string()).or_default() += 1;
        let done = self.times(&execution.idempotency_key)?;
        let undone = self.times(&execution.reversal_key())?;
        summary.effects += done;
        summary.repeated += done.saturating_sub(1) + undone.saturating_sub(1);
        let says = execution.state == ExecutionState::Succeeded;
        summary.untrue += usize::from(says != there || execution.state.is_open());
        Ok(())
    }

    fn times(&self, key: &str) -> Outcome<usize> {
        match std::fs::read_to_string(self.files.folder.join("journal")) {
            Ok(journal) => Ok(journal.lines().filter(|line| *line == key).count()),
            Err(error) if error.kind() == Io::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}

/// The account that holds a role where settings name nobody.
const fn name(role: Role) -> &'static str {
    match role {
        Role::TeamLead => "team_lead",
        Role::ProjectManager => "project_manager",
        Role::EngineeringManager => "engineering_manager",
        Role::Director => "director",
        _ => "admin",
    }
}

/// What came of a run.
#[derive(Default)]
pub(crate) struct Summary {
    requests: BTreeMap<String, usize>,
    executions: BTreeMap<String, usize>,
    plans: BTreeMap<&'static str, usize>,
    deadlines: usize,
    crashes: usize,
    looked_up: usize,
    refused: usize,
    effects: usize,
    /// What must not be: a forbidden try that went through, an effect that came twice, a state that is not true.
    allowed: usize,
    repeated: usize,
    untrue: usize,
    log: bool,
}

impl Summary {
    /// Whether every promise was kept.
    pub(crate) const fn is_sound(&self) -> bool {
        self.allowed == 0 && self.repeated == 0 && self.untrue == 0 && self.log
    }

    fn must_fail(&mut self, failed: bool) {
        if failed { self.refused += 1 } else { self.allowed += 1 }
    }

    fn plan<E>(&mut self, outcome: Result<juno_core::action::PlanOutcome, E>) {
        let word = match outcome.map(|plan| plan.result) {
            Ok(PlanResult::Done) => "done",
            Ok(PlanResult::RolledBack) => "rolled back",
            Ok(PlanResult::Stuck) => "stuck",
            Err(_) => "refused",
        };
        *self.plans.entry(word).or_default() += 1;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<K: fmt::Display>(counts: &BTreeMap<K, usize>) -> String {
            counts.iter().map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
        }
        writeln!(f, "requests: {}", list(&self.requests))?;
        writeln!(f, "executions: {}", list(&self.executions))?;
        writeln!(f, "plans: {}", list(&self.plans))?;
        writeln!(
            f,
            "{} deadlines fired, {} crashes, {} looked up, {} forbidden tries refused",
            self.deadlines, self.crashes, self.looked_up, self.refused
        )?;
        writeln!(f, "{} effects, {} of them repeated", self.effects, self.repeated)?;
        writeln!(f, "{} forbidden tries went through, {} states untrue", self.allowed, self.untrue)?;
        write!(f, "log {}", if self.log { "verified" } else { "NOT verified" })
    }
}
