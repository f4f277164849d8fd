import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { nextScheduledRotation } from './scheduled-rotation.ts'
import { timeZone } from './time-zone.ts'

const HOUR = 3_600_000

suite('nextScheduledRotation', () => {
  test('T38 seven hours from midnight: 07:00, 14:00, 21:00 and midnight, never 28:00', () => {
    const midnight = Date.UTC(2017, 2, 2)
    const hours = (now: number): number =>
      (nextScheduledRotation(now, 7 * HOUR, timeZone('UTC')) - midnight) / HOUR
    assert.equal(hours(midnight), 7)
    assert.equal(hours(midnight + 1000), 7)
    assert.equal(hours(midnight + 17 * HOUR - 1000), 21)
    assert.equal(hours(midnight + 24 * HOUR - 1000), 24)
    assert.equal(hours(midnight + 7 * HOUR), 14)
  })

  test('T38 counts from the midnight of the zone', () => {
    const zone = timeZone('America/Los_Angeles')
    const midnight = Date.UTC(2017, 2, 2, 8)
    assert.equal(nextScheduledRotation(midnight + 5, 7 * HOUR, zone), midnight + 7 * HOUR)
    assert.equal(nextScheduledRotation(midnight - 5, 7 * HOUR, zone), midnight)
  })

  test('knows days of 23 and 25 hours, and days that begin at 01:00', () => {
    const newYork = timeZone('America/New_York')
    const spring = Date.UTC(2024, 2, 10, 5)
    assert.equal(nextScheduledRotation(spring + 22 * HOUR, 24 * HOUR, newYork), spring + 23 * HOUR)
    const autumn = Date.UTC(2024, 10, 3, 4)
    assert.equal(nextScheduledRotation(autumn + 24 * HOUR, 24 * HOUR, newYork), autumn + 25 * HOUR)
    const santiago = timeZone('America/Santiago')
    const gap = Date.UTC(2024, 8, 8, 4)
    assert.equal(nextScheduledRotation(gap - 1, HOUR, santiago), gap)
    assert.equal(nextScheduledRotation(gap, 7 * HOUR, santiago), gap + 7 * HOUR)
  })
})
