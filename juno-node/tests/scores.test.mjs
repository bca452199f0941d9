// Scores, calibrators and the classifier on arrays and typed arrays.
import assert from 'node:assert/strict'
import test from 'node:test'

import { BlendClassifier, Calibrator, scores } from '../index.js'

const dice = (seed) => () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
const roll = dice(7)
const p = Array.from({ length: 400 }, roll)
const y = p.map((chance) => roll() < chance)
const x = Array.from({ length: 300 }, () => [roll(), roll(), roll()])
const label = x.map(([a, b]) => a + b + 0.4 * roll() > 1.2)
const few = { nTrees: 20 }

test('every way to keep numbers gives the same score', () => {
  const expected = scores.brier(p, y)
  const ones = y.map(Number)
  assert.equal(scores.brier(new Float64Array(p), y), expected)
  for (const Kind of [Float64Array, Float32Array, Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array])
    assert.equal(scores.brier(p, Kind.from(ones)), expected)
  assert.equal(scores.brier(new Float64Array([9, ...p]).subarray(1), ones), expected)
  assert.equal(scores.brier([], []), null)
  assert.equal(scores.auc([0.5, 0.6], [true, true]), null)
})

test('the calibration error stands beside its band', () => {
  const [ece, { band }] = [scores.expectedCalibrationError(p, y), scores.eceBand(p)]
  assert.ok(band.lower < ece && ece < band.upper)
  assert.deepEqual(scores.eceBand(p), scores.eceBand(p, 10, 0.95, 1000, 42))
  assert.notDeepEqual(scores.eceBand(p), scores.eceBand(p, 10, 0.95, 1000, 7))
  assert.equal(scores.reliabilityCurve(p, y).reduce((sum, { n }) => sum + n, 0), 400)
})

test('bad lists are refused with the place', () => {
  const refused = (forecasts, outcomes, message) =>
    assert.throws(() => scores.brier(forecasts, outcomes), { code: 'JUNO_INVALID_INPUT', message })
  refused([0.5, NaN], [0, 1], /`forecasts` has `NaN` at position 1; give a chance from 0 to 1/)
  refused([0.5, null], [0, 1], /`forecasts` cannot be read: what stands at position 1 is no number/)
  refused([0.5, , 0.5], [0, 1, 1], /position 1/)
  refused([0.5, 7], [0, 1], /`7` at position 1/)
  refused([0.5], [0, 1], /`outcomes` has 2 values and `forecasts` has 1/)
  refused([0.5], ['yes'], /position 0 is no number/)
  refused('0.5', [1], /a String is no array of numbers/)
  refused({ 0: 0.5 }, [1], /no array of numbers/)
  refused(new BigInt64Array(1), [1], /may not fit/)
  assert.throws(() => scores.expectedCalibrationError(p, y, 0.5), { code: 'JUNO_INVALID_INPUT', message: /`bins`/ })
  assert.throws(() => scores.byGroup(['a'], [0.5, 0.5], [1, 0]), { message: /`groups` has 1 values/ })
})

test('a calibrator is fitted, applied and kept', () => {
  for (const method of ['platt', 'beta', 'temperature']) {
    const fitted = Calibrator.fit(method, p, y)
    assert.deepEqual([fitted.method, fitted.outcomes], [method, 400])
    const after = fitted.apply(new Float64Array(p))
    assert.ok(after instanceof Float64Array && after.length === 400)
    assert.deepEqual(Calibrator.fromDict(JSON.parse(JSON.stringify(fitted.toDict()))).apply(p), after)
  }
  assert.throws(() => Calibrator.fit('platt', [0.5], [1]), { code: 'JUNO_NOT_ENOUGH_DATA' })
  assert.throws(() => Calibrator.fit('plat', p, y), { code: 'JUNO_INVALID_INPUT' })
  assert.throws(() => Calibrator.fit('platt', p, y).apply([2]), { code: 'JUNO_INVALID_INPUT' })
  assert.throws(() => new Calibrator(), /constructor/)
})

test('the classifier learns, explains itself and is kept', async () => {
  const model = await BlendClassifier.fit(x, label, few)
  const [chance, logit] = [model.predictProba(x), model.decisionFunction(x)]
  const right = model.predict(x).filter((said, row) => said === label[row]).length
  assert.ok(right > 250)
  model.contributions(x).forEach((row, n) => {
    assert.ok(Math.abs(model.base + row.reduce((sum, one) => sum + one, 0) - logit[n]) < 1e-9)
    assert.ok(Math.abs(1 / (1 + Math.exp(-logit[n])) - chance[n]) < 1e-12)
  })
  const rows = x.map((row) => Float64Array.from(row))
  assert.deepEqual((await BlendClassifier.fit(rows, label.map(Number), { ...few, threads: 2 })).predictProba(rows), chance)
  assert.deepEqual(BlendClassifier.fromDict(JSON.parse(JSON.stringify(model.toDict()))).predictProba(x), chance)
})

test('a fit that cannot be is refused or rejects', async () => {
  await assert.rejects(BlendClassifier.fit(x, x.map(() => true), few), { code: 'JUNO_NOT_ENOUGH_DATA' })
  await assert.rejects(BlendClassifier.fit(x, label.slice(1), few), { code: 'JUNO_INVALID_INPUT' })
  await assert.rejects(BlendClassifier.fit([], [], few), { code: 'JUNO_NOT_ENOUGH_DATA' })
  await assert.rejects(BlendClassifier.fit([[NaN], [1]], [true, false]), { code: 'JUNO_INVALID_INPUT' })
  const refused = (rows, options, message) =>
    assert.throws(() => BlendClassifier.fit(rows, label, options), { code: 'JUNO_INVALID_INPUT', message })
  refused([[1, 2], [1]], few, /row 1 has 1 numbers and the first row 2/)
  refused([1, 2], few, /`x\[0\]` cannot be read/)
  refused('rows', few, /no array of rows/)
  refused(x, { trees: 3 }, /unknown field `trees`/)
  refused(x, { treeWeight: 3 }, /tree_weight/)
  const model = await BlendClassifier.fit(x, label, few)
  assert.throws(() => model.predictProba([[1, 2]]), { code: 'JUNO_INVALID_INPUT' })
  const damaged = model.toDict()
  damaged.model.logistic.weights.pop()
  assert.throws(() => BlendClassifier.fromDict(damaged), /damaged/)
})
