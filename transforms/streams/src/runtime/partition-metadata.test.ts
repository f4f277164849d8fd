import assert from 'node:assert/strict'
import { test } from 'node:test'

import { decodePartitionMetadata, encodePartitionMetadata } from './partition-metadata.ts'

/** What Kafka Streams 4.3.1 encodes. */
const JAVA: readonly [string, number, readonly (readonly [string, number])[]][] = [
  ['AgAAAR9x+wTL', 1_234_567_890_123, []],
  ['Av//////////', -1, []],
  [
    'AgAAAAAAAAAFAAAAAQAAAChLU1RSRUFNLUFHR1JFR0FURS1TVEFURS1TVE9SRS0wMDAwMDAwMDAxAAAAAAAA6mA=',
    5,
    [['KSTREAM-AGGREGATE-STATE-STORE-0000000001', 60_000]],
  ],
  [
    'AgAAAAAAAAAFAAAAAgAAAAFhAAAAAAAAAAEAAAACw7z//////////w==',
    5,
    [
      ['a', 1],
      ['ü', -1],
    ],
  ],
]

test('metadata of a commit is what Kafka Streams writes and reads', () => {
  for (const [text, partitionTime, entries] of JAVA) {
    const metadata = { partitionTime, processorTimes: new Map(entries) }
    assert.equal(encodePartitionMetadata(metadata), text)
    assert.deepEqual(decodePartitionMetadata(text), metadata)
  }
  assert.equal(decodePartitionMetadata('AQAAAAAAAAAF').partitionTime, 5)
})

test('metadata of others says nothing', () => {
  const whole = JAVA[3]?.[0] ?? ''
  for (const text of ['', 'nonsense', 'CQAAAAAAAAAF', '한', Buffer.alloc(13, 0xff).toString('base64')]) {
    assert.deepEqual(decodePartitionMetadata(text), { partitionTime: -1, processorTimes: new Map() }, text)
  }
  const cut = Buffer.from(whole, 'base64').subarray(0, -1).toString('base64')
  assert.deepEqual([...decodePartitionMetadata(cut).processorTimes], [['a', 1]])
})
