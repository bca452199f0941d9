// Changing the rules by approval, stopping everything, and lending a place, from JavaScript.
import assert from 'node:assert/strict'
import test from 'node:test'

import { RulePolicy } from '../index.js'
import { app, now, proposal } from './setup.mjs'

const strict = () => RulePolicy.fromToml('name = "strict"\nkill_switch = true')

// control: SOC2-CC8.1
test('rules change by the approvals they demand', async () => {
  const juno = app({ now })
  const before = juno.policyVersion
  await assert.rejects(juno.proposeRules(strict(), 'team_lead', '', 'nothing runs', 'back'), {
    code: 'JUNO_INVALID_INPUT',
    message: /justification/,
  })
  const asked = await juno.proposeRules(strict(), 'engineering_manager', 'an incident', 'nothing runs', 'the rules before')
  const request = asked.request.id
  assert.equal(asked.decision.verdict, 'approval_required', 'no setting lets rules change by themselves')
  await assert.rejects(juno.execute(request), { code: 'JUNO_APPROVAL_REQUIRED' })
  await assert.rejects(juno.vote(asked.request, 'engineering_manager', 'approve', 'mine'), { code: 'JUNO_DENIED' })
  await juno.vote(asked.request, 'director', 'approve', 'yes')
  assert.equal(juno.policyVersion, before, 'approved is not yet in force')
  assert.equal((await juno.execute(request)).result, 'succeeded')
  assert.equal(juno.policyVersion, strict().version)
  assert.equal((await juno.submit(proposal())).decision.verdict, 'denied')
  const { records: [record] } = await juno.auditSearch({ kind: 'policy_changed' })
  assert.deepEqual([record.event.actor, record.event.payload.from], ['director', before])
})

// control: ASI10, AIA-14-4-e
test('a stop holds back everything until somebody who may ends it', async () => {
  const juno = app({ now })
  const { request } = await juno.submit(proposal())
  await juno.vote(request, 'team_lead', 'approve', 'fine')
  await assert.rejects(juno.stop('nobody', '?'), { code: 'JUNO_DENIED' })
  await juno.stop('team_lead', 'something is wrong')
  await assert.rejects(juno.execute(request.id), { code: 'JUNO_DENIED', message: /stopped everything/ })
  assert.equal((await juno.submit(proposal({ id: 'p-2' }))).decision.verdict, 'denied')
  await assert.rejects(juno.resume('team_lead', 'fine'), { code: 'JUNO_DENIED' })
  await juno.resume('director', 'fine again')
  assert.equal((await juno.execute(request.id)).result, 'dry_run')
  const { records } = await juno.auditSearch({ kind: 'settings_changed' })
  assert.deepEqual(records.map(({ event }) => [event.actor, event.payload.stopped]), [['team_lead', true], ['director', false]])
})

test('a place that is lent counts and is on record', async () => {
  const juno = app({ now })
  const { request } = await juno.submit(proposal())
  const lent = {
    id: 'on-leave',
    by: 'team_lead',
    to: 'max',
    role: 'team_lead',
    from: now,
    until: new Date(now.getTime() + 7 * 24 * 3600 * 1000),
  }
  await assert.rejects(juno.vote(request, 'max', 'approve', 'fine'), { code: 'JUNO_DENIED' })
  await assert.rejects(juno.delegate(lent, 'max', 'please'), { code: 'JUNO_DENIED' })
  assert.throws(() => juno.delegate({ ...lent, untill: now }, 'team_lead', 'leave'), { message: /untill/ })
  await juno.delegate(lent, 'team_lead', 'leave')
  assert.equal((await juno.vote(request, 'max', 'approve', 'fine')).verdict, 'approved')
  assert.equal((await juno.request(request.id)).votes[0].on_behalf_of, 'team_lead')
  await juno.endDelegation('on-leave', 'team_lead', 'back')
  await assert.rejects(juno.endDelegation('on-leave', 'team_lead', 'twice'), { message: /on-leave/ })
  const { records } = await juno.auditSearch({ kind: 'roles_changed' })
  const [first, second] = records.map(({ event }) => event.payload)
  assert.deepEqual([first.delegated[0].to, second.delegations_ended[0].id], ['max', 'on-leave'])
  assert.equal(first.to, second.from)
})
