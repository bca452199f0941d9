from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from os import PathLike
from types import TracebackType
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar, final, overload

import numpy as np
from numpy.typing import NDArray

from juno import scores as scores
from juno.plugins import GovernancePolicy, RiskModel
from juno.types import (
    Appended,
    ArchiveReport,
    AuditPage,
    AuditRecord,
    BacktestReport,
    BiasReport,
    CalibrationMethod,
    ChartFormat,
    CleanupReport,
    ComplianceReport,
    ConfidenceAssessment,
    ConsistencyProof,
    Consolidation,
    Counterfactual,
    DataReport,
    Decision,
    Delivered,
    Delivery,
    DriftReport,
    Erasure,
    ErasureReceipt,
    Event,
    ExportFormat,
    ExportManifest,
    ExtractedFact,
    Fact,
    Findings,
    Forecast,
    ForecastColumns,
    Forecasts,
    ImportReport,
    InclusionProof,
    LegalHold,
    Loaded,
    Memory,
    MemoryColumns,
    MemoryHealth,
    MemoryHold,
    MemoryKind,
    MemoryPage,
    ModelCard,
    Numbers,
    Outcome,
    Oversight,
    Pattern,
    Pending,
    Place,
    PlanOutcome,
    PolicyDecision,
    Prediction,
    Proposal,
    ProposalReliability,
    Quarantined,
    Recalled,
    Recovered,
    Reencrypted,
    Remembered,
    RestoreReport,
    Retraining,
    Review,
    RiskIndex,
    Ruling,
    Seen,
    SessionEnd,
    SessionTurn,
    Simulation,
    Stop,
    Submission,
    SupportsArray,
    Tiered,
    TreeHead,
    Trust,
    Turn,
    UsedReport,
    Verification,
    WriteVerdict,
)

__all__ = [
    "ApprovalRequiredError",
    "AuditSigner",
    "Calibrator",
    "CancelledError",
    "ConflictError",
    "CorruptError",
    "DeniedError",
    "Gate",
    "InternalError",
    "InvalidInputError",
    "Juno",
    "JunoError",
    "NotEnoughDataError",
    "NotFoundError",
    "Permit",
    "Records",
    "RulePolicy",
    "Session",
    "TrainedModel",
    "UnavailableError",
    "UnsupportedError",
    "WorkingCalendar",
    "action_digest",
    "assess",
    "backtest",
    "backtest_async",
    "bias_report",
    "check_data",
    "compliance_markdown",
    "compliance_rules",
    "compliance_text",
    "decide",
    "forecast_columns",
    "interval_chart",
    "memory_columns",
    "merkle_root",
    "oversight_text",
    "proposal_id",
    "read_checkpoint",
    "reliability_chart",
    "report_html",
    "report_text",
    "risk_index",
    "run_command",
    "score_confidence",
    "scores",
    "train",
    "train_async",
    "try_policy",
    "try_policy_async",
    "verify_audit",
    "verify_audit_async",
    "verify_consistency",
    "verify_inclusion",
    "verify_receipt",
    "version",
]

_Path: TypeAlias = str | PathLike[str]
_F = TypeVar("_F", bound=Callable[..., Any])
_Progress: TypeAlias = Callable[[str, int, int | None], object]

class JunoError(Exception):
    """What JUNO raises: `code` says which kind."""

    code: ClassVar[str]

class InvalidInputError(JunoError, ValueError): ...
class NotFoundError(JunoError, LookupError): ...
class NotEnoughDataError(JunoError, ValueError): ...
class ConflictError(JunoError): ...
class ApprovalRequiredError(JunoError):
    """A person with the named role decides first."""

    request: dict[str, Any] | None
    """The request that waits: `id`, `role`, `deadline` and the action's `digest`. None where the error is of another origin."""

class DeniedError(JunoError): ...
class UnavailableError(JunoError): ...
class CancelledError(JunoError): ...
class CorruptError(JunoError): ...
class UnsupportedError(JunoError): ...
class InternalError(JunoError): ...

@final
class Gate:
    """Effects that the host causes itself, each under an approved request."""

    def execute(
        self, request: str, *, undo: Mapping[str, Any] | None = None, touches: int | None = None
    ) -> Permit:
        """The permit to carry out an approved request in a `with` or `async with` block, at most once ever.

        Entering stores the intent, or raises: `ApprovalRequiredError` carries the request to wait for. A block that ends
        has succeeded; one that raises leaves the outcome unknown, unless it called `finish("not_done", …)` before.
        `undo` is the action that would undo it, on the same target: what a policy alone approved needs one. `touches`
        says how many tickets, people or systems it touches, which budgets count.
        """

    def guard(
        self,
        *,
        action: str,
        impact: Literal["low", "medium", "high", "critical"],
        team: str = ...,
        category: str = ...,
        target: str | None = ...,
        proposer: str = ...,
        rationale: str | None = ...,
        confidence: float | Mapping[str, Any] = ...,
        key: Any = ...,
        ignore: Sequence[str] = ...,
        undo: Callable[..., Mapping[str, Any]] | None = ...,
    ) -> Callable[[_F], _F]:
        """Makes a function ask before it runs: each call is a proposal, and runs once it is approved.

        `action` and `impact` say what it is; the arguments of the call are those of the action, and `target` names the
        one it acts on (default the first). A call that waits for a person raises `ApprovalRequiredError`; called again
        with the same arguments after the approval, also after a restart, it runs, and never again: `key` tells calls with
        the same arguments apart. `undo` gives, for the arguments, the action that would undo it.
        """

@final
class Permit:
    """The right to cause one effect, inside the block it was made for."""

    @property
    def request(self) -> str:
        """The request it is for."""

    @property
    def action(self) -> dict[str, Any]:
        """What to do."""

    @property
    def idempotency_key(self) -> str:
        """What the other side recognises a repetition by: the same for the same request on every machine."""

    @property
    def fence(self) -> int:
        """The fencing token: an other side that can refuses one lower than it has seen."""

    @property
    def outcome(self) -> Outcome | None:
        """What came of it; None until it has ended."""

    def finish(self, result: Literal["done", "not_done", "uncertain"], detail: str) -> Outcome:
        """Says how it ended: `"done"`, `"not_done"` (surely nothing was changed) or `"uncertain"`."""

    def finish_async(self, result: Literal["done", "not_done", "uncertain"], detail: str) -> Awaitable[Outcome]:
        """`finish` for use with `await`: the event loop runs on meanwhile."""

    def __enter__(self) -> Permit: ...
    def __exit__(
        self,
        _class: type[BaseException] | None,
        exception: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> Literal[False]: ...
    def __aenter__(self) -> Awaitable[Permit]: ...
    def __aexit__(
        self,
        _class: type[BaseException] | None,
        exception: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> Awaitable[Literal[False]]: ...

@final
class WorkingCalendar:
    """Which days are worked. Days begin at midnight of a fixed offset from UTC (no daylight saving)."""

    def __new__(
        cls,
        *,
        holidays: Sequence[date] = ...,
        weekend: Sequence[str] | None = None,
        utc_offset_minutes: int = 0,
    ) -> WorkingCalendar:
        """Without arguments: Monday to Friday, no holidays, days of UTC. `weekend` names days: `["fri", "sat"]`."""

    def is_working_day(self, day: date) -> bool:
        """Whether the day is worked."""

    def day_of(self, at: datetime) -> date:
        """The calendar day of an instant."""

    def working_days(self, start: datetime, to: datetime) -> int:
        """Worked days between two instants, the first day included, the last not; 0 if `to` is not after `start`."""

@final
class Calibrator:
    """Maps scores to chances that recorded outcomes bear out. Made by `Calibrator.fit`, read back by `from_dict`."""

    @staticmethod
    def fit(method: CalibrationMethod, scores: Numbers, outcomes: Numbers) -> Calibrator:
        """Fits `"platt"`, `"beta"`, `"isotonic"` or `"temperature"` to scores (0 to 1) and whether each turned out right."""

    @overload
    def apply(self, scores: list[float] | tuple[float, ...]) -> list[float]:
        """The calibrated chances of scores: a list for a list, else a numpy array."""

    @overload
    def apply(self, scores: SupportsArray) -> NDArray[np.float64]: ...
    @property
    def method(self) -> CalibrationMethod:
        """The method's name."""

    @property
    def outcomes(self) -> int:
        """How many outcomes it was fitted on."""

    def to_dict(self) -> dict[str, Any]:
        """What was fitted, as plain values: `from_dict` reads it back."""

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Calibrator:
        """A calibrator that was written with `to_dict`."""

@final
class Session:
    """A conversation as it goes on: its last turns, each stored once. Made by `Juno.session`.

    It keeps the newest `session.cache_size` turns (1,000), each for `session.cache_ttl_seconds` (1,800).
    """

    @property
    def place(self) -> Place:
        """Where it is: team, agent and session. What is remembered there is its own too."""

    def append(self, turns: Sequence[SessionTurn]) -> Appended:
        """Adds turns behind those that are there, or at the places they name; each is stored once by its `id` or `place`."""

    def append_async(self, turns: Sequence[SessionTurn]) -> Awaitable[Appended]:
        """`append` for use with `await`: the event loop runs on meanwhile."""

    def follow(self, conversation: Sequence[SessionTurn]) -> Appended:
        """Takes a whole conversation over, as it stands by now: what is new of it is stored, and nothing twice."""

    def follow_async(self, conversation: Sequence[SessionTurn]) -> Awaitable[Appended]:
        """`follow` for use with `await`: the event loop runs on meanwhile."""

    def turns(self) -> list[Memory]:
        """The turns it still holds, in order."""

    def turns_async(self) -> Awaitable[list[Memory]]:
        """`turns` for use with `await`: the event loop runs on meanwhile."""

    def end(self, promote: bool = False) -> SessionEnd:
        """Ends it: forgets its turns; with `promote` they are remembered as episodes of the agent first."""

    def end_async(self, promote: bool = False) -> Awaitable[SessionEnd]:
        """`end` for use with `await`: the event loop runs on meanwhile."""

_Source: TypeAlias = _Path | Sequence[_Path] | Sequence[Mapping[str, Any]] | Mapping[str, Any]
"""Paths of files, or the rows themselves: a list of dicts, or the dict in which a service gave them."""

_Data: TypeAlias = Records | _Path | Sequence[_Path] | Sequence[Mapping[str, Any]] | Any
"""Records, paths, or a sprint table: a data frame of pandas, polars or pyarrow, or a list of dicts."""

@final
class TrainedModel:
    """A risk model fitted by `train`. `Juno(model=…)` forecasts with it."""

    @staticmethod
    def load(path: _Path) -> TrainedModel:
        """Reads a model that `save` wrote; a damaged file, or one of another version, is refused."""

    @staticmethod
    def from_bytes(bytes: bytes) -> TrainedModel:
        """Reads a model that `to_bytes` gave."""

    def save(self, path: _Path) -> None:
        """Writes it to a file: whole, or not at all."""

    def to_bytes(self) -> bytes:
        """What `save` writes."""

    @property
    def name(self) -> str:
        """What forecasts call it."""

    @property
    def card(self) -> ModelCard:
        """What it was fitted on, how, what it looks at, how good it is where a backtest said so, and its limits."""

    def card_markdown(self) -> str:
        """The card as a page of Markdown."""

    def with_scores(self, report: BacktestReport | Mapping[str, Any]) -> TrainedModel:
        """The same model with what a backtest of models fitted like it found, for its card."""

    def predict(self, snapshot: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> Prediction:
        """What will come of the sprint seen in `snapshot`, given the sprints of its project that were over by then."""

    def explain(self, snapshot: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> Forecast:
        """Everything to say about that sprint: the prediction, what each input did to it, and the risk index."""

    def what_would_change(
        self, snapshot: Mapping[str, Any], history: Sequence[Mapping[str, Any]]
    ) -> list[Counterfactual]:
        """What the team can still change about that sprint, and what the model expects then: no promise of cause and effect."""

    def forecast(self, data: _Data) -> list[Forecast]:
        """A forecast of every stage of every row of a sprint table, from the rows before it.

        What issues tell is forecast by `Juno(model=…)`.
        """

    def drift(self, data: _Data) -> DriftReport:
        """How far newer sprints differ from those it was fitted on, and whether its chances still hold."""

    def compare(
        self,
        data: _Data,
        *,
        progress: _Progress | None = None,
        c: float = ...,
        n_trees: int = ...,
        min_samples_leaf: int = ...,
        delivery_min_samples_leaf: int = ...,
        max_features: float = ...,
        tree_weight: float = ...,
        gamma: float = ...,
        min_sprints: int = ...,
        min_of_each: int = ...,
        seed: int = ...,
        threads: int = ...,
    ) -> Retraining:
        """Whether a model trained on `data` should take this one's place: what changed, both on the same sprints, a verdict.

        Settings are those of `train`. `"better"`, `"no_worse"` and `"not_compared"` speak for the new one.
        """

@final
class _Blend:
    @staticmethod
    def fit(
        options: Mapping[str, Any], x: NDArray[np.float64], labels: Sequence[bool], weights: Numbers | None
    ) -> _Blend: ...
    def logit(self, x: NDArray[np.float64], threads: int) -> NDArray[np.float64]: ...
    def predict(self, x: NDArray[np.float64], threads: int) -> NDArray[np.float64]: ...
    def contributions(self, x: NDArray[np.float64], threads: int) -> NDArray[np.float64]: ...
    @property
    def base(self) -> float: ...
    @property
    def n_features(self) -> int: ...
    def to_json(self) -> bytes: ...
    @staticmethod
    def from_json(json: bytes) -> _Blend: ...

@final
class Records:
    """What `Juno.load` read, with every issue's history rebuilt."""

    @property
    def newest(self) -> datetime | None:
        """The newest instant at which anything happened; None where the input has no dates."""

    @property
    def summary(self) -> Loaded:
        """How much was read."""

    @property
    def notes(self) -> list[str]:
        """What was assumed while reading."""

    @property
    def quarantined(self) -> list[Quarantined]:
        """What could not be used, each with its place and the reason."""

    def replay(self, at: datetime | None = None) -> list[dict[str, Any]]:
        """History as known at `at` (all of it without): one dict per issue, then one per sprint with its report."""

@final
class RulePolicy:
    """A policy as data: rules, budgets, quiet hours and a kill switch. Made of a mapping, of TOML, or of a file.

    An unknown key, role, impact, category, action or field is an error that names the nearest known one.
    """

    def __new__(cls, rules: Mapping[str, Any]) -> RulePolicy: ...
    @staticmethod
    def from_toml(text: str) -> RulePolicy:
        """Reads rules from TOML."""

    @staticmethod
    def load(path: _Path) -> RulePolicy:
        """Reads rules from a file: JSON if its name ends in `.json`, else TOML."""

    @property
    def version(self) -> str:
        """The name of the rules and the start of their digest: it changes with any of them."""

    def to_dict(self) -> dict[str, Any]:
        """The rules as plain values: `RulePolicy(...)` reads them back."""

    def decide(
        self,
        proposal: Proposal | Mapping[str, Any],
        settings: Mapping[str, Any],
        now: datetime,
        facts: Mapping[str, Any] | None = None,
    ) -> Ruling:
        """What the rules make of a proposal; with a `narrowed` action if they make it smaller. Nothing is recorded."""

    def simulate(
        self, history: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], *, minutes_per_vote: float = 5.0
    ) -> Simulation:
        """What the rules would have made of requests, and what the difference costs in people's time."""

@final
class Juno:
    """JUNO on one database: forecasts, triage, governed action, memory and proof. Threads and tasks may share one.

    `settings` are dotted keys (`{"governance.supervisor_mode": False}`); with `folder`, its `juno.toml` and `.env` and
    the environment are read first, and `defaults` count where these say nothing. `database` is a file or `":memory:"`.
    Without `now` the time is the machine's; with it the clock stands there, and `review` moves it on to its `as_of`, so
    that the past is reviewed as it was.
    """

    def __new__(
        cls,
        settings: Mapping[str, Any] | None = None,
        *,
        defaults: Mapping[str, Any] | None = None,
        database: _Path | None = None,
        folder: _Path | None = None,
        now: datetime | None = None,
        policy: GovernancePolicy | RulePolicy | None = None,
        model: RiskModel | TrainedModel | None = None,
    ) -> Juno: ...
    @property
    def gate(self) -> Gate:
        """Effects that the host causes itself, each under an approved request."""

    def now(self) -> datetime:
        """The time by which decisions are made and deadlines count."""

    def set_now(self, to: datetime) -> None:
        """Moves a standing clock on; an error before its time, or where the clock is the machine's."""

    def load(self, paths: _Path | Sequence[_Path], progress: _Progress | None = None) -> Records:
        """Reads exports: files, or folders of them. A bad record is quarantined, never fatal.

        `progress(what, done, total)` is called now and then; if it raises, the loading stops.
        """

    def load_async(self, paths: _Path | Sequence[_Path], progress: _Progress | None = None) -> Awaitable[Records]:
        """`load` for use with `await`: the event loop runs on meanwhile."""

    def review(self, records: Records, as_of: datetime | None = None) -> Review:
        """The main job: fires deadlines, forecasts, triages, asks the policy, carries out what is approved, verifies the log.

        `as_of` bounds what is known; default the newest event of the records.
        """

    def review_async(self, records: Records, as_of: datetime | None = None) -> Awaitable[Review]:
        """`review` for use with `await`: the event loop runs on meanwhile."""

    def forecast(self, records: Records, as_of: datetime | None = None) -> Forecasts:
        """Forecasts every sprint that is running or planned at `as_of`, from what was known then."""

    def forecast_async(self, records: Records, as_of: datetime | None = None) -> Awaitable[Forecasts]:
        """`forecast` for use with `await`: the event loop runs on meanwhile."""

    def what_would_change(
        self, records: Records, sprint: int, as_of: datetime | None = None
    ) -> list[Counterfactual]:
        """What the team can still change about a sprint that is open at `as_of`, and what the model expects then.

        No promise of cause and effect. Empty where nothing can be changed any more.
        """

    def what_would_change_async(
        self, records: Records, sprint: int, as_of: datetime | None = None
    ) -> Awaitable[list[Counterfactual]]:
        """`what_would_change` for use with `await`: the event loop runs on meanwhile."""

    def triage(self, records: Records, as_of: datetime | None = None) -> Findings:
        """What should be done at `as_of`, with the reasoning; from what was known then. Nothing is submitted."""

    def triage_async(self, records: Records, as_of: datetime | None = None) -> Awaitable[Findings]:
        """`triage` for use with `await`: the event loop runs on meanwhile."""

    def reliability(self, records: Records, as_of: datetime | None = None) -> ProposalReliability:
        """Whether proposals to the teams of these records were right as often as their confidence said, by `as_of`."""

    def reliability_async(self, records: Records, as_of: datetime | None = None) -> Awaitable[ProposalReliability]:
        """`reliability` for use with `await`: the event loop runs on meanwhile."""

    def submit(self, proposal: Proposal | Mapping[str, Any]) -> Submission:
        """Asks whether a proposal may run: `request`, `decision`, `already_known`. The same proposal is the same request."""

    def submit_async(self, proposal: Proposal | Mapping[str, Any]) -> Awaitable[Submission]:
        """`submit` for use with `await`: the event loop runs on meanwhile."""

    def pending(self) -> list[Pending]:
        """What waits for a person, the nearest deadline first."""

    def pending_async(self) -> Awaitable[list[Pending]]:
        """`pending` for use with `await`: the event loop runs on meanwhile."""

    def oversight(
        self,
        options: Mapping[str, Any] | None = None,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> Oversight:
        """What waits for people now, and how they decided: times, rates, load, and what of it is worth a look."""

    def oversight_async(
        self,
        options: Mapping[str, Any] | None = None,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> Awaitable[Oversight]:
        """`oversight` for use with `await`: the event loop runs on meanwhile."""

    def vote(
        self, seen: Pending | Seen | Mapping[str, Any], by: str, choice: Literal["approve", "deny"], reason: str
    ) -> Decision:
        """Votes `"approve"` or `"deny"` on the action the voter saw: what `pending` listed or `request` showed, or its
        `request` and `digest`. If the request holds another action by now, the vote is void.
        """

    def vote_async(
        self, seen: Pending | Seen | Mapping[str, Any], by: str, choice: Literal["approve", "deny"], reason: str
    ) -> Awaitable[Decision]:
        """`vote` for use with `await`: the event loop runs on meanwhile."""

    def cancel(self, request: str, by: str, reason: str) -> Decision:
        """Ends a request that has not run. Who may decide it can, and an administrator; its proposer withdraws it."""

    def cancel_async(self, request: str, by: str, reason: str) -> Awaitable[Decision]:
        """`cancel` for use with `await`: the event loop runs on meanwhile."""

    def withdraw(self, request: str, by: str, reason: str) -> Decision:
        """Takes a request back that has not run. Only its proposer can."""

    def withdraw_async(self, request: str, by: str, reason: str) -> Awaitable[Decision]:
        """`withdraw` for use with `await`: the event loop runs on meanwhile."""

    def escalate(self, request: str, by: str, reason: str) -> Decision:
        """Passes a request to the next role up, with a fresh deadline. Who may vote on it now can."""

    def escalate_async(self, request: str, by: str, reason: str) -> Awaitable[Decision]:
        """`escalate` for use with `await`: the event loop runs on meanwhile."""

    def appeal(self, request: str, by: str, reason: str) -> Submission:
        """Appeals against a request that people refused or let expire: a new one, for a higher role and other people."""

    def appeal_async(self, request: str, by: str, reason: str) -> Awaitable[Submission]:
        """`appeal` for use with `await`: the event loop runs on meanwhile."""

    def tick(self) -> list[dict[str, Any]]:
        """Fires every deadline that has passed: the request goes one role up, is held, or ends. Call it from time to time."""

    def tick_async(self) -> Awaitable[list[dict[str, Any]]]:
        """`tick` for use with `await`: the event loop runs on meanwhile."""

    def deliver_notifications(self) -> Delivered:
        """Delivers what is due on every channel that settings name, at least once. Call it from time to time, beside `tick`."""

    def deliver_notifications_async(self) -> Awaitable[Delivered]:
        """`deliver_notifications` for use with `await`: the event loop runs on meanwhile."""

    def notifications(
        self,
        *,
        state: Literal["waiting", "dead"] | None = None,
        channel: str | None = None,
        request: str | None = None,
        limit: int | None = None,
    ) -> list[Delivery]:
        """What waits to be delivered or was given up, oldest first."""

    def notifications_async(
        self,
        *,
        state: Literal["waiting", "dead"] | None = None,
        channel: str | None = None,
        request: str | None = None,
        limit: int | None = None,
    ) -> Awaitable[list[Delivery]]:
        """`notifications` for use with `await`: the event loop runs on meanwhile."""

    def retry_notification(self, key: str) -> Delivery:
        """Puts a notification that was given up, or that waits, back to its first attempt, due now."""

    def retry_notification_async(self, key: str) -> Awaitable[Delivery]:
        """`retry_notification` for use with `await`: the event loop runs on meanwhile."""

    def execute(self, request: str) -> Outcome:
        """Carries out an approved request, at most once ever. An effect that failed is no error: the outcome says so."""

    def execute_async(self, request: str) -> Awaitable[Outcome]:
        """`execute` for use with `await`: the event loop runs on meanwhile."""

    @property
    def policy_version(self) -> str:
        """The version of the policy in force."""

    def rule(self, proposal: Proposal | Mapping[str, Any]) -> Ruling:
        """What the policy makes of a proposal now; with a `narrowed` action if it makes it smaller. Nothing is recorded."""

    def rule_async(self, proposal: Proposal | Mapping[str, Any]) -> Awaitable[Ruling]:
        """`rule` for use with `await`: the event loop runs on meanwhile."""

    def simulate(self, policy: RulePolicy, minutes_per_vote: float = 5.0) -> Simulation:
        """What other rules would have made of every request so far, and what the difference costs in people's time."""

    def simulate_async(self, policy: RulePolicy, minutes_per_vote: float = 5.0) -> Awaitable[Simulation]:
        """`simulate` for use with `await`: the event loop runs on meanwhile."""

    def propose_rules(self, policy: RulePolicy, by: str, justification: str, risk: str, rollback: str) -> Submission:
        """Asks for other rules: a request of critical impact that only people approve; carried out, they are in force."""

    def propose_rules_async(self, policy: RulePolicy, by: str, justification: str, risk: str, rollback: str) -> Awaitable[Submission]:
        """`propose_rules` for use with `await`: the event loop runs on meanwhile."""

    def stop(self, by: str, reason: str) -> None:
        """Stops everything in every process on the same database, and after a restart: nothing is allowed, asked or carried
        out. Anybody with a role can.
        """

    def stop_async(self, by: str, reason: str) -> Awaitable[None]:
        """`stop` for use with `await`: the event loop runs on meanwhile."""

    def stops(self) -> list[Stop]:
        """The stops in force, whichever process put them in place."""

    def stops_async(self) -> Awaitable[list[Stop]]:
        """`stops` for use with `await`: the event loop runs on meanwhile."""

    def resume(self, by: str, reason: str) -> None:
        """Ends the stops in force. An administrator or director of every team can."""

    def resume_async(self, by: str, reason: str) -> Awaitable[None]:
        """`resume` for use with `await`: the event loop runs on meanwhile."""

    def delegate(self, delegation: Mapping[str, Any], by: str, reason: str) -> None:
        """Lets somebody vote in the place of another for some time, in this process. It is recorded."""

    def delegate_async(self, delegation: Mapping[str, Any], by: str, reason: str) -> Awaitable[None]:
        """`delegate` for use with `await`: the event loop runs on meanwhile."""

    def end_delegation(self, id: str, by: str, reason: str) -> None:
        """Ends a delegation at once, in this process. It is recorded."""

    def end_delegation_async(self, id: str, by: str, reason: str) -> Awaitable[None]:
        """`end_delegation` for use with `await`: the event loop runs on meanwhile."""

    def execute_plan(self, requests: Sequence[str]) -> PlanOutcome:
        """Carries out several approved requests in order; if one fails, those before it are undone, the last first."""

    def execute_plan_async(self, requests: Sequence[str]) -> Awaitable[PlanOutcome]:
        """`execute_plan` for use with `await`: the event loop runs on meanwhile."""

    def request(self, request: str) -> dict[str, Any]:
        """A request with its votes and state."""

    def request_async(self, request: str) -> Awaitable[dict[str, Any]]:
        """`request` for use with `await`: the event loop runs on meanwhile."""

    def execution(self, request: str) -> dict[str, Any] | None:
        """The execution of a request; None where none was begun."""

    def execution_async(self, request: str) -> Awaitable[dict[str, Any] | None]:
        """`execution` for use with `await`: the event loop runs on meanwhile."""

    def revoke(self, request: str, by: str, reason: str) -> Outcome:
        """Takes back what was approved and has not begun. Its proposer can, an administrator, and who could have let it run."""

    def revoke_async(self, request: str, by: str, reason: str) -> Awaitable[Outcome]:
        """`revoke` for use with `await`: the event loop runs on meanwhile."""

    def reverse(self, request: str, by: str, reason: str) -> Outcome:
        """Undoes what took effect, by the action captured before it. Who could have let it run can; not its proposer, if people did."""

    def reverse_async(self, request: str, by: str, reason: str) -> Awaitable[Outcome]:
        """`reverse` for use with `await`: the event loop runs on meanwhile."""

    def resolve(self, request: str, by: str, took_effect: bool, reason: str) -> Outcome:
        """Says whether an execution that nobody knew the end of took effect. Who may reverse it can."""

    def resolve_async(self, request: str, by: str, took_effect: bool, reason: str) -> Awaitable[Outcome]:
        """`resolve` for use with `await`: the event loop runs on meanwhile."""

    def recover(self) -> Recovered:
        """Looks at executions whose process died: they become unknown and are looked up, never a second attempt."""

    def recover_async(self) -> Awaitable[Recovered]:
        """`recover` for use with `await`: the event loop runs on meanwhile."""

    def remember(
        self,
        text: str,
        *,
        kind: MemoryKind = ...,
        id: str | None = None,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
        data: Any = None,
        tags: Sequence[str] = ...,
        importance: float | None = None,
        confidence: float | None = None,
        source: str | None = None,
        who: str | None = None,
        subject: str | None = None,
        trust: Trust = ...,
        derived_from: Sequence[str] = ...,
        turn: Turn | None = None,
        fact: Fact | None = None,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> Remembered:
        """Remembers `text`, and gives the memory with what the write gate said to it (`written`).

        The same text in the same place is kept once unless an `id` is given. Of what is known already it gives the memory
        that says it; what holds secrets or somebody's data, or says nothing, is refused with an error that says why.
        By default a fact (`semantic`) of the whole tenant, true from now on, that never expires. `who` said it and `turn`
        places it in a thread: recall goes by both. A `fact` ends the value that was known of its subject and predicate.
        """

    def remember_async(
        self,
        text: str,
        *,
        kind: MemoryKind = ...,
        id: str | None = None,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
        data: Any = None,
        tags: Sequence[str] = ...,
        importance: float | None = None,
        confidence: float | None = None,
        source: str | None = None,
        who: str | None = None,
        subject: str | None = None,
        trust: Trust = ...,
        derived_from: Sequence[str] = ...,
        turn: Turn | None = None,
        fact: Fact | None = None,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> Awaitable[Remembered]:
        """`remember` for use with `await`: the event loop runs on meanwhile."""

    def consider(
        self,
        text: str,
        *,
        kind: MemoryKind = ...,
        id: str | None = None,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
        data: Any = None,
        tags: Sequence[str] = ...,
        importance: float | None = None,
        confidence: float | None = None,
        source: str | None = None,
        who: str | None = None,
        subject: str | None = None,
        trust: Trust = ...,
        derived_from: Sequence[str] = ...,
        turn: Turn | None = None,
        fact: Fact | None = None,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> WriteVerdict:
        """What would become of `text` if it were remembered now: kept, merged or refused, and why. Nothing is written."""

    def consider_async(
        self,
        text: str,
        *,
        kind: MemoryKind = ...,
        id: str | None = None,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
        data: Any = None,
        tags: Sequence[str] = ...,
        importance: float | None = None,
        confidence: float | None = None,
        source: str | None = None,
        who: str | None = None,
        subject: str | None = None,
        trust: Trust = ...,
        derived_from: Sequence[str] = ...,
        turn: Turn | None = None,
        fact: Fact | None = None,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> Awaitable[WriteVerdict]:
        """`consider` for use with `await`: the event loop runs on meanwhile."""

    def get_memory(
        self,
        id: str,
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Memory | None:
        """The memory with that id in exactly that place, in quarantine or not."""

    def get_memory_async(
        self,
        id: str,
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Awaitable[Memory | None]:
        """`get_memory` for use with `await`: the event loop runs on meanwhile."""

    def quarantine(self, reason: str, *, source: str = ..., memory: str = ...) -> list[str]:
        """Puts a source or one memory into quarantine, with all that was made from it, and gives the ids.

        Give either `source`, the whole text of it, or `memory`, an id. No recall gives them until they are let out.
        """

    def quarantine_async(self, reason: str, *, source: str = ..., memory: str = ...) -> Awaitable[list[str]]:
        """`quarantine` for use with `await`: the event loop runs on meanwhile."""

    def lift_quarantine(self, *, source: str = ..., memory: str = ...) -> list[str]:
        """Lets out of quarantine what was put there with this source or memory, and gives the ids."""

    def lift_quarantine_async(self, *, source: str = ..., memory: str = ...) -> Awaitable[list[str]]:
        """`lift_quarantine` for use with `await`: the event loop runs on meanwhile."""

    def memory_health(self) -> MemoryHealth:
        """What memory holds, and what is wrong with it.

        Duplicates, stale ones, orphans, loops, secrets, contradictions: each with its rate and ids as evidence.
        """

    def memory_health_async(self) -> Awaitable[MemoryHealth]:
        """`memory_health` for use with `await`: the event loop runs on meanwhile."""

    def recall(
        self,
        text: str,
        k: int = 10,
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
        upwards: bool = False,
        kinds: Sequence[MemoryKind] = ...,
        all_tags: Sequence[str] = ...,
        any_tags: Sequence[str] = ...,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        min_trust: Trust | None = None,
        with_quarantined: bool = False,
    ) -> list[Recalled]:
        """At most `k` memories that match the words best, each with its score and why; for blank text the newest.

        Reads exactly the place that is named; with `upwards` also those that enclose it (session, agent, team, tenant).
        `as_of` asks for what was true at a time, `known_at` for what was known.
        """

    def recall_async(
        self,
        text: str,
        k: int = 10,
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
        upwards: bool = False,
        kinds: Sequence[MemoryKind] = ...,
        all_tags: Sequence[str] = ...,
        any_tags: Sequence[str] = ...,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        min_trust: Trust | None = None,
        with_quarantined: bool = False,
    ) -> Awaitable[list[Recalled]]:
        """`recall` for use with `await`: the event loop runs on meanwhile."""

    def forget(self, id: str, *, team: str | None = None, agent: str | None = None, session: str | None = None) -> bool:
        """Removes a memory of exactly that place, and says whether there was one."""

    def forget_async(
        self,
        id: str,
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Awaitable[bool]:
        """`forget` for use with `await`: the event loop runs on meanwhile."""

    def cleanup_memory(self, progress: _Progress | None = None) -> CleanupReport:
        """Removes what has expired, and what was kept for as long as settings say; what is under legal hold stays.

        `progress(what, done, total)` is called now and then, here and below; if it raises, the work stops.
        """

    def cleanup_memory_async(self, progress: _Progress | None = None) -> Awaitable[CleanupReport]:
        """`cleanup_memory` for use with `await`: the event loop runs on meanwhile."""

    def scan_memories(self, after: str | None = None, limit: int = 1000) -> MemoryPage:
        """All memories, page by page, in order of id: live and expired, superseded, in quarantine; and what is damaged.

        `next` of one page is `after` of the following one; None at the end.
        """

    def scan_memories_async(self, after: str | None = None, limit: int = 1000) -> Awaitable[MemoryPage]:
        """`scan_memories` for use with `await`: the event loop runs on meanwhile."""

    def mark_used(
        self,
        ids: Sequence[str],
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> UsedReport:
        """Notes that memories of a place, or of those that enclose it, were of use: they fade more slowly.

        To be found is no use; only this is.
        """

    def mark_used_async(
        self,
        ids: Sequence[str],
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Awaitable[UsedReport]:
        """`mark_used` for use with `await`: the event loop runs on meanwhile."""

    def export_subject(
        self,
        subject: str,
        path: _Path,
        *,
        also_said: bool = False,
        progress: _Progress | None = None,
    ) -> ExportManifest:
        """Writes everything about a subject to a file of JSON Lines, with the manifest beside it, and gives the manifest.

        With `also_said` also what they said.
        """

    def export_subject_async(
        self,
        subject: str,
        path: _Path,
        *,
        also_said: bool = False,
        progress: _Progress | None = None,
    ) -> Awaitable[ExportManifest]:
        """`export_subject` for use with `await`: the event loop runs on meanwhile."""

    def erase_subject(
        self,
        subject: str,
        by: str,
        reason: str,
        *,
        also_said: bool = False,
        archives: Sequence[_Path] = ...,
        progress: _Progress | None = None,
    ) -> ErasureReceipt:
        """Erases everything about a subject, and what was made from it, everywhere, and gives the receipt.

        In the store and its tiers, in the `archives` that are named, in what the log keeps apart; it destroys their keys. What
        is under legal hold is not erased: that is an error, and nothing changes.
        """

    def erase_subject_async(
        self,
        subject: str,
        by: str,
        reason: str,
        *,
        also_said: bool = False,
        archives: Sequence[_Path] = ...,
        progress: _Progress | None = None,
    ) -> Awaitable[ErasureReceipt]:
        """`erase_subject` for use with `await`: the event loop runs on meanwhile."""

    def erasure_receipt(self, subject: str) -> ErasureReceipt | None:
        """The last receipt of a subject's erasure, proved against the log as it stands; None where there was none."""

    def erasure_receipt_async(self, subject: str) -> Awaitable[ErasureReceipt | None]:
        """`erasure_receipt` for use with `await`: the event loop runs on meanwhile."""

    def hold_subject(self, subject: str, by: str, reason: str) -> MemoryHold:
        """Places a legal hold on what is remembered about a subject: nothing of it is removed until it is lifted."""

    def hold_subject_async(self, subject: str, by: str, reason: str) -> Awaitable[MemoryHold]:
        """`hold_subject` for use with `await`: the event loop runs on meanwhile."""

    def release_subject(self, subject: str, by: str, reason: str) -> bool:
        """Lifts the legal hold on a subject, and says whether there was one."""

    def release_subject_async(self, subject: str, by: str, reason: str) -> Awaitable[bool]:
        """`release_subject` for use with `await`: the event loop runs on meanwhile."""

    def held_subjects(self) -> list[MemoryHold]:
        """The legal holds on what is remembered, in order of subject."""

    def held_subjects_async(self) -> Awaitable[list[MemoryHold]]:
        """`held_subjects` for use with `await`: the event loop runs on meanwhile."""

    def archive_memories(
        self,
        folder: _Path,
        before: datetime,
        *,
        progress: _Progress | None = None,
        kinds: Sequence[MemoryKind] = ...,
        all_tags: Sequence[str] = ...,
    ) -> ArchiveReport:
        """Moves memories that nobody wrote or used since `before` to files in a folder.

        A file is whole on the disk before anything leaves the store. Facts, working memory and what is in quarantine stay.
        """

    def archive_memories_async(
        self,
        folder: _Path,
        before: datetime,
        *,
        progress: _Progress | None = None,
        kinds: Sequence[MemoryKind] = ...,
        all_tags: Sequence[str] = ...,
    ) -> Awaitable[ArchiveReport]:
        """`archive_memories` for use with `await`: the event loop runs on meanwhile."""

    def restore_memories(self, paths: _Path | Sequence[_Path], progress: _Progress | None = None) -> RestoreReport:
        """Brings the memories of archive files, or of folders of them, back as they were. Done again it changes nothing."""

    def restore_memories_async(
        self,
        paths: _Path | Sequence[_Path],
        progress: _Progress | None = None,
    ) -> Awaitable[RestoreReport]:
        """`restore_memories` for use with `await`: the event loop runs on meanwhile."""

    def tier_memories(self) -> Tiered:
        """Moves what is long unused to the archive that the setting `archive.url` names; without one nothing."""

    def tier_memories_async(self) -> Awaitable[Tiered]:
        """`tier_memories` for use with `await`: the event loop runs on meanwhile."""

    def bring_back(
        self,
        id: str,
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Memory | None:
        """Brings one memory back from the archive that `archive.url` names; None where it has none."""

    def bring_back_async(
        self,
        id: str,
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Awaitable[Memory | None]:
        """`bring_back` for use with `await`: the event loop runs on meanwhile."""

    def reencrypt_memory(self, progress: _Progress | None = None) -> Reencrypted:
        """Writes everything anew under new keys, and destroys the old ones."""

    def reencrypt_memory_async(self, progress: _Progress | None = None) -> Awaitable[Reencrypted]:
        """`reencrypt_memory` for use with `await`: the event loop runs on meanwhile."""

    def session(self, session: str, *, agent: str, team: str | None = None) -> Session:
        """The session of that name, new or begun before, also before a restart."""

    def consolidate(
        self,
        facts: Sequence[ExtractedFact],
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Consolidation:
        """Records facts that were read out of the episodes of a place, each citing them; the same again changes nothing.

        One that cites no episode there, or that the write gate refuses, is left out and named.
        """

    def consolidate_async(
        self,
        facts: Sequence[ExtractedFact],
        *,
        team: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Awaitable[Consolidation]:
        """`consolidate` for use with `await`: the event loop runs on meanwhile."""

    def patterns(self, team: str) -> list[Pattern]:
        """What a team's people approve, and what works for it, each with its rate and Wilson's 95 % interval."""

    def patterns_async(self, team: str) -> Awaitable[list[Pattern]]:
        """`patterns` for use with `await`: the event loop runs on meanwhile."""

    def learn_patterns(self, team: str) -> list[Pattern]:
        """Counts the `patterns` of a team and remembers those that hold, each citing its newest cases."""

    def learn_patterns_async(self, team: str) -> Awaitable[list[Pattern]]:
        """`learn_patterns` for use with `await`: the event loop runs on meanwhile."""

    def item_batch(self, steps: Sequence[Mapping[str, Any]], team: str | None = None) -> list[Any]:
        """Carries out several steps on values that are kept by namespace and key, and gives the answer to each.

        A step has `op`: `"get"`, `"put"`, `"search"` or `"namespaces"`. All reading comes first; of several puts of one key the last
        counts. `juno.langgraph.JunoStore` is made of it.
        """

    def item_batch_async(self, steps: Sequence[Mapping[str, Any]], team: str | None = None) -> Awaitable[list[Any]]:
        """`item_batch` for use with `await`: the event loop runs on meanwhile."""

    def import_mem0(
        self,
        source: _Source,
        *,
        team: str | None = None,
        progress: _Progress | None = None,
    ) -> ImportReport:
        """Imports memories of mem0: paths of what `get_all()` gave, saved as JSON or JSON Lines, or the rows themselves.

        Users are places of their own (`agent`) and the subjects of what is remembered about them; a run is a session. Imported
        again it changes nothing. A row that cannot be taken is named in `refused` and stops no other.
        """

    def import_mem0_async(
        self,
        source: _Source,
        *,
        team: str | None = None,
        progress: _Progress | None = None,
    ) -> Awaitable[ImportReport]:
        """`import_mem0` for use with `await`: the event loop runs on meanwhile."""

    def import_langgraph(
        self,
        source: _Source,
        *,
        team: str | None = None,
        progress: _Progress | None = None,
    ) -> ImportReport:
        """Imports items of a LangGraph store: what `Item.dict()` gave, or rows of the table of its PostgreSQL store.

        `juno.langgraph.JunoStore` with the same team reads them. Otherwise as `import_mem0`.
        """

    def import_langgraph_async(
        self,
        source: _Source,
        *,
        team: str | None = None,
        progress: _Progress | None = None,
    ) -> Awaitable[ImportReport]:
        """`import_langgraph` for use with `await`: the event loop runs on meanwhile."""

    def audit_head(self) -> TreeHead:
        """Size and root of the log."""

    def audit_head_async(self) -> Awaitable[TreeHead]:
        """`audit_head` for use with `await`: the event loop runs on meanwhile."""

    def audit_verify(self) -> Verification:
        """Recomputes every digest and the root, and names the first record that was changed, if one was."""

    def audit_verify_async(self) -> Awaitable[Verification]:
        """`audit_verify` for use with `await`: the event loop runs on meanwhile."""

    def audit_records(self, start: int = 0, limit: int = 100) -> list[AuditRecord]:
        """At most `limit` records from index `start` on."""

    def audit_records_async(self, start: int = 0, limit: int = 100) -> Awaitable[list[AuditRecord]]:
        """`audit_records` for use with `await`: the event loop runs on meanwhile."""

    def audit_search(
        self,
        *,
        actor: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        ticket: str | None = None,
        team: str | None = None,
        subject: str | None = None,
        outcome: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> AuditPage:
        """Finds records, page by page: `next` of one page is `after` of the following one."""

    def audit_search_async(
        self,
        *,
        actor: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        ticket: str | None = None,
        team: str | None = None,
        subject: str | None = None,
        outcome: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> Awaitable[AuditPage]:
        """`audit_search` for use with `await`: the event loop runs on meanwhile."""

    def audit_compliance(
        self,
        rules: Mapping[str, Any] | None = None,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> ComplianceReport:
        """Holds what is on record against compliance rules, and believes neither the gate nor the store."""

    def audit_compliance_async(
        self,
        rules: Mapping[str, Any] | None = None,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> Awaitable[ComplianceReport]:
        """`audit_compliance` for use with `await`: the event loop runs on meanwhile."""

    def audit_export_records(
        self,
        path: _Path,
        format: ExportFormat,
        *,
        actor: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        ticket: str | None = None,
        team: str | None = None,
        subject: str | None = None,
        outcome: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> int:
        """Writes the records a search finds, all pages of them, and gives how many."""

    def audit_export_records_async(
        self,
        path: _Path,
        format: ExportFormat,
        *,
        actor: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        ticket: str | None = None,
        team: str | None = None,
        subject: str | None = None,
        outcome: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> Awaitable[int]:
        """`audit_export_records` for use with `await`: the event loop runs on meanwhile."""

    def audit_leaf(self, index: int) -> str:
        """The leaf hash of a record, which a proof of it is checked with."""

    def audit_leaf_async(self, index: int) -> Awaitable[str]:
        """`audit_leaf` for use with `await`: the event loop runs on meanwhile."""

    def audit_inclusion_proof(self, index: int, size: int) -> InclusionProof:
        """A proof that a record is in the log of `size` records, for `verify_inclusion`."""

    def audit_inclusion_proof_async(self, index: int, size: int) -> Awaitable[InclusionProof]:
        """`audit_inclusion_proof` for use with `await`: the event loop runs on meanwhile."""

    def audit_consistency_proof(self, older: int, newer: int) -> ConsistencyProof:
        """A proof that the log of `older` records is the beginning of the later one, for `verify_consistency`."""

    def audit_consistency_proof_async(self, older: int, newer: int) -> Awaitable[ConsistencyProof]:
        """`audit_consistency_proof` for use with `await`: the event loop runs on meanwhile."""

    def audit_checkpoint(self, signer: AuditSigner) -> str:
        """Verifies the log and signs its head: a few lines of text to keep where nobody can change them."""

    def audit_checkpoint_async(self, signer: AuditSigner) -> Awaitable[str]:
        """`audit_checkpoint` for use with `await`: the event loop runs on meanwhile."""

    def audit_export_bundle(self, path: _Path, signer: AuditSigner, older: Sequence[str] | None = None) -> str:
        """Writes a bundle that third parties check without JUNO, and gives its signed checkpoint."""

    def audit_export_bundle_async(
        self, path: _Path, signer: AuditSigner, older: Sequence[str] | None = None
    ) -> Awaitable[str]:
        """`audit_export_bundle` for use with `await`: the event loop runs on meanwhile."""

    def audit_erase(self, person: str, by: str, reason: str) -> Erasure:
        """Erases the personal parts of a person's records (setting `audit.personal`), and leaves a receipt.

        An administrator or director of every team can.
        """

    def audit_erase_async(self, person: str, by: str, reason: str) -> Awaitable[Erasure]:
        """`audit_erase` for use with `await`: the event loop runs on meanwhile."""

    def audit_expire(self, months: int, by: str) -> Erasure:
        """Erases the personal parts of records older than so many months, six at least, but for those on hold.

        An administrator or director of every team can.
        """

    def audit_expire_async(self, months: int, by: str) -> Awaitable[Erasure]:
        """`audit_expire` for use with `await`: the event loop runs on meanwhile."""

    def audit_holds(self) -> list[LegalHold]:
        """The legal holds in force, by name."""

    def audit_holds_async(self) -> Awaitable[list[LegalHold]]:
        """`audit_holds` for use with `await`: the event loop runs on meanwhile."""

    def audit_place_hold(self, name: str, by: str, reason: str, person: str | None = None) -> int:
        """Places a legal hold on a person's data, or on everybody's.

        An administrator or director of every team can.
        """

    def audit_place_hold_async(self, name: str, by: str, reason: str, person: str | None = None) -> Awaitable[int]:
        """`audit_place_hold` for use with `await`: the event loop runs on meanwhile."""

    def audit_lift_hold(self, name: str, by: str, reason: str) -> int:
        """Lifts a legal hold.

        An administrator or director of every team can.
        """

    def audit_lift_hold_async(self, name: str, by: str, reason: str) -> Awaitable[int]:
        """`audit_lift_hold` for use with `await`: the event loop runs on meanwhile."""

    def audit_export(self, path: _Path) -> TreeHead:
        """Writes the log as JSON Lines, which `verify_audit` checks without this database."""

    def audit_export_async(self, path: _Path) -> Awaitable[TreeHead]:
        """`audit_export` for use with `await`: the event loop runs on meanwhile."""

def score_confidence(inputs: Mapping[str, Any], now: datetime) -> ConfidenceAssessment:
    """How far to trust a claim at `now`, from five weighted factors; those left out are listed as missing."""

def risk_index(inputs: Mapping[str, float | None]) -> RiskIndex:
    """The transparent risk index of known signals, each a share from 0 to 1 (`load`: 0 or more); those left out are missing."""

def assess(snapshot: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> Forecast:
    """The forecast of one sprint seen in `snapshot`, given the finished sprints known by then, with the default model."""

def proposal_id(action: Mapping[str, Any], situation: Any) -> str:
    """The id of a proposal: a digest of the action and of what about the situation made it right."""

def decide(proposal: Proposal | Mapping[str, Any], settings: Mapping[str, Any], now: datetime) -> PolicyDecision:
    """What the default policy says about a proposal. Nothing is submitted and nothing recorded."""

def action_digest(action: Mapping[str, Any]) -> str:
    """The digest that votes bind to: SHA-256 over the action's canonical JSON."""

def merkle_root(events: Sequence[Event | Mapping[str, Any]]) -> str:
    """The Merkle root over events (RFC 9162), each as its canonical JSON."""

@final
class AuditSigner:
    """Signs checkpoints: the 32 secret bytes of an Ed25519 key, and the name others know it by."""

    def __new__(cls, name: str, seed: bytes) -> AuditSigner:
        """`name` is a URL without scheme that is nobody else's; `seed` comes from a secret store, 32 random bytes."""

    @property
    def key(self) -> str:
        """The public half, to publish: `name+id+base64`."""

def read_checkpoint(checkpoint: str, key: str) -> TreeHead:
    """Size and root of a checkpoint, once its signature has been checked."""

def verify_inclusion(proof: InclusionProof, leaf: str, head: TreeHead) -> bool:
    """Whether a proof shows that a record with this leaf hash is in the log behind a head."""

def verify_consistency(proof: ConsistencyProof, older: TreeHead, newer: TreeHead) -> bool:
    """Whether a proof shows that the log behind the one head is the beginning of the log behind the other."""

def verify_audit(path: _Path, key: str | None = None, against: str | None = None) -> Verification:
    """Checks an exported log or bundle by itself: any changed, missing, added or moved byte is found and named.

    A bundle is also checked against its published `key`, and an older checkpoint, where they are given.
    """

def verify_audit_async(path: _Path, key: str | None = None, against: str | None = None) -> Awaitable[Verification]:
    """`verify_audit` for use with `await`: the event loop runs on meanwhile."""

def compliance_markdown(report: ComplianceReport) -> str:
    """A report on compliance as Markdown."""

def compliance_rules() -> dict[str, Any]:
    """The compliance rules that ship, as plain values: a start for others."""

def compliance_text(report: ComplianceReport) -> str:
    """A report on compliance as text for a terminal."""

def oversight_text(oversight: Oversight) -> str:
    """Oversight as text for a terminal."""

def report_text(review: Review) -> str:
    """A review as text for a terminal."""

def report_html(review: Review) -> str:
    """A review as one HTML page that needs nothing else."""

def bias_report(report: BacktestReport | Mapping[str, Any]) -> BiasReport:
    """How the forecasts of a backtest served teams, projects and planned lengths, and which of them worse than chance explains."""

def reliability_chart(report: BacktestReport | Mapping[str, Any], *, format: ChartFormat = "svg") -> str:
    """A reliability diagram of a backtest as text: `"svg"`, or `"vega_lite"`, which is JSON."""

def interval_chart(
    report: BacktestReport | Mapping[str, Any],
    *,
    project: str | None = None,
    t: float | None = None,
    format: ChartFormat = "svg",
) -> str:
    """What sprints of a backtest delivered against the ranges forecast, as text: `"svg"`, or `"vega_lite"`, which is JSON.

    Of one project (default: that with the most forecasts) at stage `t` (default: the one nearest to half time).
    """

def try_policy(
    policy: GovernancePolicy,
    proposals: Sequence[Proposal | Mapping[str, Any]],
    *,
    now: datetime,
    phase: int = 2,
    supervisor_mode: bool = True,
    autonomous_actions: bool = True,
) -> list[PolicyDecision]:
    """What a policy written in Python says about proposals. Nothing is submitted and nothing recorded."""

def try_policy_async(
    policy: GovernancePolicy,
    proposals: Sequence[Proposal | Mapping[str, Any]],
    *,
    now: datetime,
    phase: int = 2,
    supervisor_mode: bool = True,
    autonomous_actions: bool = True,
) -> Awaitable[list[PolicyDecision]]:
    """`try_policy` for use with `await`: the event loop runs on meanwhile."""

def memory_columns(memories: Sequence[Memory] | Sequence[Recalled]) -> MemoryColumns:
    """Memories, or what `recall` found, as columns of equal length: `pandas.DataFrame(memory_columns(…))`.

    `juno.frames` makes tables of them, with times as times.
    """

def verify_receipt(receipt: ErasureReceipt, head: TreeHead | None = None) -> bool:
    """Whether a receipt of an erasure holds: its list is the one its record is of, and the record is in the log.

    `head` is one that was kept elsewhere, such as that of a signed checkpoint; default the head it carries.
    """

def run_command(args: Sequence[str | PathLike[str]]) -> int:
    """Runs a command of JUNO's command line, such as `["forecast", "export/", "--json"]`: writes to the process's standard
    output and standard error, past `sys.stdout`. Gives the exit code: 0 done, 1 failed, 2 wrong options or unreadable files,
    3 not allowed, 4 done in part. `python -m juno` is this."""

def version() -> str:
    """The version of JUNO this module was built from."""

def train(
    data: _Data,
    *,
    trained_at: datetime | None = None,
    progress: _Progress | None = None,
    c: float = ...,
    n_trees: int = ...,
    min_samples_leaf: int = ...,
    delivery_min_samples_leaf: int = ...,
    max_features: float = ...,
    tree_weight: float = ...,
    gamma: float = ...,
    min_sprints: int = ...,
    min_of_each: int = ...,
    seed: int = ...,
    threads: int = ...,
) -> TrainedModel:
    """Fits the model that learns to finished sprints: of records, paths, or a sprint table as a data frame or list of dicts.

    Defaults: c 0.03, n_trees 200, min_samples_leaf 5, delivery_min_samples_leaf 8, max_features 0.5, tree_weight 0.5,
    gamma 0.02, min_sprints 60, min_of_each 10, seed 42, threads 1. `trained_at` stands on the card.
    `progress(what, done, total)` is called now and then; if it raises, the fit stops.
    """

def train_async(
    data: _Data,
    *,
    trained_at: datetime | None = None,
    progress: _Progress | None = None,
    c: float = ...,
    n_trees: int = ...,
    min_samples_leaf: int = ...,
    delivery_min_samples_leaf: int = ...,
    max_features: float = ...,
    tree_weight: float = ...,
    gamma: float = ...,
    min_sprints: int = ...,
    min_of_each: int = ...,
    seed: int = ...,
    threads: int = ...,
) -> Awaitable[TrainedModel]:
    """`train` for use with `await`: the event loop runs on meanwhile."""

def backtest(
    data: _Data,
    *,
    train: _Data | None = None,
    progress: _Progress | None = None,
    eval: Literal["calib", "test"] = ...,
    folds: int | None = ...,
    first: float = ...,
    resamples: int = ...,
    seed: int = ...,
    threads: int | None = ...,
    model: Mapping[str, float] = ...,
) -> BacktestReport:
    """How good the model that learns is on sprints it was not fitted on, beside naive baselines; with every forecast.

    Without `train`, it is fitted on what stands before the evaluated part: of the table's column `split`, where it is there,
    or the first half of each project's estimated sprints, the next fifth and the rest. With `folds`, a rolling origin
    behind the share `first` instead. With `train`, it is fitted on all of that and judged on all of `data`.
    """

def backtest_async(
    data: _Data,
    *,
    train: _Data | None = None,
    progress: _Progress | None = None,
    eval: Literal["calib", "test"] = ...,
    folds: int | None = ...,
    first: float = ...,
    resamples: int = ...,
    seed: int = ...,
    threads: int | None = ...,
    model: Mapping[str, float] = ...,
) -> Awaitable[BacktestReport]:
    """`backtest` for use with `await`: the event loop runs on meanwhile."""

def check_data(data: _Data) -> DataReport:
    """Which finished sprints a fit would use, what is wrong with the others, and what could not even be read."""

def forecast_columns(forecasts: Sequence[Forecast]) -> ForecastColumns:
    """Forecasts as columns of equal length, ready for a data frame: `pandas.DataFrame(forecast_columns(…))`."""
