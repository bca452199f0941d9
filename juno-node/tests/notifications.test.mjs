// People are told by a signed webhook, on a real socket.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import test from 'node:test'

import { app, now, proposal } from './setup.mjs'

const key = Buffer.alloc(32, 'k')
const secret = `whsec_${key.toString('base64')}`
const nothing = { delivered: 0, postponed: 0, given_up: 0, dropped: 0 }

/** Answers with the given statuses, then with 204, and keeps what came in. */
const hook = async (t, ...statuses) => {
  const seen = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => (body += part))
    request.on('end', () => {
      seen.push({ headers: request.headers, body })
      response.writeHead(statuses.shift() ?? 204).end()
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  t.after(() => server.close())
  const url = `http://127.0.0.1:${server.address().port}/hook`
  return { seen, settings: { 'notifications.webhook.url': url, 'notifications.webhook.secret': secret } }
}

test('a request is told, signed under its key', async (t) => {
  const { seen, settings } = await hook(t, 500)
  const juno = app({ now }, settings)
  const { request } = await juno.submit(proposal())
  assert.deepEqual(await juno.deliverNotifications(), { ...nothing, postponed: 1 })
  const waiting = await juno.notifications({ state: 'waiting', request: request.id })
  assert.deepEqual(waiting.map((it) => it.notification.kind), ['approval_requested', 'overdue_soon'])
  assert.match(waiting[0].last_error, /500/)
  juno.setNow(new Date(now.getTime() + 60_000))
  assert.deepEqual(await juno.deliverNotifications(), { ...nothing, delivered: 1 })
  const [first, { headers, body }] = seen
  const id = waiting[0].notification.key
  assert.deepEqual([first.headers['webhook-id'], headers['webhook-id']], [id, id])
  const mac = createHmac('sha256', key).update(`${id}.${headers['webhook-timestamp']}.${body}`).digest('base64')
  assert.equal(headers['webhook-signature'], `v1,${mac}`)
  assert.deepEqual(JSON.parse(body).data.recipients, ['team_lead'])
  assert.ok(!body.includes('stale') && !body.includes(proposal().rationale))
  assert.deepEqual(await juno.deliverNotifications(), nothing)
})

test('what is given up is shown, logged and retried', async (t) => {
  const { settings } = await hook(t, 410)
  const juno = app({ now }, { ...settings, 'notifications.remind_hours': 0 })
  await juno.submit(proposal())
  assert.equal((await juno.deliverNotifications()).given_up, 1)
  const [dead] = await juno.notifications({ state: 'dead' })
  assert.match(dead.last_error, /410/)
  const { records } = await juno.auditSearch({ kind: 'notification_given_up' })
  assert.deepEqual(records.map((record) => record.event.payload.why), ['undeliverable'])
  assert.equal((await juno.retryNotification(dead.notification.key)).state, 'waiting')
  assert.equal((await juno.deliverNotifications()).delivered, 1)
  assert.deepEqual(await juno.notifications(), [])
  await assert.rejects(juno.retryNotification('ntf-x'), { code: 'JUNO_NOT_FOUND' })
})

test('a channel that cannot be is refused without its secrets', () => {
  for (const settings of [
    { 'notifications.webhook.url': 'http://example.com/hunter2', 'notifications.webhook.secret': secret },
    { 'notifications.webhook.url': 'https://example.com/hunter2' },
    { 'notifications.smtp.host': 'mail.example.com', 'notifications.smtp.from': 'no address' },
  ]) {
    const refused = (error) => error.code === 'JUNO_INVALID_INPUT' && !error.message.includes('hunter2')
    assert.throws(() => app({}, settings), refused)
  }
})
