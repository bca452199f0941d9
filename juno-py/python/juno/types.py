"""The dicts that JUNO gives and takes: the same as its JSON. Instants are text in UTC (`2026-01-31T09:00:00Z`)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, TypedDict

Impact = Literal["low", "medium", "high", "critical"]
Role = Literal["team_lead", "project_manager", "engineering_manager", "director"]
Level = Literal["minimal", "low", "medium", "high", "critical"]
Category = Literal["velocity", "scope", "capacity", "quality", "dependencies"]
Factor = Literal["data_quality", "historical_accuracy", "pattern_strength", "temporal_relevance", "consensus_score"]
MemoryKind = Literal["episodic", "semantic", "procedural", "working"]
Trust = Literal["untrusted", "unverified", "trusted"]
FactChange = Literal["new", "known", "supersedes", "late", "contradicts"]
PatternKind = Literal["preference", "workflow"]
WriteReason = Literal[
    "new",
    "duplicate",
    "near_duplicate",
    "recall_loop",
    "secret",
    "personal_data",
    "too_vague",
    "quarantined",
]
HealthIssue = Literal[
    "duplicate",
    "stale",
    "orphan",
    "recall_loop",
    "secret",
    "personal_data",
    "contradiction",
    "quarantined",
]
CalibrationMethod = Literal["platt", "beta", "isotonic", "temperature"]
DriftLevel = Literal["none", "watch", "alarm"]
ExportFormat = Literal["json_lines", "csv", "cloud_events"]
ChartFormat = Literal["svg", "vega_lite"]
Split: TypeAlias = dict[str, dict[str, Any]] | Literal["other_data"]
"""How sprints were split: by its name, with its settings."""


class SupportsArray(Protocol):
    """What numpy can look into: arrays, and columns of pandas, polars and pyarrow."""

    def __array__(self) -> Any: ...


Numbers: TypeAlias = Iterable[float] | SupportsArray
"""A list, a tuple, a numpy array, or a column of a data frame."""


class Loaded(TypedDict):
    """How much was read; rows of a sprint table count as sprints."""

    issues: int
    sprints: int
    events: int


class Quarantined(TypedDict):
    """A record that could not be used."""

    source: str
    position: str
    reason: str


class Team(TypedDict):
    """A board, unless settings map boards to teams."""

    id: str
    name: str
    boards: list[int]


class Person(TypedDict):
    """Somebody a proposal names."""

    id: str
    name: str


class Interval(TypedDict):
    """A range that holds the true value with the chance `level`."""

    lower: float
    upper: float
    level: float


class ReliabilityBin(TypedDict):
    """The forecasts of one stretch of probability against what happened; `interval` is Wilson's at 95 %."""

    lower: float
    upper: float
    n: int
    mean_forecast: float
    rate: float
    interval: Interval


class ConsistencyBin(TypedDict):
    """The rates that perfectly calibrated forecasts of one stretch would show by chance."""

    lower: float
    upper: float
    n: int
    mean_forecast: float
    rate: Interval


class EceBand(TypedDict):
    """The calibration error to expect of perfectly calibrated forecasts, and the range it would lie in."""

    mean: float
    band: Interval


class BrierParts(TypedDict):
    """`brier = reliability - resolution + uncertainty + within_bins`."""

    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


class GroupScore(TypedDict):
    """How forecasts serve one group; `few` cases are not tested, and `biased` allows for the number of groups."""

    group: str
    n: int
    few: bool
    rate: float
    mean_forecast: float
    brier: float
    ece: float | None
    auc: float | None
    gap: float
    gap_interval: Interval
    p_value: float | None
    adjusted_p: float | None
    biased: bool


class CategoryScore(TypedDict):
    """One category of the risk index."""

    category: Category
    score: float
    weight: float
    threshold: float
    alert: bool
    contribution: float
    log_odds: float | None
    evidence: list[str]
    mitigations: list[str]


class RiskIndex(TypedDict):
    """How much trouble can be seen, 0 to 1. Not a probability."""

    value: float
    level: Level
    categories: list[CategoryScore]
    missing: list[Category]


class Basis(TypedDict):
    """What a forecast rests on."""

    n_team: int
    n_pooled: int
    model: str


class InputContribution(TypedDict):
    """What one input did to a forecast, on the log odds of a miss; above 0 it made a miss more likely."""

    input: str
    value: float | None
    contribution: float


class Attribution(TypedDict):
    """What each input did: `base` and all contributions sum to the log odds of `p_miss`. The one that did most first."""

    base: float
    inputs: list[InputContribution]


class FinishEstimate(TypedDict):
    """When the committed work will be done with a chance: in planned lengths from the start, and as an instant."""

    chance: float
    elapsed: float | None
    at: str | None


class Forecast(TypedDict):
    """One sprint at one instant; None where there is nothing to say."""

    project: str
    sprint_id: int
    team: str
    name: str
    t: float
    phase: Literal["planned", "running", "finished"]
    measure: Literal["points", "issues"]
    committed: float
    done: float
    outlook: Literal["forecast", "settled", "nothing_committed", "no_history", "not_enough_history"]
    p_miss: float | None
    delivered: float | None
    intervals: list[Interval]
    basis: Basis | None
    attribution: Attribution | None
    finish: list[FinishEstimate]
    risk_index: float | None
    level: Level | None
    maturity: Literal["learning", "provisional", "mature"]
    factors: list[CategoryScore]
    missing: list[Category]
    note: str
    complete: bool


class BlendSettings(TypedDict):
    """How the model that learns was fitted."""

    c: float
    n_trees: int
    min_samples_leaf: int
    delivery_min_samples_leaf: int
    max_features: float
    tree_weight: float
    gamma: float
    min_sprints: int
    min_of_each: int
    seed: int
    threads: int


class DataSummary(TypedDict):
    """What a model was fitted on; `ids` are the lowest and highest sprint of each project."""

    sprints: int
    projects: int
    teams: int
    first: str | None
    last: str | None
    ids: list[tuple[str, int, int]]
    digest: str


class StageData(TypedDict):
    """Sprints at one stage with a commitment and a known delivery."""

    t: float
    sprints: int
    missed: int
    in_points: int


class CardInput(TypedDict):
    """Something a model looks at."""

    input: str
    category: Category
    description: str


class Bootstrap(TypedDict):
    """How far a score moves when the sprints are drawn anew: a 95 % range."""

    interval: Interval
    standard_error: float
    used: int
    skipped: int


class IntervalScores(TypedDict):
    """How good the intervals of one level were; `width` is ÷ committed."""

    level: float
    n: int
    coverage: float
    width: float
    score: float


class Scores(TypedDict):
    """How good forecasts were; None where there is no such number."""

    even_odds: int
    auc: float | None
    brier: float | None
    log_loss: float | None
    accuracy: float | None
    f1: float | None
    ece: float | None
    ece_band: EceBand | None
    ece_inside: bool | None
    sharpness: float | None
    standardised_accuracy: float | None
    nmae: float | None
    intervals: list[IntervalScores]


class StageScores(TypedDict):
    """Scores at one stage."""

    t: float
    scores: Scores


class Sampling(TypedDict):
    """The sampling error of mean scores."""

    auc: Bootstrap | None
    brier: Bootstrap | None
    log_loss: Bootstrap | None
    accuracy: Bootstrap | None


class Estimate(TypedDict):
    """A number with its sampling error."""

    value: float
    sampling: Bootstrap | None


class Difference(TypedDict):
    """The mean scores of a model less those of a baseline on the same sprints."""

    baseline: str
    auc: Estimate | None
    brier: Estimate | None
    log_loss: Estimate | None
    accuracy: Estimate | None


class NotFitted(TypedDict):
    """A fold a model could not be fitted for, and what was missing."""

    fold: int
    reason: str


class ModelReport(TypedDict):
    """How good one model was at each stage, on average, and against the baselines."""

    name: str
    baseline: bool
    not_fitted: list[NotFitted]
    stages: list[StageScores]
    mean: Scores
    sampling: Sampling
    against: list[Difference]


class FoldReport(TypedDict):
    """A fit with its evaluation."""

    fitted: int
    evaluated: int
    left_out: int


class StageReport(TypedDict):
    """A stage that was evaluated."""

    t: float
    n: int
    projects: int
    base_rate: float


class PredictionColumns(TypedDict):
    """What the model said about each evaluated sprint, beside what came of it, in points: columns for a data frame."""

    project: list[str]
    sprint_id: list[int]
    team: list[str]
    t: list[float]
    committed: list[float]
    outcome: list[float]
    missed: list[bool]
    p_miss: list[float]
    delivered: list[float]
    lo80: list[float | None]
    hi80: list[float | None]
    lo90: list[float | None]
    hi90: list[float | None]
    even_odds: list[bool]
    planned_days: list[float | None]


class CardScores(TypedDict):
    """What a backtest found, without single forecasts."""

    protocol: Split
    seed: int
    resamples: int
    folds: list[FoldReport]
    stages: list[StageReport]
    models: list[ModelReport]


class BacktestReport(CardScores):
    """What a backtest found, and every forecast of the model."""

    predictions: PredictionColumns


class ModelCard(TypedDict):
    """What a fitted model is, what it was made of, how good it is and what it cannot do."""

    model: str
    trained_at: str | None
    schema: str
    data: DataSummary
    stages: list[StageData]
    settings: BlendSettings
    inputs: list[CardInput]
    scores: CardScores | None
    limits: list[str]


class DataFinding(TypedDict):
    """Something a check of finished sprints found, with the first few examples."""

    severity: Literal["error", "warning", "note"]
    kind: str
    count: int
    examples: list[str]


class GroupCount(TypedDict):
    """How many sprints a project or a team has."""

    group: str
    sprints: int


class DataReport(TypedDict):
    """Which finished sprints a fit would use, what is wrong with the others, and what could not even be read."""

    given: int
    used: int
    first: str | None
    last: str | None
    stages: list[StageData]
    projects: list[GroupCount]
    teams: list[GroupCount]
    findings: list[DataFinding]
    quarantined: list[Quarantined]
    notes: list[str]


class InputDrift(TypedDict):
    """How far one input has moved at one stage since the fit."""

    t: float
    input: str
    psi: float
    p_value: float
    adjusted_p: float
    level: DriftLevel


class CalibrationDrift(TypedDict):
    """How chances held at one stage since the fit."""

    t: float
    forecasts: Literal["all", "low", "high"]
    score: GroupScore
    level: DriftLevel


class DriftReport(TypedDict):
    """How far newer sprints differ from those of the fit."""

    sprints: int
    level: DriftLevel
    inputs: list[InputDrift]
    calibration: list[CalibrationDrift]


class GroupCoverage(TypedDict):
    """How often the ranges of one level held in a group; `off` allows for the number of groups."""

    level: float
    n: int
    held: float
    adjusted_p: float | None
    off: bool


class GroupBias(TypedDict):
    """How forecasts of one stage served one group."""

    by: Literal["team", "project", "length"]
    t: float
    chances: GroupScore
    intervals: list[GroupCoverage]


class BiasReport(TypedDict):
    """How forecasts served groups of sprints, by kind of group, stage, then label."""

    groups: list[GroupBias]


class DataChange(TypedDict):
    """What changed in the data since a model was fitted."""

    before: int
    after: int
    added: int
    gone: int


class SettingChange(TypedDict):
    """A setting that changed."""

    name: str
    before: str
    after: str


class SideBySide(TypedDict):
    """The old model (`before`) and the new (`after`) on the same sprints; `brier` is after less before."""

    compared: Literal["later_sprints", "settings"]
    sprints: int
    report: CardScores
    brier: Estimate


class Retraining(TypedDict):
    """Whether a model that is trained anew should take the place of the one there is, and why."""

    data: DataChange
    settings: list[SettingChange]
    comparison: SideBySide | None
    verdict: Literal["better", "no_worse", "not_compared", "worse", "less_data"]


class Prediction(TypedDict):
    """What a model says about a sprint."""

    p_miss: float
    delivered: float
    measure: Literal["points", "issues"]
    intervals: list[Interval]
    basis: Basis
    attribution: Attribution | None
    finish: list[FinishEstimate]


class ForecastColumns(TypedDict):
    """Forecasts as columns for a data frame."""

    project: list[str]
    sprint_id: list[int]
    team: list[str]
    name: list[str]
    t: list[float]
    measure: list[Literal["points", "issues"]]
    committed: list[float]
    done: list[float]
    outlook: list[str]
    p_miss: list[float | None]
    delivered: list[float | None]
    lo80: list[float | None]
    hi80: list[float | None]
    lo90: list[float | None]
    hi90: list[float | None]
    risk_index: list[float | None]
    level: list[Level | None]


class Unforecast(TypedDict):
    """A sprint without a forecast, and why."""

    project: str
    sprint_id: int
    team: str
    name: str
    t: float
    reason: str


class Expected(TypedDict):
    """What a model expects of a sprint."""

    p_miss: float
    delivered: float
    committed: float


class Counterfactual(TypedDict):
    """What a model expects if a team changes one thing. `after` is None where that is not known to matter."""

    change: dict[str, Any]
    what: str
    effect: Literal["lowers", "raises", "not_known"]
    before: Expected
    after: Expected | None
    below: float | None
    caveat: str


class SprintChanges(TypedDict):
    """What would change the forecast of one sprint."""

    project: str
    sprint_id: int
    t: float
    changes: list[Counterfactual]


class Forecasts(TypedDict):
    """What `forecast` gives."""

    forecasts: list[Forecast]
    unforecast: list[Unforecast]


class Calibration(TypedDict, total=False):
    """Whether outcomes have checked a confidence; method and number of outcomes where they have."""

    state: Literal["uncalibrated", "calibrated"]
    method: str
    outcomes: int


class Confidence(TypedDict):
    """From 0 (surely wrong) to 1 (surely right)."""

    value: float
    calibration: Calibration


class FactorScore(TypedDict):
    """How one factor of a confidence came out."""

    factor: Factor
    score: float
    weight: float
    basis: str


class ConfidenceAssessment(TypedDict):
    """A confidence with what it rests on."""

    confidence: Confidence
    factors: list[FactorScore]
    missing: list[Factor]


class Evidence(TypedDict):
    """Something known, and from where."""

    id: str
    source: str
    statement: str
    observed_at: str
    quality: float


class RawScore(TypedDict):
    """The score a confidence was made from, before outcomes had a say in it; scores of one ground are calibrated together."""

    value: float
    ground: str


class Proposal(TypedDict):
    """What JUNO suggests to do, with why and how sure it is."""

    id: str
    action: dict[str, Any]
    impact: Impact
    team: str
    proposer: str
    confidence: Confidence
    score: RawScore | None
    rationale: str
    evidence: list[Evidence]
    proposed_at: str


class Claim(TypedDict):
    """A statement and the ids of the evidence it rests on."""

    text: str
    evidence: list[str]


class Alternative(TypedDict):
    """Something else that could have been concluded."""

    what: str
    why_not: str


class Trace(TypedDict):
    """A line of reasoning: every claim cites evidence it holds."""

    question: str
    evidence: list[Evidence]
    steps: list[Claim]
    alternatives: list[Alternative]
    assumptions: list[str]
    limitations: list[str]
    conclusion: Claim
    confidence: ConfidenceAssessment


class Finding(TypedDict):
    """Something found, and what to do about it if anything."""

    subject: str
    trace: Trace
    proposal: Proposal | None


class Skipped(TypedDict):
    """Something that could not be judged."""

    subject: str
    reason: str


class Findings(TypedDict):
    """What `triage` gives."""

    findings: list[Finding]
    skipped: list[Skipped]


class Reliability(TypedDict):
    """Confidence against what was right."""

    n: int
    right: int
    brier: float
    ece: float
    ece_band: EceBand
    curve: list[ReliabilityBin]
    by_chance: list[ConsistencyBin]


class ProposalReliability(TypedDict):
    """What `reliability` gives; None where there are no such proposals."""

    as_of: str
    calibrated: Reliability | None
    uncalibrated: Reliability | None


class Advice(TypedDict):
    """A finding that is only said."""

    subject: str
    conclusion: str
    confidence: Confidence
    reason: str


class Suppressed(TypedDict):
    """A proposal that was not made again, because it was refused before."""

    proposal: str
    target: str
    action: str
    reason: str


class Decision(TypedDict):
    """What was decided about a proposal, by whom and why."""

    proposal: str
    request: str
    verdict: Literal["auto_approved", "approval_required", "approved", "denied", "expired", "cancelled"]
    by: dict[str, Any]
    reasons: list[str]
    at: str


class Outcome(TypedDict):
    """What came of a request."""

    proposal: str
    request: str
    result: Literal["dry_run", "succeeded", "failed", "unknown", "reversed"]
    detail: str
    at: str


class PlanOutcome(TypedDict):
    """How a plan stands, and what came of its steps."""

    result: Literal["done", "rolled_back", "stuck"]
    steps: list[Outcome]


class Delivered(TypedDict):
    """What one call delivered."""

    delivered: int
    postponed: int
    given_up: int
    dropped: int


class ActionSummary(TypedDict):
    """What an action is, without its arguments."""

    name: str
    target: str
    category: str


class Notification(TypedDict):
    """What somebody is told about a request. `key` stays the same however often it is delivered."""

    key: str
    kind: Literal[
        "approval_requested",
        "appeal_requested",
        "escalated",
        "held",
        "overdue_soon",
        "decided",
        "expired",
        "cancelled",
        "withdrawn",
        "executed",
    ]
    event: str
    request: str
    team: str
    role: Role | None
    recipients: list[str]
    action: ActionSummary
    impact: Impact
    proposer: str
    deadline: str | None
    verdict: str | None
    result: str | None
    created_at: str


class Delivery(TypedDict):
    """A notification on its way to one channel."""

    notification: Notification
    channel: str
    lane: str
    state: Literal["waiting", "dead"]
    attempts: int
    not_before: str
    last_error: str | None
    version: int


class Recovered(TypedDict):
    """What came of looking after what was begun."""

    outcomes: list[Outcome]
    failed: list[Skipped]


class Stop(TypedDict):
    """Somebody stopped everything. The record with its id says why."""

    id: str
    by: str
    instance: str
    at: str


class Seen(TypedDict):
    """What a voter looked at: a request, and the digest of the action it showed."""

    request: str
    digest: str


class Pending(TypedDict):
    """A request that waits for a person."""

    request: str
    digest: str
    proposal: str
    target: str
    action: str
    rationale: str
    team: str
    role: Role
    people: list[str]
    deadline: str


class AuditSummary(TypedDict):
    """The state of the audit log."""

    size: int
    root: str
    verified: bool


class RecordLink(TypedDict):
    """A record of the log. With `audit_inclusion_proof(index, size)` and the leaf it is proved to be in the log."""

    event: str
    kind: str
    at: str
    index: int
    leaf: str | None


class ComplianceFinding(TypedDict):
    """Something that does not keep a rule; without a request, the log as a whole is meant."""

    rule: str
    request: str | None
    expected: str
    found: str
    evidence: list[RecordLink]


class ComplianceSummary(TypedDict):
    """What the check of compliance after a review found."""

    rules: str
    checked: int
    passed: int
    findings: list[ComplianceFinding]


class Review(TypedDict):
    """What one run of the main job gives. Its schema: examples/schema/quickstart.schema.json."""

    as_of: str
    loaded: Loaded
    quarantined: list[Quarantined]
    notes: list[str]
    teams: list[Team]
    people: list[Person]
    forecasts: list[Forecast]
    unforecast: list[Unforecast]
    changes: list[SprintChanges]
    proposals: list[Proposal]
    explanations: dict[str, str]
    advice: list[Advice]
    suppressed: list[Suppressed]
    skipped: list[Skipped]
    decisions: list[Decision]
    executed: list[Outcome]
    fired: list[dict[str, Any]]
    pending: list[Pending]
    compliance: ComplianceSummary | None
    audit: AuditSummary


class FinalDeadline(TypedDict):
    """Hours from the start of a rung."""

    until_hours: int


class Hold(TypedDict):
    """At the deadline the same role decides on, until a final one."""

    hold: FinalDeadline


class Rung(TypedDict):
    """One step of approval."""

    role: Role
    quorum: int
    deadline_hours: int
    on_expiry: Literal["escalate", "deny"] | Hold


class Ladder(TypedDict):
    """The rungs a request has to pass, lowest first."""

    rungs: list[Rung]


class _Reasons(TypedDict):
    verdict: Literal["allow", "deny", "require_approval", "narrow"]
    reasons: list[str]


class PolicyDecision(_Reasons, total=False):
    """What a policy says; a ladder goes with `require_approval`, a smaller action with `narrow`."""

    ladder: Ladder
    action: dict[str, Any]


class Ruling(PolicyDecision, total=False):
    """What a policy makes of a proposal in the end; with the smaller action if it narrowed the one proposed."""

    narrowed: dict[str, Any]


class Simulation(TypedDict):
    """What other rules would have made of the past."""

    policy_version: str
    decided: int
    changes: list[dict[str, Any]]
    minutes_before: float
    minutes_after: float
    newly_allowed: int
    newly_denied: int
    approvals_lost: int
    refusals_lost: int


class Submission(TypedDict):
    """What became of a submitted proposal."""

    request: dict[str, Any]
    decision: Decision
    already_known: bool


class Scope(TypedDict):
    """Whose memory it is."""

    tenant: str
    team: str | None
    agent: str | None
    session: str | None


class Turn(TypedDict):
    """A place in a conversation or another thread, from 0 on."""

    thread: str
    place: int


class Fact(TypedDict):
    """Of one subject and predicate one value is true at a time."""

    subject: str
    predicate: str
    object: str


class Quarantine(TypedDict):
    """Why no recall gives a memory."""

    at: str
    reason: str


class Usage(TypedDict):
    """How often a memory was of use, and after how many days nine tenths of it are left."""

    count: int
    last_at: str
    stability_days: float


class _Placed(TypedDict, total=False):
    who: str
    subject: str
    trust: Trust
    quarantined: Quarantine
    used: Usage
    turn: Turn
    fact: Fact
    derived_from: list[str]
    valid_to: str
    superseded_at: str


class Memory(_Placed):
    """Something remembered. What is not known of who, subject, trust, use, turn, fact, sources and end is left out."""

    id: str
    kind: MemoryKind
    scope: Scope
    text: str
    data: Any
    tags: list[str]
    importance: float
    confidence: float | None
    source: str
    valid_from: str
    recorded_at: str
    expires_at: str | None


class _Into(TypedDict, total=False):
    into: str


class WriteVerdict(_Into):
    """What becomes of something that is to be remembered, why, and by which evidence."""

    decision: Literal["accept", "merge", "reject"]
    reason: WriteReason
    score: float
    evidence: list[dict[str, Any]]


class Remembered(Memory):
    """What was remembered, and what the write gate said to it."""

    written: WriteVerdict


class HealthFinding(TypedDict):
    """How often something is wrong with what is remembered, and where."""

    count: int
    rate: float
    evidence: list[str]


class CorruptMemory(TypedDict):
    """A stored memory that cannot be read."""

    id: str
    reason: str


class MemoryHealth(TypedDict):
    """What memory holds, and what is wrong with it."""

    by_kind: dict[MemoryKind, int]
    expired: int
    corrupt: list[CorruptMemory]
    findings: dict[HealthIssue, HealthFinding]


class RankReason(TypedDict):
    """One part of a score."""

    signal: dict[str, Any]
    contribution: float


class Recalled(TypedDict):
    """A memory that was found, and why it stands where it stands."""

    memory: Memory
    score: float
    why: list[RankReason]


class MemoryPage(TypedDict):
    """A part of everything that is remembered. `next` is the following page's `after`, `None` at the end."""

    memories: list[Memory]
    corrupt: list[CorruptMemory]
    next: str | None


class MemoryColumns(TypedDict):
    """Memories as columns for a data frame. `data` is JSON; `score` is None for what was not looked for."""

    id: list[str]
    kind: list[MemoryKind]
    team: list[str | None]
    agent: list[str | None]
    session: list[str | None]
    text: list[str]
    data: list[str | None]
    tags: list[list[str]]
    importance: list[float]
    confidence: list[float | None]
    source: list[str]
    who: list[str | None]
    subject: list[str | None]
    trust: list[Trust]
    used: list[int]
    quarantined: list[bool]
    valid_from: list[str]
    valid_to: list[str | None]
    recorded_at: list[str]
    expires_at: list[str | None]
    score: list[float | None]


class CleanupReport(TypedDict):
    """What a cleanup did. `held` stay by a legal hold; of `failed` call again."""

    expired: int
    retired: dict[MemoryKind, int]
    held: int
    failed: list[CorruptMemory]
    unreadable: list[CorruptMemory]


class UsedReport(TypedDict):
    """Which memories were marked as used, and which ids name none."""

    counted: list[str]
    unknown: list[str]


class ExportManifest(TypedDict):
    """What an export holds. `digest` is the SHA-256 of its lines."""

    format: str
    tenant: str
    subject: str
    also_said: bool
    at: str
    memories: dict[str, int]
    records: int
    unreadable: list[CorruptMemory]
    digest: str


class ErasedMemory(TypedDict):
    """A memory that was erased, without what it said."""

    id: str
    digest: str
    record: int


class ErasureReceipt(TypedDict):
    """What was erased: a record of the log, what it lists, and the proof that it is there. `verify_receipt` checks it."""

    record: "AuditRecord"
    memories: list[ErasedMemory]
    head: "TreeHead"
    proof: "InclusionProof"


class MemoryHold(TypedDict):
    """A legal hold on what is remembered about a subject."""

    tenant: str
    subject: str
    reason: str
    by: str
    at: str


class ArchiveReport(TypedDict):
    """What an archiving did. `kept` are in the files and stay in the store too."""

    files: list[str]
    archived: int
    kept: int


class RestoreReport(TypedDict):
    """What a restoring did. The store has `newer` ones in a later state; those who asked for it stay `erased`."""

    restored: int
    known: int
    newer: list[str]
    erased: int


class Tiered(TypedDict):
    """What a run over the tiers did."""

    seen: int
    archived: int
    changed: int
    resolved: int


class Reencrypted(TypedDict):
    """What was encrypted anew, and how many old keys were destroyed."""

    done: int
    corrupt: list[CorruptMemory]
    dropped: int
    next: str | None


class Place(TypedDict):
    """Where in the tenant something is remembered."""

    team: str | None
    agent: str | None
    session: str | None


class _TurnText(TypedDict):
    text: str


class SessionTurn(_TurnText, total=False):
    """One turn of a conversation. The same `id` again is the same turn; `place` counts from 0."""

    who: str | None
    id: str | None
    place: int | None
    at: datetime | str | None
    subject: str | None
    data: Any


class Appended(TypedDict):
    """What became of turns that were handed in: of those `stored`, some `replaced` another text."""

    stored: int
    known: int
    replaced: int


class SessionEnd(TypedDict):
    """What became of the turns of a session at its end."""

    promoted: int
    forgotten: int
    held: int


class _FactAndSources(TypedDict):
    fact: Fact
    sources: Sequence[str]


class ExtractedFact(_FactAndSources, total=False):
    """A fact that was read out of episodes, which it cites."""

    text: str | None
    valid_from: datetime | str | None
    confidence: float | None


class FactOutcome(TypedDict):
    """What recording a fact did, which memory states it now, and which it superseded."""

    change: FactChange
    memory: str
    superseded: list[str]


class RefusedFact(TypedDict):
    """A fact that was not recorded: its place among those given, and why."""

    nth: int
    reason: str


class Consolidation(TypedDict):
    """What became of facts that were read out of episodes."""

    recorded: list[FactOutcome]
    refused: list[RefusedFact]


class Pattern(TypedDict):
    """How often something went well for a team. `interval` is Wilson's at 95 %; `evidence` the newest cases."""

    kind: PatternKind
    action: str
    right: int
    total: int
    rate: float
    interval: Interval
    holds: bool
    evidence: list[str]


class Item(TypedDict):
    """A value under a key of a namespace."""

    namespace: list[str]
    key: str
    value: dict[str, Any]
    created_at: str
    updated_at: str


class FoundItem(Item, total=False):
    """The same, with how well it matches; without where nothing was asked for, or it does not match."""

    score: float


class RefusedRow(TypedDict):
    """A row that was not imported: its place among all rows, its id or key, and why."""

    nth: int
    id: str | None
    reason: str


class ImportReport(TypedDict):
    """What an import did: each row is counted once."""

    rows: int
    imported: int
    updated: int
    known: int
    newer: int
    erased: int
    refused: list[RefusedRow]


class TreeHead(TypedDict):
    """The log in two values: how many records, and the Merkle root over them."""

    size: int
    root: str


class BadRecord(TypedDict):
    """Where a log is not what was recorded, and how."""

    index: int | None
    reason: str


class Verification(TypedDict):
    """What a check of the log found."""

    size: int
    root: str
    verified: bool
    erased: int
    first_bad: BadRecord | None


class Period(TypedDict):
    """A span of time: from `since` on, until just before `until`."""

    since: str | None
    until: str | None


class LogState(TypedDict):
    """The log as its own verification found it."""

    size: int
    root: str
    verified: bool
    first_bad: str | None


class RuleResult(TypedDict):
    """What came of one compliance rule."""

    rule: str
    check: str
    why: str
    checked: int
    passed: int
    findings: list[ComplianceFinding]


class ComplianceReport(TypedDict):
    """Whether what happened keeps the compliance rules, with the records that show it."""

    at: str
    period: Period
    rules: str
    log: LogState
    requests: int
    passed: bool
    results: list[RuleResult]
    notes: list[str]


class RoleWaiting(TypedDict):
    """What waits for a role: what it decides, and what it sees because it was asked before."""

    deciding: int
    visible: int
    overdue: int


class TeamWaiting(TypedDict):
    """What waits in a team."""

    waiting: int
    overdue: int
    oldest: str | None


class Overdue(TypedDict):
    """A request whose deadline has come."""

    request: str
    team: str
    role: str
    deadline: str
    late_seconds: int


class Waiting(TypedDict):
    """What waits for people, each request once in `total` and `by_team`."""

    total: int
    overdue: int
    by_role: dict[str, RoleWaiting]
    by_team: dict[str, TeamWaiting]
    late: list[Overdue]


class DecisionTime(TypedDict):
    """How long decisions took from the submission on."""

    count: int
    median_seconds: float
    p90_seconds: float


class DecisionTimes(TypedDict):
    """How long people took."""

    all: DecisionTime | None
    by_role: dict[str, DecisionTime]
    by_team: dict[str, DecisionTime]


class Rate(TypedDict):
    """A share with its 95 % interval."""

    count: int
    of: int
    value: float
    low: float
    high: float


class Rates(TypedDict):
    """What came of requests; a share of nothing is None."""

    approval: Rate | None
    denial: Rate | None
    expiry: Rate | None
    escalation: Rate | None
    appeal: Rate | None
    reversal: Rate | None
    automatic: Rate | None


class PersonLoad(TypedDict):
    """What one person could decide now, and decided."""

    who: str
    waiting: int
    approved: int
    refused: int


class Sign(TypedDict):
    """Something about votes that is worth a look, and the requests it shows on."""

    kind: str
    evidence: list[str]


class VotingSigns(TypedDict):
    """How one person voted."""

    who: str
    votes: int
    approved: Rate | None
    median_seconds: float
    in_bursts: int
    same_reason: int
    signs: list[Sign]


class Oversight(TypedDict):
    """How governance goes: what waits now, and how people decided in a period."""

    at: str
    period: Period
    waiting: Waiting
    time_to_decision: DecisionTimes
    rates: Rates
    people: list[PersonLoad]
    voting: list[VotingSigns]


class Event(TypedDict):
    """Something that happened inside JUNO."""

    id: str
    kind: str
    at: str
    actor: str
    subject: str
    team: str | None
    payload: Any


class AuditRecord(TypedDict):
    """One fact in the log. Where `erased`, a personal part of the payload is gone."""

    index: int
    event: Event
    erased: bool


class AuditPage(TypedDict):
    """Records that were found. `next` is the following page's `after`, `None` at the end."""

    records: list[AuditRecord]
    next: int | None


class InclusionProof(TypedDict):
    """Shows that a record is in a log, without the other records."""

    index: int
    size: int
    path: list[str]


class ConsistencyProof(TypedDict):
    """Shows that a log at one size is the beginning of the log at a later size."""

    older: int
    newer: int
    path: list[str]


class LegalHold(TypedDict):
    """A legal hold: what it covers is not erased until it is lifted. Without `person` it covers everybody."""

    name: str
    person: str | None
    by: str
    reason: str
    at: str


class Erasure(TypedDict):
    """What an erasure did. `records` are runs of neighbours, first and last; `texts` counts what went beside the log: in
    requests, executions and waiting events."""

    receipt: int | None
    records: list[tuple[int, int]]
    texts: int
    held: list[LegalHold]
    clean: bool
