// How governance goes, and whether it keeps the compliance rules, from JavaScript.
import assert from 'node:assert/strict'
import test from 'node:test'

import {
  complianceMarkdown,
  complianceRules,
  complianceText,
  oversightText,
  verifyInclusion,
} from '../index.js'
import { app, now, proposal, records } from './setup.mjs'

const later = new Date(now.getTime() + 24 * 3600 * 1000)

test('oversight counts what waits and how people decided', async () => {
  const juno = app({ now })
  for (const [n, choice] of ['approve', 'approve', 'deny'].entries()) {
    const { request } = await juno.submit(proposal({ id: `p-${n}` }))
    await juno.vote(request, 'team_lead', choice, 'so be it')
  }
  const { request } = await juno.submit(proposal({ id: 'p-up' }))
  await juno.escalate(request.id, 'team_lead', 'not mine')
  const seen = await juno.oversight()
  assert.equal(seen.waiting.total, 1)
  assert.deepEqual(seen.waiting.by_role.team_lead, { deciding: 0, visible: 1, overdue: 0 })
  assert.deepEqual(seen.waiting.by_role.project_manager, { deciding: 1, visible: 1, overdue: 0 })
  assert.deepEqual([seen.rates.approval.count, seen.rates.approval.of], [2, 3])
  assert.equal(seen.rates.reversal, null, 'a rate of nothing is absent')
  const lead = seen.people.find(({ who }) => who === 'team_lead')
  assert.deepEqual([lead.waiting, lead.approved, lead.refused], [0, 2, 1])
  assert.match(oversightText(seen), /1 requests wait/)
  const none = await juno.oversight({ since: later })
  assert.deepEqual([none.rates.approval, none.waiting.total], [null, 1])
  const { voting: [signs] } = await juno.oversight(null, { minVotes: 3 })
  assert.deepEqual(signs.signs.map(({ kind }) => kind), ['quick', 'bursts', 'same_reason'])
  assert.throws(() => juno.oversight(null, { minVote: 3 }), { message: /min_vote/ })
})

test('what breaks a rule is a finding, and its record is proved', async () => {
  const juno = app({ now })
  const { request } = await juno.submit(proposal())
  await juno.vote(request, 'team_lead', 'approve', 'fine')
  const kept = await juno.auditCompliance()
  assert.ok(kept.passed && kept.log.verified)
  assert.deepEqual(kept.results.map(({ check }) => check), ['timeouts', 'authority', 'duties', 'quorum', 'evidence'])
  assert.deepEqual(await juno.auditCompliance(null, complianceRules()), kept)

  const two = { name: 'own', rules: [{ id: 'two', check: 'quorum', at_least: 2 }] }
  const report = await juno.auditCompliance(null, two)
  const [finding] = report.results[0].findings
  assert.deepEqual([report.passed, finding.request, finding.found], [false, request.id, '1 approved it'])
  const [{ index, leaf }] = finding.evidence
  const proof = await juno.auditInclusionProof(index, report.log.size)
  assert.ok(verifyInclusion(proof, leaf, { size: report.log.size, root: report.log.root }))
  assert.match(complianceText(report), /expected +approvals of 2 people/)
  assert.match(complianceMarkdown(report), /^# Compliance by the rules own@/)
  assert.ok((await juno.auditCompliance({ since: later }, two)).passed)
  assert.throws(() => juno.auditCompliance(null, { name: 'own', rules: [{ id: 'two', check: 'quorom' }] }), {
    message: /did you mean `quorum`/,
  })
  assert.throws(() => juno.auditCompliance({ sinse: now }), { message: /sinse/ })
})

test('each review ends with the check unless it is switched off', async () => {
  const read = await records()
  const { compliance } = await app().review(read)
  assert.ok(compliance.checked > 0 && compliance.checked === compliance.passed)
  assert.deepEqual(compliance.findings, [])
  const off = app({}, { 'governance.compliance_monitoring': false })
  assert.equal((await off.review(read)).compliance, null)
})
