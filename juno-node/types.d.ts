/* Generated from the Rust sources by `make fix`, below what types.d.ts says. */
/// <reference lib="esnext.disposable" />

/**
 * The objects that JUNO gives and takes are the same as its JSON. Instants in them are text in UTC
 * (`2026-01-31T09:00:00Z`); on the way in a `Date` will do.
 */

/** Settings by their dotted keys: `{ 'governance.supervisor_mode': false }`. */
export type Settings = { [key: string]: unknown }

/** How `Gate.guard` asks for a function. */
export interface GuardOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** The action's name, such as `jira.transition`. */
  action: string
  impact: 'low' | 'medium' | 'high' | 'critical'
  /** Whose team it concerns; default `default`. */
  team?: string
  /** Default `ticket_management`. */
  category?: string
  /** Who proposes, and so never votes; default `juno`. */
  proposer?: string
  /** Why, for who decides. */
  rationale?: string
  /** How sure the caller is; default 1, uncalibrated, which a person has to look at. */
  confidence?: number | { value: number; calibration: { [field: string]: unknown } }
  /** Tells calls with the same arguments apart: anything that JSON can say. */
  key?: unknown
  /** What it acts on; default the first argument. */
  target?: (...args: A) => unknown
  /** The action that would undo it. */
  undo?: (...args: A) => Action
}

/** What `await using` needs, where the library of types knows it. */
export interface Permit {
  [Symbol.asyncDispose](): Promise<void>
}

/** How a plan stands, and what came of its steps. */
export interface PlanOutcome {
  result: 'done' | 'rolled_back' | 'stuck'
  steps: Outcome[]
}

/** Hears how far work has come; `total` is null while unknown. */
export type Progress = (what: string, done: number, total: number | null | undefined) => void

/** A list of numbers; NaN is refused. */
export type Numbers =
  | readonly number[]
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array

/** Whether things happened: true or false, 1 or 0. */
export type Outcomes = readonly boolean[] | Numbers

/** Rows of numbers, all equally long. */
export type Matrix = readonly Numbers[]

export type CalibrationMethod = 'platt' | 'beta' | 'isotonic' | 'temperature'

/** Settings of `BlendClassifier.fit`. */
export interface BlendOptions {
  /** Inverse strength of the logistic's penalty, above 0; default 1. */
  c?: number
  /** Trees, 1 to 100,000; default 200. */
  nTrees?: number
  /** Fewest rows in a leaf; default 3. */
  minSamplesLeaf?: number
  /** Most questions from root to leaf; default no limit. */
  maxDepth?: number | null
  /** Share of the features a node may choose from, above 0 to 1; default 0.5. */
  maxFeatures?: number
  /** The trees' share of the log odds, 0 to 1; default 0.5. */
  treeWeight?: number
  /** Of all that is drawn at random; default 42. */
  seed?: number
  /** At most this many at a time, for fitting and for answering; the result is the same; default 1. */
  threads?: number
}

/** The forecasts of one stretch of probability against what happened; `interval` is Wilson's at 95 %. */
export interface ReliabilityBin {
  lower: number
  upper: number
  n: number
  mean_forecast: number
  rate: number
  interval: Interval
}

/** The rates that perfectly calibrated forecasts of one stretch would show by chance. */
export interface ConsistencyBin {
  lower: number
  upper: number
  n: number
  mean_forecast: number
  rate: Interval
}

/** The calibration error to expect of perfectly calibrated forecasts, and the range it would lie in. */
export interface EceBand {
  mean: number
  band: Interval
}

/** `brier = reliability - resolution + uncertainty + within_bins`. */
export interface BrierParts {
  reliability: number
  resolution: number
  uncertainty: number
  within_bins: number
}

/** How forecasts serve one group; `few` cases are not tested, and `biased` allows for the number of groups. */
export interface GroupScore {
  group: string
  n: number
  few: boolean
  rate: number
  mean_forecast: number
  brier: number
  ece: number | null
  auc: number | null
  gap: number
  gap_interval: Interval
  p_value: number | null
  adjusted_p: number | null
  biased: boolean
}

/** Something to do, by its type, such as `{ type: 'add_label', issue: 'PAY-7', label: 'stale' }`. */
export type Action = { type: string; [field: string]: unknown }

/** A sprint at one instant; `t` is the elapsed share of its plan. */
export type SprintSnapshot = { sprint: number; [field: string]: unknown }

/** A sprint that is over. */
export type FinishedSprint = { sprint: number; [field: string]: unknown }

/** The signals of the risk index; what is left out is not known. */
export interface RiskIndexInputs {
  past_shortfall?: number | null
  behind_pace?: number | null
  added_share?: number | null
  removed_share?: number | null
  load?: number | null
  missing_members?: number | null
  defect_share?: number | null
  unestimated_share?: number | null
  blocked_share?: number | null
}

/** What is known about a claim, factor by factor. */
export interface ConfidenceInputs {
  qualities?: number[] | null
  outcomes?: { right: number; total: number } | null
  pattern_strength?: number | null
  observed_at?: (string | Date)[] | null
  agreement?: { votes: { agree: number; disagree: number } } | { estimates: number[] } | null
}

/** The settings that bound every policy. */
export interface PolicySettings {
  /** 1 only reads, 2 and above may propose and act under governance; default 2. */
  phase?: number
  /** Whether every action needs a person; default true. */
  supervisor_mode?: boolean
  /** Whether anything may run without a person; default true. */
  autonomous_actions?: boolean
}

/** Where in the tenant a memory stands; nothing for all of it. */
export interface Place {
  team?: string
  agent?: string
  /** It needs an agent. */
  session?: string
}

/** What goes with a memory's text. */
export interface Note extends Place {
  /** Default a digest of place, kind and text. */
  id?: string
  kind?: MemoryKind
  data?: unknown
  tags?: string[]
  importance?: number
  confidence?: number
  /** Default the instance. */
  source?: string
  /** Who said or did it: a question that names one of those who speak prefers what that one said. */
  who?: string
  /** Whose personal data it is. */
  subject?: string
  /** How far its source is trusted; default unverified. */
  trust?: Trust
  /** The memories it was made from. */
  derivedFrom?: string[]
  /** Its place in a thread: an answer is found beside its question. */
  turn?: Turn
  /** Its value ends the one that was known before. */
  fact?: Fact
  validFrom?: Date
  validTo?: Date
  expiresAt?: Date
}

/** Which memories to look in. */
export interface Lookup extends Place {
  /** Also the places that enclose it. */
  upwards?: boolean
  kinds?: MemoryKind[]
  allTags?: string[]
  anyTags?: string[]
  /** What was true at that time. */
  asOf?: Date
  /** What was known at that time. */
  knownAt?: Date
  /** Only what is trusted at least so far. */
  minTrust?: Trust
  /** Also what is in quarantine. */
  withQuarantined?: boolean
}

/** What is put into quarantine with all that was made from it: everything of a source, or one memory. */
export type QuarantineTarget = { source: string } | { memory: string }

/** Says what may happen to a proposal: the same context, the same answer. */
export interface GovernancePolicy {
  /** Recorded with each decision; changes whenever an answer could change. */
  readonly version: string
  /**
   * Called on the thread that made the policy. If it throws, rejects or answers nonsense, the proposal is denied, and the
   * promise of the call that needed the decision rejects with that error once the work is done. Settings stand above
   * every policy: in supervisor mode a person decides also on what it would allow.
   */
  decide(context: PolicyContext): PolicyReply | Promise<PolicyReply>
}

/** Forecasts one sprint: the same arguments, the same answer. */
export interface RiskModel {
  /** Cited by forecasts and errors. */
  readonly name: string
  /**
   * Called on the thread that made the model; `history` holds only sprints that were over by then. Null says that too
   * little is known: then the sprint gets no number, marked `not_enough_history`. If it throws, rejects or answers what cannot be, the sprint gets no forecast, and the promise of the
   * call rejects with that error once the work is done.
   */
  predict(
    snapshot: SprintSnapshot,
    history: FinishedSprint[],
  ): PredictionReply | null | Promise<PredictionReply | null>
}

/** What a model says about a sprint. */
export interface PredictionReply {
  /** The chance that less is delivered than is committed, 0 to 1. */
  p_miss: number
  /** What will be delivered: points, or issues where nothing committed has points. */
  delivered: number
  /** Narrowest first. */
  intervals?: Interval[]
}

/** Everything a policy may look at. */
export interface PolicyContext {
  proposal: Proposal
  phase: number
  supervisor_mode: boolean
  autonomous_actions: boolean
  /** An instant, as `2026-01-31T09:00:00Z`. */
  now: string
}

/** What a policy says. */
export interface PolicyReply {
  verdict: 'allow' | 'deny' | 'require_approval' | 'narrow'
  /** The smaller action in place of the proposed one, about which the policy is asked anew; only with `narrow`. */
  action?: { [field: string]: unknown }
  /** Who decides; only with `require_approval`, default the ladder of the impact. */
  ladder?: Ladder
  /** Why, most important first, for people. */
  reasons?: string[]
}

/** What was made of a policy's reply. */
export interface PolicyDecision extends PolicyReply {
  reasons: string[]
}

/** What a policy makes of a proposal in the end. */
export interface Ruling extends PolicyDecision {
  verdict: 'allow' | 'deny' | 'require_approval'
  /** The smaller action it is about, if the policy narrowed the one proposed. */
  narrowed?: { [field: string]: unknown }
}

/** What a policy is told besides the proposal. */
export interface Facts {
  actions_last_hour?: number
  actions_on_target?: number
  blast_radius?: number
  /** Of the ticket; absent where nobody knows them. */
  labels?: string[] | null
  stopped?: boolean
}

/** Rules as data: every rule that applies counts, and one that denies wins. */
export interface RuleSet {
  /** The first part of the policy's version. */
  name: string
  /** Denies everything while it is on. */
  kill_switch?: boolean
  /** Where no rule speaks; default `require_approval`. */
  otherwise?: 'require_approval' | 'deny'
  /** The names of the host's own actions that rules may name. */
  custom_actions?: string[]
  /** Who decides, by impact, where a rule names no ladder. */
  ladders?: { [impact in Impact]?: Ladder }
  budgets?: {
    actions_per_hour?: number
    actions_per_ticket?: number
    blast_radius?: number
    over?: 'deny' | 'require_approval'
  }
  rules?: Rule[]
}

/** One rule: which proposals it speaks of, what it does to them, and why. */
export interface Rule {
  id: string
  effect: 'allow' | 'require_approval' | 'narrow' | 'deny'
  why?: string
  /** Each condition that is given has to hold; of several values in one, any. */
  when?: {
    actions?: string[]
    teams?: string[]
    impacts?: Impact[]
    categories?: string[]
    min_confidence?: number
    below_confidence?: number
    calibrated?: boolean
    reversible?: boolean
    labels?: string[]
    fields?: { [field: string]: string[] }
    hours?: { days?: string[]; from: string; to: string; zone?: string }
  }
  ladder?: Ladder
  narrow?: { label?: string; fields?: { [field: string]: unknown }; at_most?: { [argument: string]: number } }
}

/** What other rules would have made of the past. */
export interface Simulation {
  policy_version: string
  decided: number
  changes: { [field: string]: unknown }[]
  minutes_before: number
  minutes_after: number
  newly_allowed: number
  newly_denied: number
  approvals_lost: number
  refusals_lost: number
}

/** One person votes in the place of another for some time. */
export interface Delegation {
  id: string
  by: string
  to: string
  role: Role
  team?: string
  categories?: string[]
  /** An instant, as `2026-01-31T09:00:00Z`. */
  from: string | Date
  until: string | Date
  may_pass_on?: boolean
}

/** The rungs a request has to pass, lowest first. */
export interface Ladder {
  rungs: Rung[]
}

/** One step of approval: who decides, how many of them, how long they have. */
export interface Rung {
  role: 'team_lead' | 'project_manager' | 'engineering_manager' | 'director'
  quorum?: number
  deadline_hours: number
  on_expiry?: 'escalate' | 'deny' | { hold: { until_hours: number } }
}

export type Impact = 'low' | 'medium' | 'high' | 'critical'
export type Role = 'team_lead' | 'project_manager' | 'engineering_manager' | 'director'
export type Level = 'minimal' | 'low' | 'medium' | 'high' | 'critical'
export type Category = 'velocity' | 'scope' | 'capacity' | 'quality' | 'dependencies'
export type Factor = 'data_quality' | 'historical_accuracy' | 'pattern_strength' | 'temporal_relevance' | 'consensus_score'
/** How far a source is trusted. */
export type Trust = 'untrusted' | 'unverified' | 'trusted'

export type MemoryKind = 'episodic' | 'semantic' | 'procedural' | 'working'

/** How much was read; rows of a sprint table count as sprints. */
export interface Loaded {
  issues: number
  sprints: number
  events: number
}

/** A record that could not be used. */
export interface Quarantined {
  source: string
  position: string
  reason: string
}

/** A board, unless settings map boards to teams. */
export interface Team {
  id: string
  name: string
  boards: number[]
}

/** Somebody a proposal names. */
export interface Person {
  id: string
  name: string
}

/** A range that holds the true value with the chance `level`. */
export interface Interval {
  lower: number
  upper: number
  level: number
}

/** One category of the risk index. */
export interface CategoryScore {
  category: Category
  score: number
  weight: number
  threshold: number
  alert: boolean
  contribution: number
  log_odds: number | null
  evidence: string[]
  mitigations: string[]
}

/** How much trouble can be seen, 0 to 1. Not a probability. */
export interface RiskIndex {
  value: number
  level: Level
  categories: CategoryScore[]
  missing: Category[]
}

/** What a forecast rests on. */
export interface Basis {
  n_team: number
  n_pooled: number
  model: string
}

/** What one input did to a forecast, on the log odds of a miss; above 0 it made a miss more likely. */
export interface InputContribution {
  input: string
  value: number | null
  contribution: number
}

/** What each input did: `base` and all contributions sum to the log odds of `p_miss`. The one that did most first. */
export interface Attribution {
  base: number
  inputs: InputContribution[]
}

/** When the committed work will be done with a chance: in planned lengths from the start, and as an instant. */
export interface FinishEstimate {
  chance: number
  elapsed: number | null
  at: string | null
}

/** One sprint at one instant; null where there is nothing to say. */
export interface Forecast {
  project: string
  sprint_id: number
  team: string
  name: string
  t: number
  phase: 'planned' | 'running' | 'finished'
  measure: 'points' | 'issues'
  committed: number
  done: number
  outlook: 'forecast' | 'settled' | 'nothing_committed' | 'no_history' | 'not_enough_history'
  p_miss: number | null
  delivered: number | null
  intervals: Interval[]
  basis: Basis | null
  attribution: Attribution | null
  finish: FinishEstimate[]
  risk_index: number | null
  level: Level | null
  maturity: 'learning' | 'provisional' | 'mature'
  factors: CategoryScore[]
  missing: Category[]
  note: string
  complete: boolean
}

/** What models are fitted on and asked about: records, paths, or a sprint table as an array of objects. */
export type TrainingData =
  | Records
  | string
  | readonly string[]
  | readonly { readonly [column: string]: string | number | boolean | null | undefined }[]

export type DriftLevel = 'none' | 'watch' | 'alarm'

/** How sprints were split: by its name, with its settings. */
export type Split = { [name: string]: { [setting: string]: unknown } } | 'other_data'

/** Settings of `train`. */
export interface ModelOptions {
  /** Inverse strength of the logistic's penalty; default 0.03. */
  c?: number
  /** Trees of each forest; default 200. */
  nTrees?: number
  /** Fewest sprints in a leaf of the Extra-Trees; default 5. */
  minSamplesLeaf?: number
  /** Fewest sprints in a leaf of the quantile forest; default 8. */
  deliveryMinSamplesLeaf?: number
  /** Share of the inputs a node may choose from; default 0.5. */
  maxFeatures?: number
  /** The trees' share of the log odds; default 0.5. */
  treeWeight?: number
  /** How fast intervals adapt to outcomes after the fit; default 0.02. */
  gamma?: number
  /** Fewest sprints a stage is fitted on; default 60. */
  minSprints?: number
  /** Fewest missed, and fewest met, among them; default 10. */
  minOfEach?: number
  /** Of all that is drawn at random; default 42. */
  seed?: number
  /** At most this many at a time; the model is the same; default 1. */
  threads?: number
}

/** The same, with what stands on the card. */
export interface TrainOptions extends ModelOptions {
  /** When the model is fitted; default the card does not say. */
  trainedAt?: Date
}

/** How a model is judged. */
export interface BacktestOptions {
  /** The part that is evaluated; default `test`. */
  eval?: 'calib' | 'test'
  /** Instead: a rolling origin with that many blocks. */
  folds?: number
  /** The share that is only fitted on, of a rolling origin; default 0.5. */
  first?: number
  /** Resamples for the sampling error; default 1000. */
  resamples?: number
  /** Of resamples and bands; default 42. */
  seed?: number
  /** At most this many at a time; the report is the same; default as many as the machine has. */
  threads?: number
  /** Settings of the model. */
  model?: ModelOptions
}

/** How the model that learns was fitted. */
export interface BlendSettings {
  c: number
  n_trees: number
  min_samples_leaf: number
  delivery_min_samples_leaf: number
  max_features: number
  tree_weight: number
  gamma: number
  min_sprints: number
  min_of_each: number
  seed: number
  threads: number
}

/** What a model was fitted on; `ids` are the lowest and highest sprint of each project. */
export interface DataSummary {
  sprints: number
  projects: number
  teams: number
  first: string | null
  last: string | null
  ids: [string, number, number][]
  digest: string
}

/** Sprints at one stage with a commitment and a known delivery. */
export interface StageData {
  t: number
  sprints: number
  missed: number
  in_points: number
}

/** Something a model looks at. */
export interface CardInput {
  input: string
  category: Category
  description: string
}

/** How far a score moves when the sprints are drawn anew: a 95 % range. */
export interface Bootstrap {
  interval: Interval
  standard_error: number
  used: number
  skipped: number
}

/** How good the intervals of one level were; `width` is ÷ committed. */
export interface IntervalScores {
  level: number
  n: number
  coverage: number
  width: number
  score: number
}

/** How good forecasts were; Null where there is no such number. */
export interface Scores {
  even_odds: number
  auc: number | null
  brier: number | null
  log_loss: number | null
  accuracy: number | null
  f1: number | null
  ece: number | null
  ece_band: EceBand | null
  ece_inside: boolean | null
  sharpness: number | null
  standardised_accuracy: number | null
  nmae: number | null
  intervals: IntervalScores[]
}

/** Scores at one stage. */
export interface StageScores {
  t: number
  scores: Scores
}

/** The sampling error of mean scores. */
export interface Sampling {
  auc: Bootstrap | null
  brier: Bootstrap | null
  log_loss: Bootstrap | null
  accuracy: Bootstrap | null
}

/** A number with its sampling error. */
export interface Estimate {
  value: number
  sampling: Bootstrap | null
}

/** The mean scores of a model less those of a baseline on the same sprints. */
export interface Difference {
  baseline: string
  auc: Estimate | null
  brier: Estimate | null
  log_loss: Estimate | null
  accuracy: Estimate | null
}

/** A fold a model could not be fitted for, and what was missing. */
export interface NotFitted {
  fold: number
  reason: string
}

/** How good one model was at each stage, on average, and against the baselines. */
export interface ModelReport {
  name: string
  baseline: boolean
  not_fitted: NotFitted[]
  stages: StageScores[]
  mean: Scores
  sampling: Sampling
  against: Difference[]
}

/** A fit with its evaluation. */
export interface FoldReport {
  fitted: number
  evaluated: number
  left_out: number
}

/** A stage that was evaluated. */
export interface StageReport {
  t: number
  n: number
  projects: number
  base_rate: number
}

/** What the model said about each evaluated sprint, beside what came of it, in points: columns for a data frame. */
export interface PredictionColumns {
  project: string[]
  sprint_id: number[]
  team: string[]
  t: number[]
  committed: number[]
  outcome: number[]
  missed: boolean[]
  p_miss: number[]
  delivered: number[]
  lo80: (number | null)[]
  hi80: (number | null)[]
  lo90: (number | null)[]
  hi90: (number | null)[]
  even_odds: boolean[]
  planned_days: (number | null)[]
}

/** What a backtest found, without single forecasts. */
export interface CardScores {
  protocol: Split
  seed: number
  resamples: number
  folds: FoldReport[]
  stages: StageReport[]
  models: ModelReport[]
}

/** What a backtest found, and every forecast of the model. */
export interface BacktestReport extends CardScores {
  predictions: PredictionColumns
}

/** What a fitted model is, what it was made of, how good it is and what it cannot do. */
export interface ModelCard {
  model: string
  trained_at: string | null
  schema: string
  data: DataSummary
  stages: StageData[]
  settings: BlendSettings
  inputs: CardInput[]
  scores: CardScores | null
  limits: string[]
}

/** Something a check of finished sprints found, with the first few examples. */
export interface DataFinding {
  severity: 'error' | 'warning' | 'note'
  kind: string
  count: number
  examples: string[]
}

/** How many sprints a project or a team has. */
export interface GroupCount {
  group: string
  sprints: number
}

/** Which finished sprints a fit would use, what is wrong with the others, and what could not even be read. */
export interface DataReport {
  given: number
  used: number
  first: string | null
  last: string | null
  stages: StageData[]
  projects: GroupCount[]
  teams: GroupCount[]
  findings: DataFinding[]
  quarantined: Quarantined[]
  notes: string[]
}

/** How far one input has moved at one stage since the fit. */
export interface InputDrift {
  t: number
  input: string
  psi: number
  p_value: number
  adjusted_p: number
  level: DriftLevel
}

/** How chances held at one stage since the fit. */
export interface CalibrationDrift {
  t: number
  forecasts: 'all' | 'low' | 'high'
  score: GroupScore
  level: DriftLevel
}

/** How far newer sprints differ from those of the fit. */
export interface DriftReport {
  sprints: number
  level: DriftLevel
  inputs: InputDrift[]
  calibration: CalibrationDrift[]
}

/** How often the ranges of one level held in a group; `off` allows for the number of groups. */
export interface GroupCoverage {
  level: number
  n: number
  held: number
  adjusted_p: number | null
  off: boolean
}

/** How forecasts of one stage served one group. */
export interface GroupBias {
  by: 'team' | 'project' | 'length'
  t: number
  chances: GroupScore
  intervals: GroupCoverage[]
}

/** How forecasts served groups of sprints, by kind of group, stage, then label. */
export interface BiasReport {
  groups: GroupBias[]
}

/** What a chart is written as: a picture, or JSON for notebooks and dashboards. */
export type ChartFormat = 'svg' | 'vega_lite'

/** Which sprints `intervalChart` draws, and how. */
export interface IntervalChartOptions {
  /** Default: the one with the most forecasts. */
  project?: string
  /** The stage; default the one nearest to half time. */
  t?: number
  format?: ChartFormat
}

/** What changed in the data since a model was fitted. */
export interface DataChange {
  before: number
  after: number
  added: number
  gone: number
}

/** A setting that changed. */
export interface SettingChange {
  name: string
  before: string
  after: string
}

/** The old model (`before`) and the new (`after`) on the same sprints; `brier` is after less before. */
export interface SideBySide {
  compared: 'later_sprints' | 'settings'
  sprints: number
  report: CardScores
  brier: Estimate
}

/** Whether a model that is trained anew should take the place of the one there is, and why. */
export interface Retraining {
  data: DataChange
  settings: SettingChange[]
  comparison: SideBySide | null
  verdict: 'better' | 'no_worse' | 'not_compared' | 'worse' | 'less_data'
}

/** What a model says about a sprint. */
export interface Prediction {
  p_miss: number
  delivered: number
  measure: 'points' | 'issues'
  intervals: Interval[]
  basis: Basis
  attribution: Attribution | null
  finish: FinishEstimate[]
}

/** Forecasts as columns for a data frame. */
export interface ForecastColumns {
  project: string[]
  sprint_id: number[]
  team: string[]
  name: string[]
  t: number[]
  measure: ('points' | 'issues')[]
  committed: number[]
  done: number[]
  outlook: string[]
  p_miss: (number | null)[]
  delivered: (number | null)[]
  lo80: (number | null)[]
  hi80: (number | null)[]
  lo90: (number | null)[]
  hi90: (number | null)[]
  risk_index: (number | null)[]
  level: (Level | null)[]
}

/** A sprint without a forecast, and why. */
export interface Unforecast {
  project: string
  sprint_id: number
  team: string
  name: string
  t: number
  reason: string
}

/** What a model expects of a sprint. */
export interface Expected {
  p_miss: number
  delivered: number
  committed: number
}

/** What a model expects if a team changes one thing. `after` is null where that is not known to matter. */
export interface Counterfactual {
  change: { type: 'unblock' | 'remove_work' | 'add_people'; [field: string]: unknown }
  what: string
  effect: 'lowers' | 'raises' | 'not_known'
  before: Expected
  after: Expected | null
  below: number | null
  caveat: string
}

/** What would change the forecast of one sprint. */
export interface SprintChanges {
  project: string
  sprint_id: number
  t: number
  changes: Counterfactual[]
}

/** What `forecast` gives. */
export interface Forecasts {
  forecasts: Forecast[]
  unforecast: Unforecast[]
}

/** Whether outcomes have checked a confidence; method and number of outcomes where they have. */
export interface Calibration {
  state?: 'uncalibrated' | 'calibrated'
  method?: string
  outcomes?: number
}

/** From 0 (surely wrong) to 1 (surely right). */
export interface Confidence {
  value: number
  calibration: Calibration
}

/** How one factor of a confidence came out. */
export interface FactorScore {
  factor: Factor
  score: number
  weight: number
  basis: string
}

/** A confidence with what it rests on. */
export interface ConfidenceAssessment {
  confidence: Confidence
  factors: FactorScore[]
  missing: Factor[]
}

/** Something known, and from where. */
export interface Evidence {
  id: string
  source: string
  statement: string
  observed_at: string
  quality: number
}

/** The score a confidence was made from, before outcomes had a say in it; scores of one ground are calibrated together. */
export interface RawScore {
  value: number
  ground: string
}

/** What JUNO suggests to do, with why and how sure it is. */
export interface Proposal {
  id: string
  action: Action
  impact: Impact
  team: string
  proposer: string
  confidence: Confidence
  score?: RawScore | null
  rationale: string
  evidence: Evidence[]
  proposed_at: string
}

/** A statement and the ids of the evidence it rests on. */
export interface Claim {
  text: string
  evidence: string[]
}

/** Something else that could have been concluded. */
export interface Alternative {
  what: string
  why_not: string
}

/** A line of reasoning: every claim cites evidence it holds. */
export interface Trace {
  question: string
  evidence: Evidence[]
  steps: Claim[]
  alternatives: Alternative[]
  assumptions: string[]
  limitations: string[]
  conclusion: Claim
  confidence: ConfidenceAssessment
}

/** Something found, and what to do about it if anything. */
export interface Finding {
  subject: string
  trace: Trace
  proposal: Proposal | null
}

/** Something that could not be judged. */
export interface Skipped {
  subject: string
  reason: string
}

/** What `triage` gives. */
export interface Findings {
  findings: Finding[]
  skipped: Skipped[]
}

/** Confidence against what was right. */
export interface Reliability {
  n: number
  right: number
  brier: number
  ece: number
  ece_band: EceBand
  curve: ReliabilityBin[]
  by_chance: ConsistencyBin[]
}

/** What `reliability` gives; null where there are no such proposals. */
export interface ProposalReliability {
  as_of: string
  calibrated: Reliability | null
  uncalibrated: Reliability | null
}

/** A finding that is only said. */
export interface Advice {
  subject: string
  conclusion: string
  confidence: Confidence
  reason: string
}

/** A proposal that was not made again, because it was refused before. */
export interface Suppressed {
  proposal: string
  target: string
  action: string
  reason: string
}

/** What was decided about a proposal, by whom and why. */
export interface Decision {
  proposal: string
  request: string
  verdict: 'auto_approved' | 'approval_required' | 'approved' | 'denied' | 'expired' | 'cancelled'
  by: { [field: string]: unknown }
  reasons: string[]
  at: string
}

/** What came of a request. */
export interface Outcome {
  proposal: string
  request: string
  result: 'dry_run' | 'succeeded' | 'failed' | 'unknown' | 'reversed'
  detail: string
  at: string
}

/** What one call delivered. */
export interface Delivered {
  delivered: number
  postponed: number
  given_up: number
  dropped: number
}

/** What somebody is told about a request. `key` stays the same however often it is delivered. */
export interface Notification {
  key: string
  kind:
    | 'approval_requested'
    | 'appeal_requested'
    | 'escalated'
    | 'held'
    | 'overdue_soon'
    | 'decided'
    | 'expired'
    | 'cancelled'
    | 'withdrawn'
    | 'executed'
  event: string
  request: string
  team: string
  role: Role | null
  recipients: string[]
  /** Without its arguments. */
  action: { name: string; target: string; category: string }
  impact: Impact
  proposer: string
  deadline: string | null
  verdict: string | null
  result: string | null
  created_at: string
}

/** A notification on its way to one channel. */
export interface Delivery {
  notification: Notification
  channel: string
  lane: string
  state: 'waiting' | 'dead'
  attempts: number
  not_before: string
  last_error: string | null
  version: number
}

/** Which deliveries to list; everything that is given has to hold. */
export interface DeliveryFilter {
  state?: 'waiting' | 'dead'
  channel?: string
  request?: string
  limit?: number
}

/** What a voter looked at: a request, named by `request` or `id`, and the digest of the action it showed. */
export type Seen = { digest: string } & ({ request: string } | { id: string })

/** A request that waits for a person. */
export interface Pending {
  request: string
  digest: string
  proposal: string
  target: string
  action: string
  rationale: string
  team: string
  role: Role
  people: string[]
  deadline: string
}

/** The state of the audit log. */
export interface AuditSummary {
  size: number
  root: string
  verified: boolean
}

/** A record of the log. With `auditInclusionProof(index, size)` and the leaf it is proved to be in the log. */
export interface RecordLink {
  event: string
  kind: string
  at: string
  index: number
  leaf: string | null
}

/** Something that does not keep a rule; without a request, the log as a whole is meant. */
export interface ComplianceFinding {
  rule: string
  request: string | null
  expected: string
  found: string
  evidence: RecordLink[]
}

/** What the check of compliance after a review found. */
export interface ComplianceSummary {
  rules: string
  checked: number
  passed: number
  findings: ComplianceFinding[]
}

/** What one run of the main job gives. Its schema: examples/schema/quickstart.schema.json. */
export interface Review {
  as_of: string
  loaded: Loaded
  quarantined: Quarantined[]
  notes: string[]
  teams: Team[]
  people: Person[]
  forecasts: Forecast[]
  unforecast: Unforecast[]
  changes: SprintChanges[]
  proposals: Proposal[]
  explanations: { [proposal: string]: string }
  advice: Advice[]
  suppressed: Suppressed[]
  skipped: Skipped[]
  decisions: Decision[]
  executed: Outcome[]
  fired: ({ [field: string]: unknown })[]
  pending: Pending[]
  compliance: ComplianceSummary | null
  audit: AuditSummary
}

/** What came of looking after what was begun. */
export interface Recovered {
  outcomes: Outcome[]
  failed: Skipped[]
}

/** Somebody stopped everything. */
export interface Stop {
  /** That of its record, which says why. */
  id: string
  by: string
  instance: string
  at: string
}

/** A request with its votes and state. */
export interface ApprovalRequest {
  id: string
  digest: string
  [field: string]: unknown
}

/** What became of a submitted proposal. */
export interface Submission {
  request: ApprovalRequest
  decision: Decision
  already_known: boolean
}

/** Whose memory it is. */
export interface Scope {
  tenant: string
  team: string | null
  agent: string | null
  session: string | null
}

/** A place in a conversation or another thread, from 0 on. */
export interface Turn {
  thread: string
  place: number
}

/** Of one subject and predicate one value is true at a time. */
export interface Fact {
  subject: string
  predicate: string
  object: string
}

/** Something remembered. */
export interface Memory {
  id: string
  kind: MemoryKind
  scope: Scope
  text: string
  data: unknown
  tags: string[]
  importance: number
  confidence: number | null
  source: string
  who?: string
  subject?: string
  trust?: Trust
  quarantined?: { at: string; reason: string }
  used?: { count: number; last_at: string; stability_days: number }
  turn?: Turn
  fact?: Fact
  derived_from?: string[]
  valid_from: string
  valid_to?: string
  superseded_at?: string
  recorded_at: string
  expires_at: string | null
}

/** What becomes of something that is to be remembered, why, and by which evidence. */
export interface WriteVerdict {
  decision: 'accept' | 'merge' | 'reject'
  /** The memory that says it already, of what is merged. */
  into?: string
  reason:
    | 'new'
    | 'duplicate'
    | 'near_duplicate'
    | 'recall_loop'
    | 'secret'
    | 'personal_data'
    | 'too_vague'
    | 'quarantined'
  score: number
  evidence: { [field: string]: unknown }[]
}

/** What was remembered, and what the write gate said to it. */
export interface Remembered extends Memory {
  written: WriteVerdict
}

/** How often something is wrong with what is remembered, and where. */
export interface HealthFinding {
  count: number
  rate: number
  evidence: string[]
}

/** What memory holds, and what is wrong with it. */
export interface MemoryHealth {
  by_kind: { [kind in MemoryKind]?: number }
  expired: number
  corrupt: { id: string; reason: string }[]
  findings: {
    [issue in
      | 'duplicate'
      | 'stale'
      | 'orphan'
      | 'recall_loop'
      | 'secret'
      | 'personal_data'
      | 'contradiction'
      | 'quarantined']: HealthFinding
  }
}

/** One part of a score. */
export interface RankReason {
  signal: { [field: string]: unknown }
  contribution: number
}

/** A memory that was found, and why it stands where it stands. */
export interface Recalled {
  memory: Memory
  score: number
  why: RankReason[]
}

/** A part of everything that is remembered; `next` is the following page's `after`. */
export interface MemoryPage {
  memories: Memory[]
  corrupt: { id: string; reason: string }[]
  next: string | null
}

/** Memories as columns; `data` is JSON, `score` null for what was not looked for. */
export interface MemoryColumns {
  id: string[]
  kind: MemoryKind[]
  team: (string | null)[]
  agent: (string | null)[]
  session: (string | null)[]
  text: string[]
  data: (string | null)[]
  tags: string[][]
  importance: number[]
  confidence: (number | null)[]
  source: string[]
  who: (string | null)[]
  subject: (string | null)[]
  trust: Trust[]
  used: number[]
  quarantined: boolean[]
  valid_from: string[]
  valid_to: (string | null)[]
  recorded_at: string[]
  expires_at: (string | null)[]
  score: (number | null)[]
}

/** What a cleanup did. */
export interface CleanupReport {
  expired: number
  retired: { [kind in MemoryKind]?: number }
  /** Kept by a legal hold. */
  held: number
  /** Call again for these. */
  failed: { id: string; reason: string }[]
  unreadable: { id: string; reason: string }[]
}

/** Which memories were marked as used. */
export interface UsedReport {
  counted: string[]
  unknown: string[]
}

/** What an export holds; `digest` is the SHA-256 of its lines. */
export interface ExportManifest {
  format: string
  tenant: string
  subject: string
  also_said: boolean
  at: string
  memories: { subject?: number; said?: number; derived?: number }
  records: number
  unreadable: { id: string; reason: string }[]
  digest: string
}

/** How far an erasure reaches. */
export interface ErasureOptions {
  /** Also what they said. */
  alsoSaid?: boolean
  /** Archive files, and folders of them, to erase from too. */
  archives?: readonly string[]
}

/** What was erased: a record of the log, what it lists, and the proof that it is there. `verifyReceipt` checks it. */
export interface ErasureReceipt {
  record: AuditRecord
  memories: { id: string; digest: string; record: number }[]
  head: TreeHead
  proof: InclusionProof
}

/** A legal hold on what is remembered about a subject. */
export interface MemoryHold {
  tenant: string
  subject: string
  reason: string
  by: string
  at: string
}

/** Which memories to archive; all but working memory by default. */
export interface ArchiveOptions {
  kinds?: readonly MemoryKind[]
  allTags?: readonly string[]
}

/** What an archiving did; `kept` are in the files and stay in the store too. */
export interface ArchiveReport {
  files: string[]
  archived: number
  kept: number
}

/** What a restoring did. The store has `newer` ones in a later state; those who asked for it stay `erased`. */
export interface RestoreReport {
  restored: number
  known: number
  newer: string[]
  erased: number
}

/** What a run over the tiers did. */
export interface Tiered {
  seen: number
  archived: number
  changed: number
  resolved: number
}

/** What was encrypted anew, and how many old keys were destroyed. */
export interface Reencrypted {
  done: number
  corrupt: { id: string; reason: string }[]
  dropped: number
  next: string | null
}

/** One turn of a conversation. */
export interface SessionTurn {
  text: string
  who?: string
  /** The same name again is the same turn. */
  id?: string
  /** Its place, from 0 on; default behind the last one. */
  place?: number
  at?: Date | string
  subject?: string
  data?: unknown
}

/** What became of turns that were handed in: of those `stored`, some `replaced` another text. */
export interface Appended {
  stored: number
  known: number
  replaced: number
}

/** What became of the turns of a session at its end. */
export interface SessionEnd {
  promoted: number
  forgotten: number
  held: number
}

/** A fact that was read out of episodes, which it cites. */
export interface ExtractedFact {
  fact: Fact
  sources: readonly string[]
  /** Default subject, predicate and value. */
  text?: string
  /** Default since the earliest of the episodes. */
  validFrom?: Date | string
  confidence?: number
}

/** What became of facts that were read out of episodes. */
export interface Consolidation {
  recorded: {
    change: 'new' | 'known' | 'supersedes' | 'late' | 'contradicts'
    memory: string
    superseded: string[]
  }[]
  /** `nth` is the place among those given. */
  refused: { nth: number; reason: string }[]
}

/** How often something went well for a team; `interval` is Wilson's at 95 %, `evidence` the newest cases. */
export interface Pattern {
  kind: 'preference' | 'workflow'
  action: string
  right: number
  total: number
  rate: number
  interval: Interval
  holds: boolean
  evidence: string[]
}

/** A value under a key of a namespace. */
export interface Item {
  namespace: string[]
  key: string
  value: { [field: string]: unknown }
  created_at: string
  updated_at: string
  /** How well it matches; absent where nothing was asked for, or it does not match. */
  score?: number
}

/** One step of `itemBatch`. */
export type ItemOp =
  | { op: 'get'; namespace: readonly string[]; key: string; refresh?: boolean }
  | {
      op: 'put'
      namespace: readonly string[]
      key: string
      /** `null` removes what is there. */
      value: { [field: string]: unknown } | null
      /** What a search finds it by; default all names and plain values in it. */
      text?: string
      /** How long it lives after it was written or read last; default for ever. */
      ttlSeconds?: number
      /** Whose personal data it is. */
      subject?: string
    }
  | {
      op: 'search'
      prefix?: readonly string[]
      /** Values of fields, or `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`. */
      filter?: { [field: string]: unknown }
      limit?: number
      offset?: number
      query?: string
      refresh?: boolean
    }
  | {
      op: 'namespaces'
      /** `*` stands for any one label. */
      conditions?: readonly { at: 'prefix' | 'suffix'; path: readonly string[] }[]
      maxDepth?: number
      limit?: number
      offset?: number
    }

/** What each step gives. */
export type ItemAnswers<O extends readonly ItemOp[]> = {
  -readonly [I in keyof O]: O[I] extends { op: 'get' }
    ? Item | null
    : O[I] extends { op: 'search' }
      ? Item[]
      : O[I] extends { op: 'namespaces' }
        ? string[][]
        : null
}

/** Paths of JSON or JSON Lines, or the rows themselves, or the object in which a service gave them. */
export type ImportSource = string | readonly string[] | readonly object[] | object

/** What an import did: each row is counted once. */
export interface ImportReport {
  rows: number
  imported: number
  updated: number
  known: number
  newer: number
  erased: number
  /** `nth` is the place among all rows. */
  refused: { nth: number; id: string | null; reason: string }[]
}

/** The log in two values: how many records, and the Merkle root over them. */
export interface TreeHead {
  size: number
  root: string
}

/** Where a log is not what was recorded, and how. */
export interface BadRecord {
  index: number | null
  reason: string
}

/** What a check of the log found. */
export interface Verification {
  size: number
  root: string
  verified: boolean
  erased: number
  first_bad: BadRecord | null
}

/** A span of time: from `since` on, until just before `until`. */
export interface Span {
  since?: Date | string
  until?: Date | string
}

/** The period of a report; null where it has no beginning or end. */
export interface Period {
  since: string | null
  until: string | null
}

/** Compliance rules as data; `complianceRules()` gives those that ship. */
export interface ComplianceRules {
  name: string
  rules: {
    id: string
    check: 'timeouts' | 'authority' | 'duties' | 'quorum' | 'evidence'
    why?: string
    teams?: string[]
    impacts?: ('low' | 'medium' | 'high' | 'critical')[]
    categories?: string[]
    grace_minutes?: number
    within_hours?: number
    at_least?: number
  }[]
}

/** Whether what happened keeps the compliance rules, with the records that show it. */
export interface ComplianceReport {
  at: string
  period: Period
  rules: string
  log: { size: number; root: string; verified: boolean; first_bad: string | null }
  requests: number
  passed: boolean
  results: {
    rule: string
    check: string
    why: string
    checked: number
    passed: number
    findings: ComplianceFinding[]
  }[]
  notes: string[]
}

/** From when on a way of voting is worth a look. */
export interface OversightOptions {
  minVotes?: number
  quickSeconds?: number
  burstSeconds?: number
  burstVotes?: number
  sameReasonShare?: number
  neverRefusesShare?: number
}

/** How long decisions took from the submission on. */
export interface DecisionTime {
  count: number
  median_seconds: number
  p90_seconds: number
}

/** A share with its 95 % interval; of nothing there is none. */
export interface Rate {
  count: number
  of: number
  value: number
  low: number
  high: number
}

/** How governance goes: what waits now, and how people decided in a period. */
export interface Oversight {
  at: string
  period: Period
  waiting: {
    total: number
    overdue: number
    by_role: { [role: string]: { deciding: number; visible: number; overdue: number } }
    by_team: { [team: string]: { waiting: number; overdue: number; oldest: string | null } }
    late: { request: string; team: string; role: string; deadline: string; late_seconds: number }[]
  }
  time_to_decision: {
    all: DecisionTime | null
    by_role: { [role: string]: DecisionTime }
    by_team: { [team: string]: DecisionTime }
  }
  rates: {
    approval: Rate | null
    denial: Rate | null
    expiry: Rate | null
    escalation: Rate | null
    appeal: Rate | null
    reversal: Rate | null
    automatic: Rate | null
  }
  people: { who: string; waiting: number; approved: number; refused: number }[]
  voting: {
    who: string
    votes: number
    approved: Rate | null
    median_seconds: number
    in_bursts: number
    same_reason: number
    signs: { kind: string; evidence: string[] }[]
  }[]
}

/** Something that happened inside JUNO. */
export interface Event {
  id: string
  kind: string
  at: string
  actor: string
  subject: string
  team: string | null
  payload: unknown
}

/** One fact in the log. Where `erased`, a personal part of the payload is gone. */
export interface AuditRecord {
  index: number
  event: Event
  erased: boolean
}

/** Which records to find; everything that is given has to hold. */
export interface AuditQuery {
  actor?: string
  kind?: string
  action?: string
  ticket?: string
  team?: string
  subject?: string
  outcome?: string
  since?: Date | string
  until?: Date | string
  after?: number
  limit?: number
}

/** Records that were found. `next` is the following page's `after`, null at the end. */
export interface AuditPage {
  records: AuditRecord[]
  next: number | null
}

/** Shows that a record is in a log, without the other records. */
export interface InclusionProof {
  index: number
  size: number
  path: string[]
}

/** Shows that a log at one size is the beginning of the log at a later size. */
export interface ConsistencyProof {
  older: number
  newer: number
  path: string[]
}

/** A legal hold: what it covers is not erased until it is lifted. Without `person` it covers everybody. */
export interface LegalHold {
  name: string
  person: string | null
  by: string
  reason: string
  at: string
}

/** What an erasure did. `records` are runs of neighbours, first and last. */
export interface Erasure {
  receipt: number | null
  records: [number, number][]
  /** How many texts went beside the log: in requests, executions and waiting events. */
  texts: number
  held: LegalHold[]
  clean: boolean
}

/** A form in which other programs read records. */
export type ExportFormat = 'json_lines' | 'csv' | 'cloud_events'

