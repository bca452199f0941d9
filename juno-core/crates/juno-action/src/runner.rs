use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Action, Clock, DecidedBy, ErrorKind, Outcome, RequestId};
use juno_governance::{Authorization, ExecutionWitness, GovernanceError, RuleChange, action_digest};

use crate::record::idempotency_key;
use crate::{
    ActionError, ActionExecutor, Compensation, Execution, ExecutionEvent, ExecutionState, ExecutionStore,
    Guard, Limits, Permit, PlanPart, Preview, RunnerOptions, transition,
};

/// Carries out what was authorized, at most once: asks the guard, stores the intent, then acts, then stores the result.
#[derive(Clone)]
pub struct Runner {
    pub(crate) executor: Arc<dyn ActionExecutor>,
    pub(crate) store: Arc<dyn ExecutionStore>,
    pub(crate) options: Arc<RunnerOptions>,
    guard: Option<Arc<dyn Guard>>,
}

impl Runner {
    /// A runner that acts through `executor` and records in `store`, with the default options and no guard.
    #[must_use]
    pub fn new(executor: Arc<dyn ActionExecutor>, store: Arc<dyn ExecutionStore>) -> Self {
        Self { executor, store, guard: None, options: Arc::default() }
    }

    /// The same runner with other options.
    #[must_use]
    pub fn with_options(self, options: RunnerOptions) -> Self {
        Self { options: Arc::new(options), ..self }
    }

    /// The same runner that asks `guard` just before it begins.
    #[must_use]
    pub fn with_guard(self, guard: Arc<dyn Guard>) -> Self {
        Self { guard: Some(guard), ..self }
    }

    /// The same runner, acting through another executor.
    #[must_use]
    pub fn with_executor(self, executor: Arc<dyn ActionExecutor>) -> Self {
        Self { executor, ..self }
    }

    /// The same runner that begins only if so many executions on the target are on record, but for those that failed: of
    /// several that counted the same, one begins ([`Limits::after_on_target`]).
    #[must_use]
    pub fn after_on_target(self, count: u64) -> Self {
        let limits = Limits { after_on_target: Some(count), ..self.options.limits };
        Self { options: Arc::new(RunnerOptions { limits, ..(*self.options).clone() }), ..self }
    }

    /// The store behind this runner.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn ExecutionStore> {
        &self.store
    }

    /// What an action would change; changes nothing and needs no authorization.
    ///
    /// # Errors
    /// If the executor does not know the action, or cannot read what it would change.
    pub async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        self.executor.preview(action).await
    }

    /// Carries out the authorized action and uses the authorization up. An action that failed, or whose result
    /// nobody knows, is an outcome and not an error: see [`Outcome::result`]. If what it is for is looked up
    /// afterwards and is not true yet, [`recover`](Self::recover) goes on looking.
    ///
    /// # Errors
    /// As [`begin`](Self::begin): nothing was done then. A store error after the effect leaves the execution
    /// `Executing`, and [`recover`](Self::recover) finds out.
    pub async fn run(&self, authorization: Authorization, clock: &dyn Clock) -> Result<Outcome, ActionError> {
        let permit = self.begin(authorization, clock).await?;
        let execution = self.carry_out(permit, clock).await?;
        outcome_of(&execution)
    }

    /// Stores the intent to act and gives the permit for the effect, which the caller then causes and
    /// [ends](Permit::finish).
    ///
    /// How it is undone is captured before, and the executor has to know how.
    ///
    /// # Errors
    /// Nothing was done and the authorization can be issued again, if the authorization is too old, the guard says no,
    /// a limit is reached, or the action cannot be undone and no person approved it.
    /// [`Exists`](ActionError::Exists) if the request has an execution already.
    pub async fn begin(
        &self,
        authorization: Authorization,
        clock: &dyn Clock,
    ) -> Result<Permit, ActionError> {
        let compensation = self.capture(authorization.action()).await?;
        let blast_radius = self.blast_radius(authorization.action()).await?;
        self.begin_with(&authorization, compensation, blast_radius, clock).await
    }

    /// As [`begin`](Self::begin), where the caller causes the effect itself and so says how it is undone
    /// ([`undone_by`](Self::undone_by)) and how many tickets, people or systems it touches, one at least.
    ///
    /// # Errors
    /// As `begin`.
    pub async fn begin_for(
        &self,
        authorization: Authorization,
        undo: Option<Compensation>,
        touches: u32,
        clock: &dyn Clock,
    ) -> Result<Permit, ActionError> {
        self.begin_with(&authorization, undo, touches.max(1), clock).await
    }

    /// What a caller gives as the way back, checked: another action on the same target, of which the executor can say what
    /// it would change, or which it leaves to the caller because it does not know such actions.
    ///
    /// # Errors
    /// [`BadUndo`](ActionError::BadUndo) if it is none of that; if the executor cannot be reached.
    pub async fn undone_by(&self, action: &Action, undo: Action) -> Result<Compensation, ActionError> {
        let bad = |why: String| {
            let (action, undo) = (action.name().to_owned(), undo.name().to_owned());
            Err(ActionError::BadUndo { action, undo, why })
        };
        if undo.target() != action.target() {
            return bad(format!("it is for `{}`, not for `{}`", undo.target(), action.target()));
        }
        if RuleChange::is(&undo) {
            return bad("rules are changed by a request of their own".into());
        }
        let digest = |action| action_digest(action).map_err(ActionError::NoLongerPermitted);
        if digest(&undo)? == digest(action)? {
            return bad("it is the same action".into());
        }
        let summary = match self.executor.preview(&undo).await {
            Ok(preview) => preview.summary,
            Err(ActionError::Unsupported { .. }) => format!("run {} on {}", undo.name(), undo.target()),
            Err(error) if error.is_surely_without_effect() => return bad(error.to_string()),
            Err(error) => return Err(error),
        };
        Ok(Compensation { action: undo, summary })
    }

    async fn begin_with(
        &self,
        authorization: &Authorization,
        compensation: Option<Compensation>,
        blast_radius: u32,
        clock: &dyn Clock,
    ) -> Result<Permit, ActionError> {
        let approved = self.approved(authorization, compensation, blast_radius, None, clock.now())?;
        let limits = self.check(authorization, clock.now()).await?;
        let (begun, events) = transition(&approved, &self.begins(clock.now()), clock.now())?;
        match self.store.create(&begun, &limits, &events).await {
            Ok(()) => self.admitted(begun, clock).await,
            Err(ActionError::Exists(request)) => self.begin_stored(&request, authorization, clock).await,
            Err(error) => Err(error),
        }
    }

    /// Begins what is stored as approved, as a step of a plan is.
    pub(crate) async fn begin_stored(
        &self,
        request: &RequestId,
        authorization: &Authorization,
        clock: &dyn Clock,
    ) -> Result<Permit, ActionError> {
        let exists = || ActionError::Exists(request.clone());
        let stored = self.store.get(request).await?.ok_or_else(exists)?;
        if stored.state != ExecutionState::Approved {
            return Err(exists());
        }
        self.same_action(authorization, &stored)?;
        self.check(authorization, clock.now()).await?;
        let (begun, events) = transition(&stored, &self.begins(clock.now()), clock.now())?;
        match self.store.transition(stored.version, &begun, &events).await {
            Ok(()) => self.admitted(begun, clock).await,
            Err(ActionError::Changed { .. }) => Err(exists()),
            Err(error) => Err(error),
        }
    }

    /// The execution that an authorization stands for, not begun; and everything about it that needs no store.
    pub(crate) fn approved(
        &self,
        authorization: &Authorization,
        compensation: Option<Compensation>,
        blast_radius: u32,
        plan: Option<PlanPart>,
        now: DateTime<Utc>,
    ) -> Result<Execution, ActionError> {
        let automatic = matches!(authorization.granted_by(), DecidedBy::Policy { .. });
        if automatic && compensation.is_none() {
            return Err(ActionError::NoInverse(authorization.action().name().to_owned()));
        }
        let execution = Execution {
            request: authorization.request().clone(),
            version: 1,
            proposal: authorization.proposal().clone(),
            team: authorization.team().clone(),
            action: authorization.action().clone(),
            digest: authorization.digest(),
            idempotency_key: idempotency_key(authorization.request(), authorization.digest())?,
            executor: self.executor.name().to_owned(),
            automatic,
            blast_radius,
            state: ExecutionState::Approved,
            started_at: now,
            ended_at: None,
            detail: String::new(),
            said_by: None,
            fence: 0,
            lease: None,
            compensation,
            check: None,
            reversal: None,
            plan,
        };
        self.same_action(authorization, &execution)?;
        Ok(execution)
    }

    /// How an action is undone, if the executor knows and could say what that would change.
    pub(crate) async fn capture(&self, action: &Action) -> Result<Option<Compensation>, ActionError> {
        let Some(action) = self.executor.inverse(action).await? else { return Ok(None) };
        match self.executor.preview(&action).await {
            Ok(preview) => Ok(Some(Compensation { action, summary: preview.summary })),
            Err(error) if error.is_surely_without_effect() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many tickets, people or systems an action touches, as far as the executor can say; 1 where it cannot.
    ///
    /// # Errors
    /// If the executor cannot be reached.
    pub async fn blast_radius(&self, action: &Action) -> Result<u32, ActionError> {
        match self.executor.preview(action).await {
            Ok(preview) => Ok(preview.blast_radius),
            // The executor will say so again when it is to act, and that is recorded.
            Err(error) if error.is_surely_without_effect() => Ok(1),
            Err(error) => Err(error),
        }
    }

    /// Causes the effect, says how it ended, and looks whether what it was for is true.
    pub(crate) async fn carry_out(
        &self,
        permit: Permit,
        clock: &dyn Clock,
    ) -> Result<Execution, ActionError> {
        let (action, key) = (permit.action().clone(), permit.idempotency_key());
        let result = self.executor.execute_fenced(&action, &key, permit.fence()).await;
        let check_within = if permit.undoes() { None } else { self.executor.check_within(&action) };
        let ended = permit.finish(result, check_within, clock).await?;
        self.look_after(ended, clock).await
    }

    /// The last look before the effect: at the action, at the age of the authorization, and at what the guard says. Gives how
    /// much may be begun.
    pub(crate) async fn check(
        &self,
        authorization: &Authorization,
        now: DateTime<Utc>,
    ) -> Result<Limits, ActionError> {
        let at = later(authorization.granted_at(), self.options.authorization_lifetime);
        if now >= at {
            return Err(ActionError::AuthorizationExpired { request: authorization.request().clone(), at });
        }
        match &self.guard {
            Some(guard) => Ok(self.options.limits.and(guard.still_permits(authorization, now).await?)),
            None => Ok(self.options.limits),
        }
    }

    fn same_action(&self, authorization: &Authorization, execution: &Execution) -> Result<(), ActionError> {
        let found = action_digest(&execution.action).map_err(ActionError::NoLongerPermitted)?;
        if found == authorization.digest() && execution.digest == found {
            return Ok(());
        }
        let (request, approved) = (authorization.request().clone(), authorization.digest());
        Err(ActionError::DigestMismatch { request, approved, found })
    }

    pub(crate) fn begins(&self, now: DateTime<Utc>) -> ExecutionEvent {
        ExecutionEvent::Begin { holder: self.options.holder.clone(), until: later(now, self.options.lease) }
    }

    /// The permit, unless storing the intent took so long that its time is over: then somebody may be looking already.
    async fn admitted(&self, begun: Execution, clock: &dyn Clock) -> Result<Permit, ActionError> {
        let permit = Permit::of(Arc::clone(&self.store), begun);
        if permit.is_live(clock.now()) {
            return Ok(permit);
        }
        let late = ActionError::NotDone("its time was over before it began".into());
        permit.finish(Err(late.clone()), None, clock).await?;
        Err(late)
    }
}

#[async_trait]
impl ExecutionWitness for Runner {
    async fn has_execution(&self, request: &RequestId) -> Result<bool, GovernanceError> {
        match self.store.get(request).await {
            // What only waits for its turn was not begun.
            Ok(found) => Ok(found.is_some_and(|execution| execution.state != ExecutionState::Approved)),
            // A row that cannot be read is a row all the same: something was begun.
            Err(error) if error.kind() == ErrorKind::Corrupt => Ok(true),
            Err(error) => Err(GovernanceError::Unavailable(error.to_string())),
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("executor", &self.executor.name()).finish_non_exhaustive()
    }
}

pub(crate) fn later(now: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    now.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

pub(crate) fn outcome_of(execution: &Execution) -> Result<Outcome, ActionError> {
    let nothing = || ActionError::Internal("an ended execution has no outcome".into());
    execution.outcome().ok_or_else(nothing)
}
