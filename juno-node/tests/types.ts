// Compiled, never run: a program that uses every part of `index.d.ts` under the strictest rules.
import {
  type BacktestReport,
  BlendClassifier,
  Calibrator,
  type ConfidenceAssessment,
  type Decision,
  type Forecast,
  type GovernancePolicy,
  Juno,
  type PolicyDecision,
  type Records,
  type Review,
  type RiskModel,
  type Session,
  TrainedModel,
  WorkingCalendar,
  actionDigest,
  assess,
  backtest,
  biasReport,
  checkData,
  decide,
  forecastColumns,
  intervalChart,
  merkleRoot,
  proposalId,
  reliabilityChart,
  reportHtml,
  reportText,
  riskIndex,
  scoreConfidence,
  scores,
  train,
  tryPolicy,
  verifyAudit,
  verifyReceipt,
  version,
} from '../index.js'

const name: string = version()
const calendar = new WorkingCalendar({ holidays: ['2026-01-06'], weekend: ['fri'], utcOffsetMinutes: 60 })
const days: number = calendar.workingDays(new Date(0), new Date())
const worked: boolean = calendar.isWorkingDay(calendar.dayOf(new Date()))
// @ts-expect-error a day is no instant
calendar.dayOf('2026-01-06')

const policy: GovernancePolicy = {
  version: '1',
  decide: async ({ proposal }) => ({ verdict: proposal.impact === 'low' ? 'allow' : 'deny' }),
}
const model: RiskModel = {
  name: 'mine',
  predict: (_snapshot, history) => (history.length ? { p_miss: 0.5, delivered: 3 } : null),
}
// @ts-expect-error a verdict is one of three words
const wrong: GovernancePolicy = { version: '1', decide: () => ({ verdict: 'maybe' }) }
// @ts-expect-error a model has a name
const nameless: RiskModel = { predict: () => null }

async function all(): Promise<Decision> {
  const juno = new Juno({ phase: 2 }, { database: ':memory:', folder: '.', now: new Date(0), policy, model })
  const records: Records = await juno.load(['a', 'b'], (what, done, total) => `${what} ${done} ${total ?? '?'}`)
  const newest: Date | null = records.newest
  juno.setNow(newest ?? juno.now())
  const review: Review = await juno.review(records, new Date())
  const verdict: Decision['verdict'] | undefined = review.decisions[0]?.verdict
  const level: Forecast['level'] = (await juno.forecast(records)).forecasts[0]?.level ?? null
  // @ts-expect-error there is no such field
  review.forecast
  const ece: number | undefined = (await juno.reliability(records)).calibrated?.ece_band.band.upper
  const finding = (await juno.triage(records)).findings[0]
  const submitted = await juno.submit(finding?.proposal ?? review.proposals[0]!)
  // @ts-expect-error a choice is one of two words
  await juno.vote(submitted.request, 'ann', 'maybe', 'why')
  // @ts-expect-error an id is not what somebody saw
  await juno.vote('r', 'ann', 'approve', 'why')
  await juno.vote((await juno.pending())[0]!, 'ann', 'approve', 'why')
  await juno.vote(await juno.request('r'), 'ann', 'approve', 'why')
  await juno.remember('text', { team: 't', kind: 'semantic', tags: ['a'], validFrom: new Date(), data: { a: 1 } })
  const judged = await juno.consider('text', { subject: 'ada', trust: 'trusted', derivedFrom: ['a'] })
  await juno.quarantine(judged.reason, { source: 'mail' })
  await juno.liftQuarantine({ memory: 'id' })
  const rate: number = (await juno.memoryHealth()).findings.duplicate.rate
  const trust: string | undefined = (await juno.getMemory('id', { team: 't' }))?.trust
  void [rate, trust]
  const found = await juno.recall('text', 5, { upwards: true, allTags: ['a'] })
  const gone: boolean = await juno.forget(found[0]?.memory.id ?? '', { team: 't' })
  const role: string | undefined = (await juno.pending())[0]?.role
  const sizes: number[] = [(await juno.auditHead()).size, (await juno.auditExport('f')).size]
  const events = (await juno.auditRecords(0, 10)).map(({ event }) => event)
  const verified: boolean[] = [(await juno.auditVerify()).verified, (await verifyAudit('f')).verified]
  console.log(verdict, level, ece, gone, role, sizes, verified, merkleRoot(events), reportText(review), reportHtml(review))
  console.log(await juno.tick(), await juno.execute('r'), records.replay(new Date()), records.summary.issues)
  const move = juno.gate.guard((issue: string, days: number) => `${issue} ${days}`, {
    action: 'jira.defer',
    impact: 'low',
    undo: (issue) => ({ type: 'add_label', issue, label: 'x' }),
  })
  const moved: string = await move('PAY-1', 3)
  // @ts-expect-error it takes what the function takes
  await move(3)
  await using permit = await juno.gate.execute('r', null)
  const { result } = await permit.finish('done', moved)
  const plan = await juno.executePlan(['r'])
  if (plan.result === 'stuck' && result === 'unknown') await juno.resolve('r', 'ann', true, 'seen')
  await juno.cancel('r', 'ann', 'why')
  await juno.withdraw('r', 'juno', 'why')
  await juno.escalate('r', 'ann', 'why')
  await juno.appeal('r', 'juno', 'why')
  return submitted.decision
}

const score: ConfidenceAssessment = scoreConfidence({ qualities: [0.5], observed_at: [new Date()] }, new Date())
const trouble: number = riskIndex({ load: 1.2 }).value
const forecast: Forecast = assess({ sprint: 1 }, [])
const ids: string[] = [actionDigest({ type: 'close' }), proposalId({ type: 'close' }, { status: 'To Do' })]
const decisions: Promise<PolicyDecision[]> = tryPolicy(policy, [], { now: new Date(), supervisorMode: false })
const one = (review: Review): PolicyDecision[] => review.proposals.map((p) => decide(p, { phase: 2 }, new Date()))

const judged: (number | null)[] = [scores.brier([0.5], [true]), scores.auc(new Float64Array(2), new Uint8Array(2))]
const calibrator = Calibrator.fit('platt', [0.5], [1])
const calibrated: Float64Array = Calibrator.fromDict(calibrator.toDict()).apply([0.1])
// @ts-expect-error a method is one of four words
Calibrator.fit('magic', [0.5], [1])
// @ts-expect-error a forecast is a number
scores.brier(['a'], [true])
async function classify(): Promise<Float64Array[]> {
  const model = await BlendClassifier.fit([[1, 2], new Float64Array(2)], [true, false], { nTrees: 3, maxDepth: null })
  const chance: Float64Array = model.predictProba([[1, 2]])
  const said: boolean[] = model.predict([[1, 2]])
  console.log(chance, said, model.base, scores.eceBand([0.5]).band.lower, calibrator.method, calibrator.outcomes)
  return model.contributions([[1, 2]])
}

async function learn(): Promise<BacktestReport> {
  const model: TrainedModel = await train([{ project: 'PAY', sprint_id: 1 }], { nTrees: 3, trainedAt: new Date() }, () => {})
  const report = await backtest('sprints.csv', { eval: 'calib', model: { c: 0.1 } }, ['others.csv'])
  // @ts-expect-error there is no such setting
  await train('sprints.csv', { trees: 3 })
  const juno = new Juno({}, { model: model.withScores(report) })
  const columns = forecastColumns(await model.forecast(await juno.load('sprints.csv')))
  await model.save('sprints.juno')
  const again = TrainedModel.fromBytes((await TrainedModel.load('sprints.juno')).toBytes())
  const [p, changes] = [again.predict({ sprint: 1 }, []).p_miss, again.whatWouldChange({ sprint: 1 }, [])]
  console.log(columns.lo80, p, changes[0]?.what, again.explain({ sprint: 1 }, []).attribution?.base, again.cardMarkdown())
  console.log((await again.drift('new.csv')).level, (await checkData('new.csv')).findings[0]?.kind, again.card.limits)
  const { verdict, comparison } = await again.compare('new.csv', { nTrees: 3 }, (what) => console.log(what))
  const charts: string[] = [reliabilityChart(report), intervalChart(report, { project: 'PAY', t: 0.5, format: 'vega_lite' })]
  // @ts-expect-error a chart is written as one of two
  reliabilityChart(report, { format: 'png' })
  console.log(verdict, comparison?.brier.value, charts, biasReport(report).groups[0]?.chances.biased)
  console.log((await juno.whatWouldChange(await juno.load('export'), 7, new Date()))[0]?.effect)
  return report
}

async function remember(juno: Juno): Promise<string[]> {
  const session: Session = juno.session('chat-1', { agent: 'assistant' })
  const { stored } = await session.append([{ text: 'hello', at: new Date() }])
  // @ts-expect-error a session needs an agent
  juno.session('chat-1', {})
  const [item, found, spaces, done] = await juno.itemBatch([
    { op: 'get', namespace: ['a'], key: 'k' },
    { op: 'search', query: 'words' },
    { op: 'namespaces', conditions: [{ at: 'prefix', path: ['*'] }] },
    { op: 'put', namespace: ['a'], key: 'k', value: null },
  ])
  const nothing: null = done
  // @ts-expect-error a put has a value
  await juno.itemBatch([{ op: 'put', namespace: ['a'], key: 'k' }])
  const receipt = await juno.eraseSubject('ada', 'dpo', 'asked for', { archives: ['archive'] }, (what) => console.log(what))
  const { refused } = await juno.importMem0([{ id: '1', memory: 'words' }], null, () => {})
  const [pattern] = await juno.learnPatterns('payments')
  const { recorded } = await juno.consolidate([{ fact: { subject: 'a', predicate: 'b', object: 'c' }, sources: ['m-1'] }])
  console.log(stored, item?.value.theme, found[0]?.score, spaces[0]?.[0], nothing, verifyReceipt(receipt), refused[0]?.nth)
  console.log(pattern?.interval.lower, recorded[0]?.change === 'late', (await juno.cleanupMemory()).retired.semantic)
  return (await juno.archiveMemories('archive', new Date(), { kinds: ['episodic'] })).files
}

declare const console: { log(...values: unknown[]): void }

export { remember, learn, judged, calibrated, classify, name, days, worked, decisions, wrong, nameless, all, score, trouble, forecast, ids, one }
