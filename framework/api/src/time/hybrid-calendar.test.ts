import assert from 'node:assert/strict'
import { test } from 'node:test'
import { civilFromDays } from './civil-date.ts'
import { hybridDate, hybridDay } from './hybrid-calendar.ts'

const CUTOVER = Date.UTC(1582, 9, 15) / 86_400_000

test('the day after 4 October 1582 is the 15th', () => {
  assert.deepEqual(hybridDate(CUTOVER), { year: 1582, month: 10, day: 15 })
  assert.deepEqual(hybridDate(CUTOVER - 1), { year: 1582, month: 10, day: 4 })
  assert.deepEqual(hybridDate(CUTOVER + 1000), civilFromDays(CUTOVER + 1000))
})

test('Julian leap days and years before Christ', () => {
  assert.deepEqual(hybridDate(Date.UTC(1000, 2, 6) / 86_400_000), { year: 1000, month: 2, day: 29 })
  // 1 January 4713 BC of the Julian calendar is day 0 of Julian day numbers; the epoch is 2,440,588.
  assert.deepEqual(hybridDate(-2_440_588), { year: -4712, month: 1, day: 1 })
})

test('each day is found again by its date, each date is the day after the one before', () => {
  let before = hybridDate(-1_500_001)
  for (let day = -1_500_000; day < 30_000; day += day > CUTOVER - 40 && day < CUTOVER + 40 ? 1 : 13) {
    const date = hybridDate(day)
    assert.equal(
      hybridDay(date.year, date.month, (first) => first + date.day - 1),
      day,
    )
    assert.ok(date.year > before.year || (date.year === before.year && date.month >= before.month))
    before = date
  }
})

test('months beyond a year run into others', () => {
  const first = (year: number, month: number): number => hybridDay(year, month, (day) => day)
  for (const year of [-4, 0, 4, 1581, 1583, 2024]) {
    assert.equal(first(year, 13), first(year + 1, 1))
    assert.equal(first(year, 0), first(year - 1, 12))
    assert.equal(first(year, -11), first(year - 1, 1))
  }
})
