// Effects that JavaScript causes itself, each under an approved request.
import assert from 'node:assert/strict'
import test from 'node:test'

import { Permit } from '../index.js'
import { app, now, proposal } from './setup.mjs'

const approved = async (juno, more) => {
  const { request } = await juno.submit(proposal(more))
  await juno.vote(request, 'team_lead', 'approve', 'fine')
  return request.id
}

test('a permit is given once, and its end is recorded', async () => {
  const juno = app({ now })
  const request = await approved(juno)
  const permit = await juno.gate.execute(request)
  assert.ok(permit instanceof Permit)
  assert.deepEqual(permit.action, proposal().action)
  assert.deepEqual([permit.request, permit.fence, permit.outcome], [request, 1, null])
  assert.match(permit.idempotencyKey, /^juno-/)
  assert.equal((await juno.execution(request)).state, 'executing', 'the intent is stored first')
  assert.equal((await permit.finish('done', 'labelled')).result, 'succeeded')
  assert.equal(permit.outcome.detail, 'labelled')
  await assert.rejects(permit.finish('done', 'again'), { code: 'JUNO_CONFLICT' })
  await assert.rejects(juno.gate.execute(request), { code: 'JUNO_CONFLICT' }, 'an approved tool runs again')
  assert.ok((await juno.auditVerify()).verified)
})

test('what waits for a person carries its request', async () => {
  const juno = app({ now })
  const { request } = await juno.submit(proposal())
  await assert.rejects(juno.gate.execute(request.id), {
    code: 'JUNO_APPROVAL_REQUIRED',
    request: { id: request.id, digest: request.digest, role: 'team_lead', deadline: '2026-03-03T09:00:00Z' },
  })
  assert.equal((await juno.request(request.id)).state.state, 'pending')
  assert.equal(await juno.execution(request.id), null)
})

test('a permit that is left without an end leaves unknown', async () => {
  const juno = app({ now })
  const request = await approved(juno)
  const permit = await juno.gate.execute(request)
  // What `await using` calls at the end of its block.
  await permit[Symbol.asyncDispose]()
  assert.equal(permit.outcome.result, 'unknown')
  await permit[Symbol.asyncDispose]()
  assert.deepEqual(await juno.recover(), { outcomes: [], failed: [] }, 'nothing is repeated')
  assert.equal((await juno.resolve(request, 'team_lead', false, 'no label there')).result, 'failed')
})

test('a permit says that nothing was changed, and what is no end is refused', async () => {
  const juno = app({ now })
  const permit = await juno.gate.execute(await approved(juno))
  assert.throws(() => permit.finish('maybe', ''), { code: 'JUNO_INVALID_INPUT' })
  assert.equal((await permit.finish('not_done', 'no such ticket')).result, 'failed')
})

test('plans, revoking and undoing', async () => {
  const juno = app({ now })
  const requests = [await approved(juno), await approved(juno, { id: 'p-2' })]
  const plan = await juno.executePlan(requests)
  assert.equal(plan.result, 'done')
  assert.deepEqual(plan.steps.map((step) => step.request), requests)
  await assert.rejects(juno.reverse(requests[0], 'team_lead', 'it was only shown'), { code: 'JUNO_CONFLICT' })
  const other = await approved(juno, { id: 'p-3' })
  await assert.rejects(juno.revoke(other, 'somebody', 'because'), { code: 'JUNO_DENIED' })
  assert.equal((await juno.revoke(other, 'team_lead', 'the customer called')).result, 'failed')
  await assert.rejects(juno.execute(other), { code: 'JUNO_CONFLICT' })
})

// control: ASI02
test('a guarded function asks, runs once and never again', async () => {
  const juno = app({ now })
  const moved = []
  const move = juno.gate.guard((issue, to) => (moved.push([issue, to]), `${issue} is ${to}`), {
    action: 'jira.transition',
    impact: 'medium',
    team: 'payments',
  })
  const asked = await move('PAY-7', 'Done').then(() => assert.fail('nobody approved it'), (error) => error)
  assert.equal(asked.code, 'JUNO_APPROVAL_REQUIRED')
  const { action } = (await juno.request(asked.request.id)).proposal
  assert.deepEqual([action.target, action.arguments], ['PAY-7', { 0: 'PAY-7', 1: 'Done' }])
  await assert.rejects(move('PAY-7', 'Done'), { code: 'JUNO_APPROVAL_REQUIRED' })
  assert.equal((await juno.pending()).length, 1, 'the same call is the same request')
  await juno.vote(asked.request, 'team_lead', 'approve', 'fine')
  await assert.rejects(move('PAY-8', 'Done'), { code: 'JUNO_APPROVAL_REQUIRED' })
  assert.equal(await move('PAY-7', 'Done'), 'PAY-7 is Done')
  await assert.rejects(move('PAY-7', 'Done'), { code: 'JUNO_CONFLICT' })
  assert.deepEqual(moved, [['PAY-7', 'Done']])
})

test('a guarded function that throws leaves unknown, one that is refused never runs', async () => {
  const juno = app({ now })
  const error = new RangeError('half done?')
  const fails = juno.gate.guard(async () => { throw error }, { action: 'fail', impact: 'low', key: 1 })
  const asked = await fails('PAY-7').catch((thrown) => thrown)
  await juno.vote(asked.request, 'team_lead', 'approve', 'fine')
  await assert.rejects(fails('PAY-7'), (thrown) => thrown === error)
  assert.equal((await juno.execution(asked.request.id)).state, 'unknown')

  const refused = juno.gate.guard(() => assert.fail('refused'), { action: 'close', impact: 'low' })
  const waits = await refused('PAY-7').catch((thrown) => thrown)
  await juno.vote(waits.request, 'team_lead', 'deny', 'no')
  await assert.rejects(refused('PAY-7'), { code: 'JUNO_DENIED' })
})
