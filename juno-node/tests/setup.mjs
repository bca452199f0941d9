// What several tests need: the sample, read once, a `Juno` in memory that may act alone, and a proposal.
import { fileURLToPath } from 'node:url'

import { Juno } from '../index.js'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const sample = `${root}examples/data/sample`
export const now = new Date('2026-03-02T09:00:00Z')

export const app = (options = {}, settings = {}) =>
  new Juno({ 'governance.supervisor_mode': false, ...settings }, { database: ':memory:', now: new Date(0), ...options })

let loading
export const records = () => (loading ??= app().load(sample))

export const proposal = (more = {}) => ({
  id: 'p-1',
  action: { type: 'add_label', issue: 'PAY-7', label: 'stale' },
  impact: 'low',
  team: 'payments',
  proposer: 'juno',
  confidence: { value: 0.8, calibration: { state: 'uncalibrated' } },
  rationale: 'no activity for 40 days',
  evidence: [],
  proposed_at: new Date('2026-03-02T08:00:00Z'),
  ...more,
})
