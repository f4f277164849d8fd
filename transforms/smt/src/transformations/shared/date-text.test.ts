import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timestampSchema } from '@spillway/api'
import { castValue } from './cast-value.ts'
import { dateText } from './date-text.ts'

test('writes a time within the first day, a date at midnight, and a timestamp otherwise', () => {
  assert.equal(dateText(new Date(1)), '00:00:00.001Z')
  assert.equal(dateText(new Date(Date.UTC(2017, 0, 3))), '2017-01-03')
  assert.equal(dateText(new Date(1483425001864)), '2017-01-03T06:30:01.864Z')
  assert.equal(dateText(new Date(Date.UTC(12345, 0, 1))), '12345-01-01')
})

test('keeps the date of instants before 1970, where Java writes their time of day only', () => {
  assert.equal(dateText(new Date(Date.UTC(1969, 11, 24))), '1969-12-24')
  assert.equal(dateText(new Date(-1)), '1969-12-31T23:59:59.999Z')
  assert.equal(castValue(new Date(-1), timestampSchema(), 'STRING'), '1969-12-31T23:59:59.999Z')
})
