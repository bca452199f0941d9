import assert from 'node:assert/strict'
import test from 'node:test'

import { WorkingCalendar } from '../index.js'

const at = (text) => new Date(text)

test('working days skip rest and holidays', () => {
  const monday = at('2026-01-05T10:00:00Z')
  assert.equal(new WorkingCalendar().workingDays(monday, at('2026-01-19T10:00:00Z')), 10)
  const holiday = new WorkingCalendar({ holidays: ['2026-01-06'] })
  assert.equal(holiday.workingDays(monday, at('2026-01-12T10:00:00Z')), 4)
  assert.ok(new WorkingCalendar({ weekend: ['fri', 'sat'] }).isWorkingDay('2026-01-04'))
})

test('days begin at midnight of the offset', () => {
  const late = at('2026-01-01T16:00:00Z')
  assert.equal(new WorkingCalendar().dayOf(late), '2026-01-01')
  assert.equal(new WorkingCalendar({ utcOffsetMinutes: 540 }).dayOf(late), '2026-01-02')
})

test('an error of the core arrives as an Error with the code of its kind', () => {
  assert.throws(() => new WorkingCalendar({ utcOffsetMinutes: 1440 }), (error) => {
    assert.ok(error instanceof Error)
    assert.equal(error.code, 'JUNO_INVALID_INPUT')
    assert.match(error.message, /^`1440` is no UTC offset in minutes: /)
    return true
  })
  assert.throws(() => new WorkingCalendar({ weekend: ['someday'] }), { code: 'JUNO_INVALID_INPUT' })
  assert.throws(() => new WorkingCalendar().isWorkingDay('6 Jan'), { code: 'JUNO_INVALID_INPUT' })
})

test('an invalid Date is refused, not read as 1970', () => {
  assert.throws(() => new WorkingCalendar().dayOf(at('yesterday')), { code: 'JUNO_INVALID_INPUT' })
  assert.throws(() => new WorkingCalendar().dayOf('2026-01-01T00:00:00Z'))
})
