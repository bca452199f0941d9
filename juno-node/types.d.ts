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

