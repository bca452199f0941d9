// Policies and risk models written in JavaScript decide and forecast inside the pipeline.
import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { app, proposal, records } from './setup.mjs'

const policy = (decide) => ({ version: 'mine-1', decide })
const model = (predict) => ({ name: 'mine', predict })
const kinds = async (juno) => new Set((await juno.auditRecords(0, 10_000)).map(({ event }) => event.kind))

test('a policy written here decides every proposal', async () => {
  const labels = policy(async ({ proposal }) => {
    await sleep(1)
    return { verdict: proposal.action.type === 'add_label' ? 'allow' : 'deny', reasons: ['only labels'] }
  })
  const review = await app({ policy: labels }).review(await records())
  const types = new Map(review.proposals.map(({ id, action }) => [id, action.type]))
  assert.ok(new Set(types.values()).size > 1)
  for (const { proposal, verdict, by, reasons } of review.decisions) {
    assert.equal(verdict, types.get(proposal) === 'add_label' ? 'auto_approved' : 'denied')
    assert.deepEqual([by, reasons], [{ type: 'policy', version: 'mine-1' }, ['only labels']])
  }
  assert.equal(review.executed.length, [...types.values()].filter((type) => type === 'add_label').length)
})

test('settings stand above every policy', async () => {
  const juno = app({ policy: policy(() => ({ verdict: 'allow' })) }, { 'governance.supervisor_mode': true })
  const review = await juno.review(await records())
  assert.deepEqual(review.executed, [])
  assert.deepEqual(new Set(review.decisions.map(({ verdict }) => verdict)), new Set(['approval_required']))
})

test('a policy that talks nonsense lets nothing run', async () => {
  for (const answer of [null, 7, { verdict: 'sure' }, { verdict: 'allow', ladder: { rungs: [] } }]) {
    const juno = app({ policy: policy(() => answer) })
    const message = /`decide` of policy `mine-1` cannot be read|policy is not usable/
    await assert.rejects(juno.review(await records()), { code: 'JUNO_INVALID_INPUT', message })
    const happened = await kinds(juno)
    assert.ok(happened.has('decision_made') && !happened.has('execution_started'))
  }
})

test('a policy that throws or rejects lets nothing run, and its error comes through', async () => {
  const error = new RangeError('no history')
  for (const fail of [() => { throw error }, () => Promise.reject(error)]) {
    const juno = app({ policy: policy(fail) })
    await assert.rejects(juno.review(await records()), (caught) => caught === error)
    const happened = await kinds(juno)
    assert.ok(happened.has('decision_made') && !happened.has('execution_started'))
  }
})

test('an error belongs to the call it happened in', async () => {
  const odd = policy(async ({ proposal }) => {
    await sleep(20)
    if (proposal.id === 'p-odd') throw new Error('odd')
    return { verdict: 'deny' }
  })
  const juno = app({ policy: odd })
  const submit = (id) => juno.submit(proposal({ id })).then(() => '', ({ message }) => message)
  assert.deepEqual(await Promise.all(['p-odd', 'p-even'].map(submit)), ['odd', ''])
})

test('a model written here gives every forecast', async () => {
  const done = model(({ at, done }, history) => {
    assert.ok(history.every((past) => past.closed_at <= at))
    return { p_miss: 0.125, delivered: done.points, intervals: [{ lower: 0, upper: done.points, level: 0.8 }] }
  })
  const review = await app({ model: done }).review(await records())
  const forecasts = review.forecasts.filter(({ outlook }) => outlook === 'forecast')
  assert.ok(forecasts.length)
  for (const { p_miss, basis, delivered, done } of forecasts) {
    assert.deepEqual([p_miss, basis.model, delivered], [0.125, 'mine', done])
  }
})

test('a model that knows too little gives no number', async () => {
  const { forecasts } = await app({ model: model(async () => null) }).forecast(await records())
  for (const { outlook, p_miss, basis } of forecasts) assert.deepEqual([outlook, p_miss, basis], ['not_enough_history', null, null])
})

test('numbers that cannot be are an error that names the model', async () => {
  const wrong = [[NaN, 1], [1.5, 1], [-0.1, 1], [0.5, -1], [0.5, Infinity], ['0.5', 1]]
  for (const [p_miss, delivered] of wrong) {
    const asked = app({ model: model(() => ({ p_miss, delivered })) }).forecast(await records())
    await assert.rejects(asked, { code: 'JUNO_INVALID_INPUT', message: /risk model `mine`/ })
  }
})

test('what is no plugin is refused at once', () => {
  const invalid = (message) => ({ code: 'JUNO_INVALID_INPUT', message })
  assert.throws(() => app({ policy: {} }), invalid(/no policy: give it a method `decide`/))
  assert.throws(() => app({ model: {} }), invalid(/no risk model: give it a method `predict`/))
  assert.throws(() => app({ model: { predict: () => null } }), invalid(/no risk model: give it a text `name`/))
})
