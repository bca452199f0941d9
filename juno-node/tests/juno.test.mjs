// The whole pipeline from Node: load, review, govern, remember, prove.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import {
  AuditSigner, Juno, merkleRoot, proposalId, readCheckpoint, reportHtml, reportText, verifyAudit, verifyConsistency,
  verifyInclusion,
} from '../index.js'
import { app, now, proposal, records, sample } from './setup.mjs'

const hour = 3_600_000
const folder = () => mkdtempSync(join(tmpdir(), 'juno-'))

test('records say what was read, and replay any time', async () => {
  const read = await records()
  assert.ok(read.summary.issues > 300)
  assert.ok(read.newest instanceof Date)
  assert.ok(read.quarantined.every(({ reason }) => reason) && Array.isArray(read.notes))
  const lines = read.replay()
  const issue = lines.find((line) => line.fields)
  assert.deepEqual(Object.keys(issue), ['key', 'id', 'complete', 'incomplete', 'fields'])
  assert.ok(lines.some((line) => line.committed))
  const early = read.replay(new Date('2026-09-01T00:00:00Z'))
  assert.ok(early.length > 0 && early.length < lines.length)
})

test('a review is whole, the same each time, and a second run does nothing again', async () => {
  const juno = app()
  const review = await juno.review(await records())
  assert.ok(review.audit.verified && review.forecasts.length && review.pending.length && review.executed.length)
  assert.deepEqual(await app().review(await records()), review)
  assert.deepEqual((await juno.review(await records())).executed, [])
  assert.match(reportText(review), /PAY/)
  assert.match(reportHtml(review), /^\s*<!doctype html>/i)
})

test('forecast and triage submit nothing', async () => {
  const juno = app()
  assert.ok((await juno.forecast(await records())).forecasts.length)
  assert.ok((await juno.triage(await records())).findings.some(({ proposal }) => proposal))
  assert.equal((await juno.auditHead()).size, 0)
})

test('reliability holds what was decided against the confidence', async () => {
  const juno = app()
  const read = await records()
  assert.equal((await juno.reliability(read)).uncalibrated, null)
  const { pending, proposals } = await juno.review(read)
  const confidence = new Map(proposals.map(({ id, confidence }) => [id, confidence]))
  const asked = pending.filter(({ proposal }) => confidence.get(proposal).calibration.state === 'uncalibrated')
  for (const [n, waiting] of asked.entries()) await juno.vote(waiting, waiting.role, n % 3 ? 'deny' : 'approve', 'so be it')
  const { uncalibrated: seen } = await juno.reliability(read)
  assert.deepEqual([seen.n, seen.right], [asked.length, Math.ceil(asked.length / 3)])
  assert.ok(seen.ece > seen.ece_band.band.upper)
  assert.equal(seen.curve.length, seen.by_chance.length)
  assert.equal((await juno.reliability(read, new Date(0))).uncalibrated, null)
})

test('a standing clock moves forwards only', async () => {
  const read = await records()
  const juno = app({ now: new Date(+read.newest + 24 * hour) })
  const back = { code: 'JUNO_INVALID_INPUT', message: /a clock cannot go back from `2026-.*` to `2026-/ }
  await assert.rejects(juno.review(read), back)
  juno.setNow(new Date(+read.newest + 48 * hour))
  assert.equal(+juno.now(), +read.newest + 48 * hour)
  assert.throws(() => new Juno({}, { database: ':memory:' }).setNow(now), { message: /the time is the machine's/ })
})

test('a vote runs once, and deadlines fire when ticked', async () => {
  const juno = app({ now })
  const { request, decision } = await juno.submit(proposal())
  assert.equal(decision.verdict, 'approval_required')
  assert.ok((await juno.submit(proposal())).already_known)
  await assert.rejects(juno.execute(request.id), { code: 'JUNO_APPROVAL_REQUIRED' })
  assert.deepEqual((await juno.pending())[0].people, ['team_lead'])
  juno.setNow(new Date(+now + 24 * hour))
  const [fired] = await juno.tick()
  assert.deepEqual(fired.result, { result: 'escalated', to: 'project_manager', deadline: '2026-03-04T09:00:00Z' })
  await assert.rejects(juno.vote(request, 'juno', 'approve', 'I agree with myself'), { code: 'JUNO_DENIED' })
  assert.equal((await juno.vote(request, 'project_manager', 'approve', 'harmless')).verdict, 'approved')
  assert.equal((await juno.execute(request.id)).result, 'dry_run')
  await assert.rejects(juno.execute(request.id))
})

test('a request can be withdrawn, and a missing one is not found', async () => {
  const juno = app({ now })
  const { request } = await juno.submit(proposal())
  await assert.rejects(juno.withdraw(request.id, 'team_lead', 'not mine'), { code: 'JUNO_DENIED' })
  await assert.rejects(juno.cancel(request.id, 'juno', 'withdraw it'), { code: 'JUNO_DENIED' })
  assert.equal((await juno.withdraw(request.id, 'juno', 'no longer needed')).verdict, 'cancelled')
  await assert.rejects(juno.vote({ request: 'req-none', digest: '0'.repeat(64) }, 'team_lead', 'deny', '?'), { code: 'JUNO_NOT_FOUND' })
  assert.throws(() => juno.vote(request, 'team_lead', 'maybe', '?'), { code: 'JUNO_INVALID_INPUT' })
})

test('an appeal goes to a higher role, and the refusal stays', async () => {
  const juno = app({ now })
  const { request } = await juno.submit(proposal())
  await juno.escalate(request.id, 'team_lead', 'not mine to say')
  assert.equal((await juno.pending())[0].role, 'project_manager')
  assert.equal((await juno.vote(request, 'project_manager', 'deny', 'not now')).verdict, 'denied')
  const appeal = (await juno.appeal(request.id, 'juno', 'the facts are new')).request
  assert.equal(appeal.cites, request.id)
  assert.equal(appeal.state.role, 'engineering_manager')
  await assert.rejects(juno.vote(appeal, 'project_manager', 'deny', 'still no'), { code: 'JUNO_DENIED' })
  assert.equal((await juno.vote(appeal, 'director', 'approve', 'granted')).verdict, 'approved')
  assert.equal((await juno.execute(appeal.id)).request, appeal.id)
  await assert.rejects(juno.execute(request.id), { code: 'JUNO_DENIED' })
})

test('memory keeps to its place', async () => {
  const juno = app({ now })
  const more = { team: 'payments', tags: ['freeze'], expiresAt: new Date(+now + 24 * hour) }
  const memory = await juno.remember('the API freeze is on Friday', more)
  assert.equal((await juno.remember('the API freeze is on Friday', more)).id, memory.id)
  assert.equal(memory.expires_at, '2026-03-03T09:00:00Z')
  const [found] = await juno.recall('when is the freeze?', 5, { team: 'payments', anyTags: ['freeze'] })
  assert.equal(found.memory.text, 'the API freeze is on Friday')
  const again = await juno.remember('API freezes are on Fridays', { team: 'payments' })
  assert.deepEqual([again.written.decision, again.written.into, again.id], ['merge', memory.id, memory.id])
  const secret = 'the key is ghp_16C7e42F292c6912E7710c838347Ae178B4a'
  assert.equal((await juno.consider(secret)).reason, 'secret')
  await assert.rejects(juno.remember(secret), { code: 'JUNO_INVALID_INPUT', message: /forge_token/ })
  assert.deepEqual(await juno.quarantine('doubtful', { memory: memory.id }), [memory.id])
  assert.deepEqual(await juno.recall('freeze', 5, { team: 'payments' }), [])
  assert.equal((await juno.getMemory(memory.id, { team: 'payments' })).quarantined.reason, 'doubtful')
  assert.deepEqual((await juno.memoryHealth()).findings.quarantined.evidence, [memory.id])
  assert.deepEqual(await juno.liftQuarantine({ memory: memory.id }), [memory.id])
  assert.deepEqual(await juno.recall('freeze'), [])
  assert.equal((await juno.recall('freeze', 10, { team: 'payments', agent: 'bot', upwards: true })).length, 1)
  assert.equal(await juno.forget(memory.id), false)
  assert.equal(await juno.forget(memory.id, { team: 'payments' }), true)
  assert.throws(() => juno.recall('freeze', 10, { teams: 'payments' }), { code: 'JUNO_INVALID_INPUT', message: /teams/ })
  assert.throws(() => juno.recall('freeze', 2.5), { code: 'JUNO_INVALID_INPUT' })
})

test('the log proves itself outside JUNO', async () => {
  const [juno, path] = [app({ now }), join(folder(), 'audit.jsonl')]
  await juno.submit(proposal())
  const head = await juno.auditExport(path)
  assert.deepEqual(head, await juno.auditHead())
  assert.ok((await verifyAudit(path)).verified && (await juno.auditVerify()).verified)
  assert.equal(merkleRoot((await juno.auditRecords()).map(({ event }) => event)), head.root)
  assert.deepEqual((await juno.auditRecords(1, 1)).map(({ index }) => index), [1])
  writeFileSync(path, readFileSync(path, 'utf8').replace('payments', 'Payments'))
  assert.deepEqual((await verifyAudit(path)).first_bad, { index: 0, reason: 'content_changed' })
})

test('the log is searched and written for other programs', async () => {
  const [juno, path] = [app({ now }), join(folder(), 'votes.csv')]
  const { request } = await juno.submit(proposal())
  await juno.vote(request, 'team_lead', 'approve', '=1+1')
  const votes = await juno.auditSearch({ kind: 'vote_cast', since: now, until: new Date(+now + 1000) })
  assert.deepEqual(votes.records.map(({ event }) => event.actor), ['team_lead'])
  assert.deepEqual(await juno.auditSearch({ until: now }), { records: [], next: null })
  const about = await juno.auditSearch({ ticket: proposal().action.issue })
  assert.ok(about.records.some(({ index }) => index === votes.records[0].index))
  const page = await juno.auditSearch({ limit: 2 })
  assert.equal((await juno.auditSearch({ after: page.next })).records[0].index, 2)
  assert.throws(() => juno.auditSearch({ tickets: 'PAY-7' }), { code: 'JUNO_INVALID_INPUT', message: /tickets/ })
  assert.equal(await juno.auditExportRecords(path, 'csv', { kind: 'vote_cast' }), 1)
  assert.match(readFileSync(path, 'utf8'), /^index,id,kind,at,actor/)
  await juno.auditExportRecords(path, 'cloud_events')
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).length, (await juno.auditHead()).size)
  assert.throws(() => juno.auditExportRecords(path, 'xlsx'), { code: 'JUNO_INVALID_INPUT' })
})

test('checkpoints and proofs convince who has no database', async () => {
  const [juno, path] = [app({ now }), join(folder(), 'bundle.jsonl')]
  const { request } = await juno.submit(proposal())
  const signer = new AuditSigner('juno.example/audit', Uint8Array.from({ length: 32 }, (_, n) => n))
  const first = await juno.auditCheckpoint(signer)
  await juno.vote(request, 'team_lead', 'approve', 'agreed')
  const second = await juno.auditExportBundle(path, signer, [first])
  const [older, newer] = [readCheckpoint(first, signer.key), readCheckpoint(second, signer.key)]
  assert.ok((await verifyAudit(path, signer.key, first)).verified)
  const other = new AuditSigner('juno.example/audit', new Uint8Array(32))
  assert.deepEqual((await verifyAudit(path, other.key)).first_bad, { index: null, reason: 'other_key' })
  const proof = await juno.auditInclusionProof(0, newer.size)
  assert.equal(verifyInclusion(proof, await juno.auditLeaf(0), newer), true)
  assert.equal(verifyInclusion(proof, await juno.auditLeaf(1), newer), false)
  assert.ok(verifyConsistency(await juno.auditConsistencyProof(older.size, newer.size), older, newer))
  assert.throws(() => readCheckpoint(first, other.key), { code: 'JUNO_CORRUPT' })
  assert.throws(() => new AuditSigner('juno.example/audit', new Uint8Array(5)), { code: 'JUNO_INVALID_INPUT' })
  await assert.rejects(juno.auditLeaf(10_000), { code: 'JUNO_NOT_FOUND' })
})

test('reasons are erased with a receipt, unless they are held', async () => {
  const home = folder()
  const onDisk = () => Buffer.concat(readdirSync(home).map((file) => readFileSync(join(home, file))))
  const juno = new Juno({ 'audit.personal': 'reasons' }, { database: join(home, 'juno.db'), now })
  const { request } = await juno.submit(proposal())
  await juno.vote(request, 'team_lead', 'approve', 'Bo is on leave')
  assert.ok(onDisk().includes('Bo is on leave'))
  await juno.auditPlaceHold('case-1', 'director', 'suit 4711', 'team_lead')
  assert.deepEqual((await juno.auditHolds()).map(({ name }) => name), ['case-1'])
  const refused = { code: 'JUNO_DENIED', message: /suit 4711/ }
  await assert.rejects(juno.auditErase('team_lead', 'director', 'asked for'), refused)
  await juno.auditLiftHold('case-1', 'director', 'settled')
  const erasure = await juno.auditErase('team_lead', 'director', 'asked for')
  assert.ok(erasure.receipt !== null && erasure.clean)
  const found = await juno.auditVerify()
  assert.ok(found.verified && found.erased > 0)
  assert.ok(!JSON.stringify(await juno.auditRecords()).includes('Bo is on leave'))
  assert.equal(erasure.texts, 2)
  assert.equal((await juno.request(request.id)).votes[0].reason, '[erased]')
  assert.ok(!onDisk().includes('Bo is on leave'))
  await assert.rejects(juno.auditExpire(5, 'director'), { code: 'JUNO_INVALID_INPUT' })
  assert.equal((await juno.auditExpire(6, 'director')).receipt, null)
})

test('state lives in a file, and two share it', async () => {
  const database = join(folder(), 'juno.db')
  const [one, other] = [new Juno({}, { database, now }), new Juno({}, { database, now })]
  await one.submit(proposal())
  assert.ok((await other.submit(proposal())).already_known)
})

test('settings are checked and name what is wrong', () => {
  const invalid = (message) => ({ code: 'JUNO_INVALID_INPUT', message })
  assert.throws(() => new Juno({ 'governance.supervisor_mood': false }), invalid(/did you mean `governance.supervisor_mode`/))
  assert.throws(() => new Juno({ phase: 5 }), invalid(/`phase` from program must be a whole number from 1 to 4/))
  assert.throws(() => new Juno({}, { database: 'postgresql://localhost/juno' }), { code: 'JUNO_UNSUPPORTED' })
  assert.throws(() => app({ now: new Date(NaN) }), invalid(/invalid `Date`/))
  assert.throws(() => proposalId(proposal().action, NaN), invalid(/`situation` cannot be read/))
})

test('a missing export is not found, and progress is told', async () => {
  await assert.rejects(app().load('nowhere'), { code: 'JUNO_NOT_FOUND' })
  const steps = []
  await app().load([sample], (what, done, total) => steps.push([what, done, total]))
  await new Promise(setImmediate)
  assert.ok(steps.length && steps.every(([what, done]) => typeof what === 'string' && done >= 0))
})

test('many calls at once share one Juno', async () => {
  const juno = app({ now })
  const all = await Promise.all(Array.from({ length: 64 }, (_, n) => juno.submit(proposal({ id: `p-${n % 4}` }))))
  assert.equal(all.filter(({ already_known }) => !already_known).length, 4)
  assert.ok((await juno.auditVerify()).verified)
})
