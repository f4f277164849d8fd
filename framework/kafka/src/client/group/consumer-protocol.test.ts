import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  decodeAssignment,
  decodeStickyUserData,
  decodeSubscription,
  encodeAssignment,
  encodeStickyUserData,
  encodeSubscription,
} from './consumer-protocol.ts'

const PARTITIONS = [
  { topic: 'b', partition: 1 },
  { topic: 'a', partition: 2 },
  { topic: 'a', partition: 0 },
]
const SORTED = [
  { topic: 'a', partition: 0 },
  { topic: 'a', partition: 2 },
  { topic: 'b', partition: 1 },
]

describe('consumer protocol', () => {
  test('writes a subscription as Kafka’s schema has it in version 3', () => {
    const bytes = encodeSubscription({
      topics: ['b', 'a'],
      userData: Buffer.from([9]),
      owned: [{ topic: 'a', partition: 5 }],
      generation: 7,
      rack: 'r',
    })
    const expected =
      '0003' +
      '00000002' +
      '000161' +
      '000162' +
      '00000001' +
      '09' + // topics, user data
      '00000001' +
      '000161' +
      '00000001' +
      '00000005' +
      '00000007' +
      '000172' // owned, generation, rack
    assert.equal(bytes.toString('hex'), expected)
    assert.deepEqual(decodeSubscription(bytes), {
      topics: ['a', 'b'],
      userData: Buffer.from([9]),
      owned: [{ topic: 'a', partition: 5 }],
      generation: 7,
      rack: 'r',
    })
  })

  test('reads the subscriptions of older members', () => {
    const version0 = Buffer.from('0000' + '00000001' + '000161' + 'ffffffff', 'hex')
    assert.deepEqual(decodeSubscription(version0), {
      topics: ['a'],
      userData: null,
      owned: [],
      generation: -1,
      rack: null,
    })
    const version1 = Buffer.from(
      '0001' + '00000000' + 'ffffffff' + '00000001' + '000161' + '00000001' + '00000003',
      'hex',
    )
    assert.deepEqual(decodeSubscription(version1).owned, [{ topic: 'a', partition: 3 }])
  })

  test('writes and reads assignments', () => {
    for (const userData of [null, Buffer.from([7, 8]), Buffer.alloc(0)]) {
      const decoded = decodeAssignment(encodeAssignment(PARTITIONS, userData))
      assert.deepEqual(decoded, { partitions: SORTED, userData })
    }
    assert.equal(
      encodeAssignment([{ topic: 'a', partition: 1 }], null).toString('hex'),
      '0003' + '00000001' + '000161' + '00000001' + '00000001' + 'ffffffff',
    )
    assert.deepEqual(decodeAssignment(Buffer.alloc(0)), { partitions: [], userData: null })
  })

  test('writes and reads what the eager sticky assignor remembers, with or without a generation', () => {
    const bytes = encodeStickyUserData(PARTITIONS, 4)
    assert.deepEqual(decodeStickyUserData(bytes), { owned: SORTED, generation: 4 })
    assert.deepEqual(decodeStickyUserData(bytes.subarray(0, -4)), { owned: SORTED, generation: -1 })
  })
})
