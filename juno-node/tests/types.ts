// Compiled, never run: a program that uses every part of `index.d.ts` under the strictest rules.
import { type GovernancePolicy, type PolicyDecision, WorkingCalendar, tryPolicy, version } from '../index.js'

const name: string = version()
const calendar = new WorkingCalendar({ holidays: ['2026-01-06'], weekend: ['fri'], utcOffsetMinutes: 60 })
const days: number = calendar.workingDays(new Date(0), new Date())
const worked: boolean = calendar.isWorkingDay(calendar.dayOf(new Date()))
// @ts-expect-error a day is no instant
calendar.dayOf('2026-01-06')

const policy: GovernancePolicy = {
  version: '1',
  decide: async ({ proposal }) => ({ verdict: proposal['impact'] === 'low' ? 'allow' : 'deny' }),
}
const decisions: Promise<PolicyDecision[]> = tryPolicy(policy, [], { now: new Date(), supervisorMode: false })
// @ts-expect-error a verdict is one of three words
const wrong: GovernancePolicy = { version: '1', decide: () => ({ verdict: 'maybe' }) }

export { name, days, worked, decisions, wrong }
