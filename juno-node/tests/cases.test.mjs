// The cases in tests/cases give in Node what they give in Rust and Python, to the last digit.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import * as juno from '../index.js'

const folder = new URL('../../tests/cases/', import.meta.url)
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())

const argument = (name, value) => {
  if (name === 'now') return new Date(value)
  if (name === 'path') return fileURLToPath(new URL(value, folder))
  return value
}

// What a case calls that is several calls in a row.
const several = {
  calibrate: (method, scores, outcomes, ask) => {
    const fitted = juno.Calibrator.fit(method, scores, outcomes)
    return { applied: [...fitted.apply(ask)], calibrator: fitted.toDict() }
  },
  blend: async (x, y, options, ask) => {
    const model = await juno.BlendClassifier.fit(x, y, options)
    const contributions = model.contributions(ask).map((row) => [...row])
    return { p: [...model.predictProba(ask)], logit: [...model.decisionFunction(ask)], base: model.base, contributions }
  },
  train: async (path, options, last) => {
    const forecasts = await (await juno.train(path, options)).forecast(path)
    return juno.forecastColumns(forecasts.slice(-last))
  },
  rule_policy: (rules, proposal, settings, now, facts) => {
    const policy = juno.RulePolicy.fromToml(rules)
    assert.equal(new juno.RulePolicy(policy.toDict()).version, policy.version)
    return { version: policy.version, ruling: policy.decide(proposal, settings, now, facts) }
  },
  oversee: async (settings, now, steps, rules, options) => {
    const one = new juno.Juno(settings, { database: ':memory:', now })
    const requests = {}
    for (const { at, submit, vote } of steps) {
      one.setNow(new Date(at))
      if (submit) requests[submit.id] = (await one.submit(submit)).request
      else if (vote) await one.vote({ ...requests[vote.on], ...(vote.digest && { digest: vote.digest }) }, vote.by, vote.choice, vote.reason)
      else await one.tick()
    }
    const report = await one.auditCompliance(null, rules)
    const told = ({ request, expected, found }) => [request, expected, found]
    const results = report.results.map(({ rule, checked, passed, findings }) => [rule, checked, passed, findings.map(told)])
    const named = Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]))
    return { oversight: await one.oversight(null, named), rules: report.rules, results }
  },
  govern: async (settings, now, steps) => {
    const one = new juno.Juno(settings, { database: ':memory:', now })
    const [requests, results] = [{}, []]
    for (const step of steps) {
      if (step.at) one.setNow(new Date(step.at))
      results.push(await take(one, requests, step).catch(({ code }) => code))
    }
    return results
  },
  remember: async (settings, now, steps) => {
    const one = new juno.Juno(settings, { database: ':memory:', now })
    const results = []
    for (const step of steps) {
      if (step.at) one.setNow(new Date(step.at))
      results.push(await keep(one, step).catch(({ code }) => code))
    }
    return results
  },
  backtest: async (path, options) => {
    const { protocol, models, predictions } = await juno.backtest(path, options)
    const { mean, sampling } = models.at(-1)
    return { protocol, mean, sampling, p_miss: predictions.p_miss }
  },
}

const camels = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value]))

// What one step of remembering gives.
async function keep(one, step) {
  const session = () => one.session(step.session, step.place ?? {})
  switch (step.do) {
    case 'remember':
      return one.remember(step.text, camels(step.note))
    case 'recall':
      return one.recall(step.text, step.k, camels(step.lookup))
    case 'columns':
      return juno.memoryColumns((await one.scanMemories(null, 100)).memories)
    case 'items':
      return one.itemBatch(step.steps.map(camels), step.team)
    case 'import_mem0':
      return one.importMem0(step.rows, step.team)
    case 'import_langgraph':
      return one.importLanggraph(step.rows, step.team)
    case 'append':
      return session().append(step.turns)
    case 'turns':
      return session().turns()
    case 'end':
      return session().end(true)
    case 'consolidate':
      return one.consolidate(step.facts.map(camels), step.place)
    case 'cleanup':
      return one.cleanupMemory()
    default:
      throw new Error(`no step is called ${step.do}`)
  }
}

// What one step gives: a verdict, a result, or that it was done.
async function take(one, requests, step) {
  const { do: what, by, reason = 'so be it' } = step
  const seen = requests[step.on]
  switch (what) {
    case 'submit': {
      const { request, decision } = await one.submit(step.proposal)
      requests[step.proposal.id] = request
      return decision.verdict
    }
    case 'vote':
      return (await one.vote({ ...seen, digest: step.digest ?? seen.digest }, by, step.choice, reason)).verdict
    case 'cancel':
    case 'withdraw':
      return (await one[what](seen.id, by, reason)).verdict
    case 'execute':
      return (await one.execute(seen.id)).result
    case 'perform':
      return (await (await one.gate.execute(seen.id, step.undo)).finish('done', 'done')).result
    case 'reverse':
    case 'revoke':
      return (await one[what](seen.id, by, reason)).result
    case 'stop':
    case 'resume':
      await one[what](by, reason)
      return 'done'
    case 'place_hold':
      await one.auditPlaceHold(step.name, by, reason, step.person)
      return 'done'
    case 'lift_hold':
      await one.auditLiftHold(step.name, by, reason)
      return 'done'
    case 'erase':
      await one.auditErase(step.person, by, reason)
      return 'done'
    case 'expire':
      await one.auditExpire(step.months, by)
      return 'done'
    default:
      throw new Error(`no step can ${what}`)
  }
}
const named = (call) => several[call] ?? call.split('.').reduce((owner, name) => owner[camel(name)], juno)

let count = 0
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')).sort()) {
  for (const { name, call, args, gives, fails } of JSON.parse(readFileSync(new URL(file, folder), 'utf8'))) {
    count += 1
    test(`${file}: ${name}`, async () => {
      const run = async () => named(call)(...Object.entries(args).map(([name, value]) => argument(name, value)))
      if (fails) await assert.rejects(run, { code: fails })
      else assert.deepStrictEqual(await run(), gives)
    })
  }
}

test('there are enough cases', () => assert.ok(count >= 50))
