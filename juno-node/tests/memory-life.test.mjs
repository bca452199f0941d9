// How long memories are kept, whose they are, archives, sessions, what is made of them, and what comes from elsewhere.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { Juno, memoryColumns, verifyReceipt } from '../index.js'
import { app, now, proposal } from './setup.mjs'

const folder = () => mkdtempSync(join(tmpdir(), 'juno-'))
const later = (minutes) => new Date(now.getTime() + minutes * 60_000)
const day = 24 * 60

test('cleanup removes what is over and tells how far it has come', async () => {
  const juno = app({ now })
  await juno.remember("standups are at ten o'clock", { expiresAt: later(1) })
  await juno.remember('the API freeze is on Friday')
  juno.setNow(later(60))
  const steps = []
  const report = await juno.cleanupMemory((what) => steps.push(what))
  assert.deepEqual(report, { expired: 1, retired: {}, held: 0, failed: [], unreadable: [] })
  juno.setNow(later(366 * day))
  assert.deepEqual((await juno.cleanupMemory()).retired, { semantic: 1 })
  assert.ok(steps.includes('removing what was kept long enough'))
})

test('only use counts as use', async () => {
  const juno = app({ now })
  const { id } = await juno.remember('the API freeze is on Friday', { team: 'payments' })
  assert.deepEqual(await juno.markUsed([id, 'm-0'], { team: 'payments' }), { counted: [id], unknown: ['m-0'] })
  assert.equal((await juno.getMemory(id, { team: 'payments' })).used.count, 1)
})

test('a subject is exported, held, and erased with a receipt', async () => {
  const juno = app({ now })
  const first = await juno.remember('Ada prefers reviews in the morning', { subject: 'ada', team: 'payments' })
  await juno.remember("Ada's reviews take a day", { subject: 'ada', derivedFrom: [first.id] })
  const path = join(folder(), 'ada.jsonl')
  const manifest = await juno.exportSubject('ada', path)
  assert.deepEqual(manifest.memories, { subject: 2 })
  assert.equal(JSON.parse(readFileSync(`${path}.manifest.json`, 'utf8')).digest, manifest.digest)

  const hold = await juno.holdSubject('ada', 'counsel', 'case 7')
  assert.deepEqual(await juno.heldSubjects(), [hold])
  await assert.rejects(juno.eraseSubject('ada', 'dpo', 'asked for'), { code: 'JUNO_DENIED' })
  assert.equal(await juno.releaseSubject('ada', 'counsel', 'closed'), true)
  const receipt = await juno.eraseSubject('ada', 'dpo', 'asked for', { alsoSaid: true, archives: [] })
  assert.equal(receipt.memories.length, 2)
  assert.ok(verifyReceipt(receipt) && verifyReceipt(await juno.erasureReceipt('ada'), await juno.auditHead()))
  assert.ok(!verifyReceipt({ ...receipt, memories: [] }))
  assert.equal(await juno.erasureReceipt('bob'), null)
  await assert.rejects(async () => juno.eraseSubject('ada', 'dpo', 'asked for', { alsosaid: true }), { code: 'JUNO_INVALID_INPUT' })
})

test('what is archived comes back as it was', async () => {
  const juno = app({ now })
  const { written, ...memory } = await juno.remember('the API freeze is on Friday', { tags: ['freeze'] })
  juno.setNow(later(100 * day))
  const archive = join(folder(), 'archive')
  assert.equal((await juno.archiveMemories(archive, later(day), { allTags: ['freeze'] })).archived, 1)
  assert.equal(await juno.getMemory(memory.id), null)
  assert.equal((await juno.restoreMemories(archive)).restored, 1)
  assert.equal((await juno.restoreMemories([archive])).known, 1)
  assert.deepEqual(await juno.getMemory(memory.id), memory)
  await assert.rejects(async () => juno.archiveMemories(archive, new Date(Number.NaN)), { code: 'JUNO_INVALID_INPUT' })
})

test('without an archive or keys nothing moves; with keys all is encrypted anew', async () => {
  const juno = app({ now })
  assert.equal((await juno.tierMemories()).archived, 0)
  assert.equal(await juno.bringBack('m-1'), null)
  await assert.rejects(juno.reencryptMemory(), { code: 'JUNO_UNSUPPORTED' })
  const at = folder()
  const sealed = new Juno({ 'memory.encryption.keys': join(at, 'keys') }, { database: join(at, 'juno.db') })
  await sealed.remember('the API freeze is on Friday')
  assert.equal((await sealed.reencryptMemory()).done, 1)
  assert.equal((await sealed.recall('freeze')).length, 1)
})

test('a session stores each turn once and goes on after a restart', async () => {
  const database = join(folder(), 'juno.db')
  const settings = { 'session.cache_size': 3 }
  const chat = new Juno(settings, { database, now }).session('chat-1', { agent: 'assistant', team: 'payments' })
  assert.deepEqual(chat.place, { team: 'payments', agent: 'assistant', session: 'chat-1' })
  const turns = [{ text: 'When is the freeze?', who: 'ada', id: 't-1' }, { text: 'On Friday.', id: 't-2' }]
  assert.deepEqual(await chat.append(turns), { stored: 2, known: 0, replaced: 0 })
  assert.equal((await chat.append(turns)).known, 2)

  const juno = new Juno(settings, { database, now: later(1) })
  const again = juno.session('chat-1', { agent: 'assistant', team: 'payments' })
  await again.append([{ text: 'And the release?' }, { text: 'On Monday.', at: later(1) }])
  const texts = (await again.turns()).map(({ text }) => text)
  assert.deepEqual(texts, ['On Friday.', 'And the release?', 'On Monday.'])
  assert.deepEqual(await again.end(true), { promoted: 3, forgotten: 3, held: 0 })
  assert.deepEqual(await again.turns(), [])
  assert.equal((await again.follow([{ text: 'hello' }, { text: 'hi' }])).stored, 2)
  assert.throws(() => juno.session('chat-1', {}), { code: 'JUNO_INVALID_INPUT' })
})

test('facts are made of episodes, which they cite', async () => {
  const juno = app({ now })
  const { id } = await juno.remember('the freeze moved to Thursday', { kind: 'episodic', team: 'payments' })
  const fact = { subject: 'API freeze', predicate: 'day', object: 'Thursday' }
  const facts = [{ fact, sources: [id], validFrom: later(-day) }, { fact, sources: ['m-0'] }]
  const done = await juno.consolidate(facts, { team: 'payments' })
  assert.deepEqual(done.recorded.map(({ change }) => change), ['new'])
  assert.deepEqual(done.refused.map(({ nth }) => nth), [1])
  const [again] = (await juno.consolidate([facts[0]], { team: 'payments' })).recorded
  assert.equal(again.change, 'known')
})

test('patterns count what people approve', async () => {
  const juno = app({ now })
  for (let number = 0; number < 6; number += 1) {
    const asked = proposal({ id: `p-${number}`, impact: 'critical', proposed_at: now })
    const { decision } = await juno.submit(asked)
    await juno.vote(await juno.request(decision.request), 'engineering_manager', 'approve', 'fine')
  }
  const learnt = await juno.learnPatterns('payments')
  assert.deepEqual(learnt, await juno.patterns('payments'))
  const { right, total, holds, interval } = learnt.find(({ kind }) => kind === 'preference')
  assert.deepEqual([right, total, holds], [6, 6, true])
  assert.ok(interval.lower > 0.5 && interval.upper === 1)
})

test('items are kept by namespace and key, and nothing leaks sideways', async () => {
  const juno = app({ now })
  const put = (namespace, value) => ({ op: 'put', namespace, key: 'prefs', value })
  assert.deepEqual(await juno.itemBatch([put(['users', 'ada'], { theme: 'dark' }), put(['users', 'bob'], { theme: 'light' })]), [null, null])
  const [item, none, found, spaces] = await juno.itemBatch([
    { op: 'get', namespace: ['users', 'ada'], key: 'prefs' },
    { op: 'get', namespace: ['users'], key: 'prefs' },
    { op: 'search', prefix: ['users'], query: 'light', filter: { theme: { $ne: 'dark' } } },
    { op: 'namespaces', conditions: [{ at: 'suffix', path: ['*', 'bob'] }], maxDepth: 2 },
  ])
  const { key, value, created_at } = item
  assert.deepEqual({ key, value, created_at }, { key: 'prefs', value: { theme: 'dark' }, created_at: '2026-03-02T09:00:00Z' })
  assert.equal(none, null)
  assert.deepEqual(found.map(({ namespace }) => namespace), [['users', 'bob']])
  assert.ok(found[0].score > 0)
  assert.deepEqual(spaces, [['users', 'bob']])
  assert.deepEqual(await juno.itemBatch([{ op: 'search', prefix: [] }], 'payments'), [[]])
  await juno.itemBatch([{ op: 'put', namespace: ['users', 'ada'], key: 'short', value: {}, ttlSeconds: 60 }, put(['users', 'bob'], null)])
  juno.setNow(later(2))
  const [left] = await juno.itemBatch([{ op: 'search', prefix: ['users'] }])
  assert.deepEqual(left.map(({ key, namespace }) => [namespace[1], key]), [['ada', 'prefs']])
  await assert.rejects(async () => juno.itemBatch([{ op: 'gte' }]), { code: 'JUNO_INVALID_INPUT' })
})

test('memories of mem0 and items of LangGraph come once', async () => {
  const juno = app({ now })
  const row = { id: '9c1d', memory: 'Works at TechCorp', user_id: 'bob', created_at: '2024-07-27T10:00:00+00:00', metadata: null }
  const path = join(folder(), 'mem0.json')
  writeFileSync(path, JSON.stringify({ results: [row, { id: 'bad', memory: '' }] }))
  const report = await juno.importMem0(path)
  assert.deepEqual([report.imported, report.refused[0].nth, report.refused[0].id], [1, 1, 'bad'])
  const head = await juno.auditHead()
  assert.equal((await juno.importMem0([row])).known, 1)
  assert.deepEqual(await juno.auditHead(), head)
  assert.equal((await juno.recall('TechCorp', 10, { agent: 'bob' }))[0].memory.subject, 'bob')

  const item = { namespace: ['users', 'ada'], key: 'prefs', value: { theme: 'dark' }, created_at: '2026-01-01T00:00:00+00:00', updated_at: '2026-01-02T00:00:00+00:00' }
  assert.equal((await juno.importLanggraph([item], 'growth')).imported, 1)
  assert.equal((await juno.importLanggraph({ items: [item] }, 'growth')).known, 1)
  const [back] = await juno.itemBatch([{ op: 'get', namespace: item.namespace, key: item.key }], 'growth')
  assert.deepEqual([back.value, back.updated_at], [item.value, '2026-01-02T00:00:00Z'])
})

test('all that is remembered comes in pages, and as columns', async () => {
  const juno = app({ now })
  for (let n = 0; n < 5; n += 1) await juno.remember(`fact number ${n}`, { id: `m-${n}`, data: { n } })
  const { memories, next } = await juno.scanMemories(null, 3)
  assert.deepEqual(memories.map(({ id }) => id), ['m-0', 'm-1', 'm-2'])
  const rest = await juno.scanMemories(next)
  assert.deepEqual([rest.memories.length, rest.next], [2, null])
  const hits = await juno.recall('number 3')
  const columns = memoryColumns(hits)
  assert.deepEqual([columns.id[0], columns.data[0], columns.score[0]], ['m-3', '{"n":3}', hits[0].score])
  assert.deepEqual(memoryColumns(memories).score, [null, null, null])
})
