import assert from 'node:assert/strict'
import test from 'node:test'
import { TemporalText } from './temporal-text.ts'
import { isTimeZone, javaTimeZone } from './time-zone.ts'
import { dateText, wallDate } from './wall-time.ts'

const texts = (zone: string, isLegacyCalendar = true, perMs = 1_000n): TemporalText =>
  new TemporalText({
    zone: javaTimeZone(zone),
    dateZone: javaTimeZone(zone),
    isLegacyCalendar,
    timestampUnitsPerMs: perMs,
    replaceNullWithDefault: true,
  })

test('a timestamp is wall time in the zone of the configuration', () => {
  const instant = new Date(1474661402123)
  assert.equal(texts('UTC').timestamp(instant), '2016-09-23 20:10:02.123')
  assert.equal(texts('America/Los_Angeles').timestamp(instant), '2016-09-23 13:10:02.123')
  assert.equal(texts('PST').timestamp(instant), '2016-09-23 13:10:02.123')
  assert.equal(texts('+05:30').timestamp(instant), '2016-09-24 01:40:02.123')
})

test('both sides of a change of clocks have their own offset', () => {
  const berlin = texts('Europe/Berlin')
  assert.equal(berlin.timestamp(new Date(Date.UTC(2024, 9, 27, 0, 59, 59))), '2024-10-27 02:59:59.000')
  assert.equal(berlin.timestamp(new Date(Date.UTC(2024, 9, 27, 1, 0, 0))), '2024-10-27 02:00:00.000')
})

test('an offset that changed at no quarter of an hour has both its sides', () => {
  // Berlin was 53 min 28 s ahead until 1 April 1893, 00:00 of its clocks.
  const change = Date.UTC(1893, 2, 31, 23, 6, 32)
  assert.equal(texts('Europe/Berlin').timestamp(new Date(change - 1000)), '1893-03-31 23:59:59.000')
  assert.equal(texts('Europe/Berlin').timestamp(new Date(change)), '1893-04-01 00:06:32.000')
})

test('a date behind UTC is the day before, as the sink it stands in for has it', () => {
  assert.equal(texts('America/New_York').date(new Date(0)), '1969-12-31')
  assert.equal(texts('UTC').date(new Date(0)), '1970-01-01')
})

test('36. microseconds and nanoseconds are exact, before 1970 too', () => {
  assert.equal(texts('UTC').epochUnits(1474661402123456n, false), '2016-09-23 20:10:02.123456')
  assert.equal(texts('UTC').epochUnits('-1', false), '1969-12-31 23:59:59.999999')
  assert.equal(texts('UTC', true, 1_000_000n).epochUnits(1n, true), '1970-01-01 00:00:00.000000001+00')
  assert.throws(() => texts('UTC').epochUnits('soon', false), /must hold an integer/)
})

test('days before 1582-10-15 are Julian in the legacy calendar only', () => {
  const day = Date.UTC(1582, 9, 15) / 86_400_000
  assert.equal(dateText(wallDate(day, true)), '1582-10-15')
  assert.equal(dateText(wallDate(day - 1, true)), '1582-10-04')
  assert.equal(dateText(wallDate(day - 1, false)), '1582-10-14')
  assert.equal(dateText(wallDate(Date.UTC(1000, 1, 28) / 86_400_000, true)), '1000-02-23')
  // The Julian 1000-02-29, which the Gregorian calendar lacks.
  assert.equal(dateText(wallDate(Date.UTC(1000, 2, 6) / 86_400_000, true)), '1000-02-29')
})

test('years before 1 end in BC', () => {
  assert.equal(texts('UTC', false).date(new Date(-62_198_755_200_000)), '0002-01-01 BC')
})

test('zones are names of the IANA database, short names of Java and offsets; nothing else', () => {
  for (const name of ['UTC', 'Z', 'Europe/Berlin', 'EST', 'CST', '+02:00', 'GMT+2', '-0330']) {
    assert.ok(isTimeZone(name), name)
  }
  for (const name of ['Mars/Base', '', 'UTC+', '+99:00']) assert.ok(!isTimeZone(name), name)
})
