// Risk models are fitted, judged, asked, kept and used, on files, records and arrays of objects.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  TrainedModel,
  backtest,
  biasReport,
  checkData,
  forecastColumns,
  intervalChart,
  reliabilityChart,
  scores,
  train,
} from '../index.js'
import { app, root, sample } from './setup.mjs'

const table = join(root, 'examples/data/made-up-sprints.csv')
const few = { nTrees: 3 }
const [header, ...lines] = readFileSync(table, 'utf8').trim().split('\n').map((line) => line.split(','))
const rows = lines.map((cells) => Object.fromEntries(header.map((name, n) => [name, cells[n]])))
let fitting
const fitted = () => (fitting ??= train(table, few))

test('every way to hand in a table gives the same model', async () => {
  const bytes = (await fitted()).toBytes()
  const numbers = rows.map((row) => ({ ...row, sprint_id: +row.sprint_id, start_pts: +row.start_pts }))
  for (const data of [[table], await app().load(table), rows, numbers.reverse()])
    assert.deepEqual((await train(data, { ...few, threads: 2 })).toBytes(), bytes)
})

test('a model is kept in files and bytes', async () => {
  const [model, path] = [await fitted(), join(mkdtempSync(join(tmpdir(), 'juno-')), 'sprints.juno')]
  await model.save(path)
  const before = await model.forecast(table)
  assert.deepEqual(await (await TrainedModel.load(path)).forecast(table), before)
  assert.deepEqual(await TrainedModel.fromBytes(model.toBytes()).forecast(table), before)
  const damaged = Buffer.from(model.toBytes())
  damaged[damaged.length >> 1] ^= 1
  assert.throws(() => TrainedModel.fromBytes(damaged), { code: 'JUNO_CORRUPT' })
  await assert.rejects(TrainedModel.load('nowhere.juno'), { code: 'JUNO_NOT_FOUND' })
})

test('a backtest stands beside baselines, gives every forecast, and goes on the card', async () => {
  const report = await backtest(table, { resamples: 50, model: few })
  assert.deepEqual(report.models.map(({ name }) => name), ['base_rate', 'last_velocity', 'shrunk_history', 'blend'])
  const { p_miss, missed, t } = report.predictions
  for (const stage of report.models.at(-1).stages) {
    const at = t.flatMap((one, n) => (one === stage.t ? [n] : []))
    assert.equal(scores.brier(at.map((n) => p_miss[n]), at.map((n) => missed[n])), stage.scores.brier)
  }
  const model = (await train(table, { ...few, trainedAt: new Date('2026-03-02T00:00:00Z') })).withScores(report)
  const { card } = model
  assert.deepEqual([model.name, card.model, card.trained_at], ['blend', 'blend', '2026-03-02T00:00:00Z'])
  assert.deepEqual(card.scores.protocol, { given: { evaluated: 'test' } })
  assert.match(model.cardMarkdown(), /^#/)
  const [alpha, beta] = ['ALPHA', 'BETA'].map((name) => rows.filter(({ project }) => project === name))
  assert.equal((await backtest(beta, { resamples: 0, model: few }, alpha)).protocol, 'other_data')
})

test('forecasts are columns', async () => {
  const forecasts = await (await fitted()).forecast(rows)
  const columns = forecastColumns(forecasts)
  assert.equal(forecasts.length, 4 * rows.length)
  assert.ok(Object.values(columns).every(({ length }) => length === forecasts.length))
  assert.deepEqual(columns.p_miss, forecasts.map(({ p_miss }) => p_miss))
})

test('a trained model forecasts in the pipeline and explains one sprint', async () => {
  const model = await fitted()
  const juno = app({ model })
  const records = await juno.load(table)
  const { forecasts } = await juno.forecast(records)
  assert.ok(forecasts.some(({ basis }) => basis?.model === 'blend'))
  const seen = []
  const watch = { name: 'watch', predict: (...sprint) => (seen.push(sprint), null) }
  await app({ model: watch }).forecast(records)
  const [snapshot, history] = seen.at(-1)
  const [said, whole] = [model.predict(snapshot, history), model.explain(snapshot, history)]
  assert.deepEqual([said.p_miss, said.delivered], [whole.p_miss, whole.delivered])
  const logit = whole.attribution.inputs.reduce((sum, { contribution }) => sum + contribution, whole.attribution.base)
  assert.ok(Math.abs(1 / (1 + Math.exp(-logit)) - said.p_miss) < 1e-9)
  assert.ok(model.whatWouldChange(snapshot, history).every(({ caveat }) => caveat))
})

test('a backtest tells bias and is drawn', async () => {
  const report = await backtest(table, { resamples: 50, model: few })
  const { groups } = biasReport(report)
  assert.deepEqual([...new Set(groups.map(({ by }) => by))], ['team', 'project', 'length'])
  const { project, t } = report.predictions
  const beta = groups.find((group) => group.by === 'project' && group.t === 0.8 && group.chances.group === 'BETA')
  assert.equal(beta.chances.n, project.filter((name, n) => name === 'BETA' && t[n] === 0.8).length)
  assert.match(reliabilityChart(report), /^<svg[^]*blend: n = /)
  assert.match(JSON.parse(reliabilityChart(report, { format: 'vega_lite' })).$schema, /vega-lite/)
  assert.match(intervalChart(report), /delivered against the forecast at 50 % elapsed/)
  assert.match(intervalChart(report, { project: 'BETA', t: 0.8, format: 'vega_lite' }), /sprints of BETA .* 80 % elapsed/)
  assert.throws(() => intervalChart(report, { project: 'PAY' }), { code: 'JUNO_NOT_FOUND', message: /`ALPHA`/ })
  assert.throws(() => reliabilityChart(report, { format: 'png' }), { code: 'JUNO_INVALID_INPUT', message: /`png`/ })
  assert.throws(() => biasReport({ ...report, predictions: undefined }), { code: 'JUNO_INVALID_INPUT' })
})

test('a new model is compared with the one there is', async () => {
  const old = await train(rows.filter(({ split }) => split !== 'test'), few)
  const { data, settings, comparison, verdict } = await old.compare(rows, few)
  assert.deepEqual([data.after, settings, comparison.compared], [rows.length, [], 'later_sprints'])
  assert.ok(['better', 'no_worse', 'worse'].includes(verdict))
  assert.throws(() => old.compare(rows, { trees: 3 }), { message: /unknown field `trees`/ })
})

test('a sprint that is open has changes', async () => {
  const juno = app({ model: await fitted() })
  const records = await juno.load(sample)
  const { changes } = await juno.review(records)
  const told = changes.find((sprint) => sprint.changes.length)
  assert.deepEqual(await juno.whatWouldChange(records, told.sprint_id), told.changes)
  assert.throws(() => juno.whatWouldChange(records, 1.5), { code: 'JUNO_INVALID_INPUT', message: /`sprint`/ })
})

test('data is looked at before a fit, and drift after', async () => {
  assert.equal((await checkData(rows)).used, rows.length)
  const drift = await (await train(rows.filter(({ split }) => split !== 'test'), few)).drift(rows)
  assert.ok(drift.sprints > 0 && drift.inputs.length && drift.calibration.length)
})

test('data and settings that cannot be are refused, or reject', async () => {
  const invalid = (message) => ({ code: 'JUNO_INVALID_INPUT', message })
  await assert.rejects(train(rows.slice(0, 20), few), { code: 'JUNO_NOT_ENOUGH_DATA', message: /60 finished sprints/ })
  await assert.rejects(train('nowhere.csv'), { code: 'JUNO_NOT_FOUND' })
  await assert.rejects(train([{ project: 'PAY' }], few), invalid(/`the table` is nothing/))
  await assert.rejects(train(table, { gamma: 2 }), invalid(/gamma/))
  await assert.rejects(backtest(rows.map((row) => ({ ...row, split: 'first' })), { model: few }), invalid(/split `first` is none of/))
  await assert.rejects((await fitted()).forecast(sample), { code: 'JUNO_NOT_ENOUGH_DATA', message: /no sprint table/ })
  assert.throws(() => train(7), invalid(/`data` is no data/))
  assert.throws(() => train({}), invalid(/`data` is no data/))
  assert.throws(() => train(table, { trees: 3 }), invalid(/unknown field `trees`/))
  assert.throws(() => backtest(table, { eval: 'dev' }), invalid(/`dev`/))
  assert.throws(() => backtest(table, { model: { trees: 3 } }), invalid(/unknown field `trees`/))
})

test('progress is told while the event loop runs on', async () => {
  const steps = []
  let [turns, done] = [0, false]
  const fit = train(table, few, (what) => steps.push(what)).finally(() => (done = true))
  for (; !done; turns += 1) await sleep(5)
  await fit
  await new Promise(setImmediate)
  assert.ok(turns > 3 && steps.includes('fitting'))
})
