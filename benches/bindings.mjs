// What a decision and four rungs of approval cost from Node: the twin of bindings.py. Build the module for release first:
//
//     make bench-node
//
// Each figure is the median of nine runs, in microseconds.
import assert from 'node:assert'
import { hrtime } from 'node:process'

const { Juno, RulePolicy } = await import(process.env.JUNO_NODE ?? '../juno-node/index.js')
const RULES = 100
const NOW = new Date('2026-03-02T09:00:00Z')
const LADDER = ['team_lead', 'project_manager', 'engineering_manager', 'director']

/** The median time of a step. A step is told how many went before it. */
async function micros(step, times) {
  const taken = []
  let number = 0
  for (let run = 0; run < 9; run += 1) {
    const begin = hrtime.bigint()
    for (let nth = 0; nth < times; nth += 1) await step(number++)
    taken.push(Number(hrtime.bigint() - begin) / times / 1000)
  }
  return taken.sort((a, b) => a - b)[4]
}

const proposal = (number, impact = 'low') => ({
  id: `label-${number.toString(16).padStart(32, '0')}`,
  action: { type: 'add_label', issue: `PAY-${number}`, label: 'stale' },
  impact,
  team: 'team-1',
  proposer: 'juno',
  confidence: { value: 0.95, calibration: { state: 'calibrated', method: 'platt', outcomes: 60 } },
  rationale: 'Nobody has looked at it for 30 days; comparable tickets were picked up within 12.',
  evidence: [],
  proposed_at: NOW.toISOString(),
})

const names = Array.from({ length: RULES - 1 }, (_, n) => `host.action_${n + 1}`)
const when = { actions: ['add_label'], impacts: ['low'], min_confidence: 0.9, calibrated: true, reversible: true }
const others = names.map((name, n) => ({
  id: `rule-${n + 1}`,
  effect: 'deny',
  when: { actions: [name], impacts: ['critical'] },
}))
const rules = [{ id: 'labels', effect: 'allow', when }, ...others]
const policy = new RulePolicy({ name: 'bench', custom_actions: names, rules })
const [one, settings] = [proposal(1), { phase: 5, supervisor_mode: false, autonomous_actions: true }]
assert.equal(policy.decide(one, settings, NOW).verdict, 'allow')

const rungs = LADDER.map((role) => ({ role, deadline_hours: 4 }))
const approval = JSON.stringify({ ladders: { critical: { rungs } } })
const roles = Object.fromEntries(LADDER.map((role) => [role, [role]]))
const app = new Juno({ 'governance.approval_rules': approval, roles }, { database: ':memory:', now: NOW })

async function fourRungs(number) {
  const { request } = await app.submit(proposal(number, 'critical'))
  let verdict
  for (const role of LADDER) ({ verdict } = await app.vote({ request: request.id, digest: request.digest }, role, 'approve', 'agreed in the stand-up'))
  assert.equal(verdict, 'approved')
}

console.log('| in µs | juno |\n| --- | --- |')
console.log(`| decide | ${(await micros(() => policy.decide(one, settings, NOW), 2000)).toFixed(1)} |`)
console.log(`| four rungs | ${(await micros(fourRungs, 100)).toFixed(1)} |`)
