import assert from 'node:assert/strict'
import test from 'node:test'

import { ObjectNaming } from './object-naming.ts'

const DEFAULTS = { topicsDir: 'topics', directoryDelimiter: '/', fileDelimiter: '+', offsetPadWidth: 10 }
const source = { topic: 'orders', partition: 3 }
const file = { topic: 'orders', encodedPartition: 'hour=10', firstOffset: 42n }

test('an object is named by topic, output partition and the first offset it holds', () => {
  assert.equal(
    new ObjectNaming(DEFAULTS).key(file, source, '.json'),
    'topics/orders/hour=10/orders+3+0000000042.json',
  )
})

test('delimiters, pad width and topics.dir are as configured; no padding at width 0', () => {
  const naming = new ObjectNaming({
    topicsDir: ' ',
    directoryDelimiter: '_',
    fileDelimiter: '#',
    offsetPadWidth: 0,
  })
  assert.equal(naming.key(file, source, '.json.gz'), 'orders_hour=10_orders#3#42.json.gz')
})

test('offsets longer than the pad width keep all their digits', () => {
  const key = new ObjectNaming(DEFAULTS).key({ ...file, firstOffset: 9_007_199_254_740_993n }, source, '')
  assert.ok(key.endsWith('+9007199254740993'))
})

test('topics renamed to one share a directory, never an object', () => {
  const naming = new ObjectNaming(DEFAULTS)
  const renamed = { ...file, topic: 'all' }
  assert.equal(naming.key(renamed, source, ''), 'topics/all/hour=10/orders+3+0000000042')
  assert.equal(naming.key(renamed, { ...source, topic: 'more' }, ''), 'topics/all/hour=10/more+3+0000000042')
})
