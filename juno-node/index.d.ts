/* Generated from the Rust sources by `make fix`, below what types.d.ts says. */

/** What JUNO suggests to do, with why and how sure it is, as its JSON. */
export type Proposal = { [field: string]: unknown }

/** Says what may happen to a proposal: the same context, the same answer. */
export interface GovernancePolicy {
  /** Recorded with each decision; changes whenever an answer could change. */
  readonly version: string
  /**
   * Called on the thread that made the policy. If it throws or rejects, the proposal is denied, and the promise of the
   * call that needed the decision rejects with the same error once the work is done.
   */
  decide(context: PolicyContext): PolicyReply | Promise<PolicyReply>
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
  verdict: 'allow' | 'deny' | 'require_approval'
  /** Who decides; only with `require_approval`, default the ladder of the impact. */
  ladder?: Ladder
  /** Why, most important first, for people. */
  reasons?: string[]
}

/** What was made of a policy's reply. */
export interface PolicyDecision extends PolicyReply {
  reasons: string[]
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
  on_expiry?: 'escalate' | 'deny'
}

/** Which days are worked. Days begin at midnight of a fixed offset from UTC (no daylight saving). */
export declare class WorkingCalendar {
  /** Without options: Monday to Friday, no holidays, days of UTC. */
  constructor(options?: WorkingCalendarOptions | undefined | null)
  /** Whether the day, as `2026-01-31`, is worked. */
  isWorkingDay(dayText: string): boolean
  /** The calendar day of an instant, as `2026-01-31`. */
  dayOf(at: Date): string
  /** Worked days between two instants, the first day included, the last not; 0 if `to` is not after `start`. */
  workingDays(start: Date, to: Date): number
}

/** What a policy written in JavaScript says about proposals. Nothing is submitted and nothing recorded. */
export declare function tryPolicy(policy: GovernancePolicy, proposals: Proposal[], options: TryPolicyOptions): Promise<PolicyDecision[]>

/** When a policy is asked, and under which settings. */
export interface TryPolicyOptions {
  /** The instant of the decision. */
  now: Date
  /** 1 only reads, 2 and above may propose and act under governance; default 2. */
  phase?: number
  /** Whether every action needs a person; default true. */
  supervisorMode?: boolean
  /** Whether anything may run without a person; default true. */
  autonomousActions?: boolean
}

/** The version of JUNO this addon was built from. */
export declare function version(): string

/** How a `WorkingCalendar` differs from Monday to Friday, no holidays, days of UTC. */
export interface WorkingCalendarOptions {
  /** Days that are not worked, as `2026-01-31`. */
  holidays?: Array<string>
  /** The days of rest by name, as `["fri", "sat"]`. */
  weekend?: Array<string>
  /** Where midnight is: minutes east of UTC. */
  utcOffsetMinutes?: number
}
