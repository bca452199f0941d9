import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { tryPolicy } from '../index.js'

const now = new Date('2026-03-02T09:00:00Z')

const proposal = (impact = 'low') => ({
  id: '0'.repeat(64),
  action: { type: 'add_label', issue: 'PAY-7', label: 'stale' },
  impact,
  team: 'payments',
  proposer: 'juno',
  confidence: { value: 0.8, calibration: { state: 'uncalibrated' } },
  rationale: 'no activity for 40 days',
  evidence: [],
  proposed_at: '2026-03-02T08:00:00Z',
})

const policy = (decide) => ({ version: 'test-1', decide })
const allow = () => ({ verdict: 'allow', reasons: ['labels are harmless'] })

test('the policy sees the proposal and its answer comes back', async () => {
  const seen = []
  const decisions = await tryPolicy(policy((context) => (seen.push(context), allow())), [proposal()], { now, phase: 3 })
  assert.deepEqual(decisions, [{ verdict: 'allow', reasons: ['labels are harmless'] }])
  assert.equal(seen[0].phase, 3)
  assert.equal(seen[0].now, '2026-03-02T09:00:00Z')
  assert.deepEqual(seen[0].proposal.action, proposal().action)
})

test('a policy may be a class, and its method async', async () => {
  class Patient {
    version = 'patient-1'
    verdict = 'require_approval'
    async decide() {
      await sleep(5)
      return { verdict: this.verdict }
    }
  }
  const [decision] = await tryPolicy(new Patient(), [proposal('critical')], { now })
  assert.equal(decision.ladder.rungs[0].role, 'engineering_manager')
})

test('what the policy throws or rejects with comes through unchanged', async () => {
  const error = new RangeError('no history')
  const thrown = tryPolicy(policy(() => { throw error }), [proposal()], { now })
  await assert.rejects(thrown, (caught) => caught === error)
  const rejected = tryPolicy(policy(() => Promise.reject(error)), [proposal()], { now })
  await assert.rejects(rejected, (caught) => caught === error)
})

test('an answer that is no decision is an error, never an approval', async () => {
  const ladder = { rungs: [{ role: 'team_lead', deadline_hours: 4 }] }
  const answers = [null, undefined, {}, { verdict: 'maybe' }, { verdict: 'allow', reason: 'typo' }, { verdict: 'allow', ladder }]
  for (const answer of answers) {
    const asked = tryPolicy(policy(() => answer), [proposal()], { now })
    await assert.rejects(asked, { code: 'JUNO_INVALID_INPUT', name: 'Error' }, JSON.stringify(answer))
  }
})

test('values cross as JSON.stringify would write them, and what JSON cannot say is refused', async () => {
  let seen
  const look = policy((context) => ((seen = context.proposal), { verdict: 'deny', ladder: undefined }))
  const dated = { ...proposal(), proposed_at: new Date('2026-03-02T08:00:00.250Z'), unused: undefined }
  assert.deepEqual(await tryPolicy(look, [dated], { now }), [{ verdict: 'deny', reasons: [] }])
  assert.equal(seen.proposed_at, '2026-03-02T08:00:00.250Z')
  const circle = {}
  circle.circle = circle
  const wrong = [NaN, Infinity, 1n, () => 0, Symbol('s'), circle, new Date(NaN)]
  for (const rationale of wrong) {
    const invalid = { code: 'JUNO_INVALID_INPUT' }
    assert.throws(() => tryPolicy(look, [{ ...proposal(), rationale }], { now }), invalid, String(rationale))
  }
  const answers = [{ verdict: 'deny', reasons: [NaN] }, circle]
  for (const answer of answers) {
    await assert.rejects(tryPolicy(policy(async () => answer), [proposal()], { now }), { code: 'JUNO_INVALID_INPUT' })
  }
})

test('what is no policy, no proposal or no instant is refused before any work', () => {
  const invalid = { code: 'JUNO_INVALID_INPUT' }
  assert.throws(() => tryPolicy({ version: '1' }, [proposal()], { now }), { ...invalid, message: /give it a method `decide`/ })
  assert.throws(() => tryPolicy(policy(allow), [proposal('none')], { now }), invalid)
  assert.throws(() => tryPolicy(policy(allow), [proposal()], { now: new Date(NaN) }), invalid)
})

test('the event loop runs on, and many calls at once do not starve each other', async () => {
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  const slow = policy(async () => (await sleep(20), allow()))
  const all = await Promise.all(Array.from({ length: 64 }, () => tryPolicy(slow, [proposal(), proposal()], { now })))
  clearInterval(ticking)
  assert.equal(all.flat().filter(({ verdict }) => verdict === 'allow').length, 128)
  assert.ok(turns > 3, `${turns} turns`)
})

test('a policy may call juno itself', async () => {
  const outer = policy(async () => (await tryPolicy(policy(allow), [proposal()], { now }))[0])
  assert.equal((await tryPolicy(outer, [proposal()], { now }))[0].verdict, 'allow')
})

test('a policy works in a worker thread, and neither keeps its thread alive', async () => {
  const source = `
    const { tryPolicy } = require(${JSON.stringify(new URL('../index.js', import.meta.url).pathname)})
    const policy = { version: '1', decide: () => ({ verdict: 'deny' }) }
    const now = new Date(0)
    tryPolicy(policy, [${JSON.stringify(proposal())}], { now }).then(([{ verdict }]) => console.log(verdict))`
  assert.equal(execFileSync(process.execPath, ['-e', source], { timeout: 20_000, encoding: 'utf8' }), 'deny\n')
  const worker = new Worker(source, { eval: true, stdout: true })
  let output = ''
  worker.stdout.on('data', (text) => (output += text))
  const code = await new Promise((done, failed) => worker.on('exit', done).on('error', failed))
  assert.deepEqual([code, output], [0, 'deny\n'])
})
