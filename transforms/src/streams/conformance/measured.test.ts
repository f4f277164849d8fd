import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  BufferConfig,
  Consumed,
  JoinWindows,
  Produced,
  Serdes,
  StreamsBuilder,
  Suppressed,
  TestRecord,
  TopologyTestDriver,
} from '../index.ts'

const strings = () => Consumed.with(Serdes.string(), Serdes.string())
const asStrings = () => Produced.with(Serdes.string(), Serdes.string())
const both = (left: string | null, right: string | null): string => `${left ?? '-'}+${right ?? '-'}`
const hex = (bytes: Uint8Array | null): string =>
  bytes === null ? 'null' : Buffer.from(bytes).toString('hex')

describe('results of Kafka Streams 4.3.1 that no case shows', () => {
  test('while a suppressed row is sent, readers of the suppressed table still see what was before it', () => {
    const builder = new StreamsBuilder()
    const table = builder
      .table('in', strings())
      .suppress(Suppressed.untilTimeLimit(8, BufferConfig.maxBytes(173)))
    table
      .leftJoin(table, (left, right) => both(left, right))
      .toStream()
      .to('out', asStrings())
    using driver = new TopologyTestDriver(builder.build(), {}, 0)
    const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
    const output = driver.createOutputTopic('out', Serdes.string(), Serdes.string())
    const inputs = [
      ['d', 'D', 0],
      ['b', null, 31],
      ['b', null, 32],
      ['b', 'Ab', 20],
      ['b', 'D', 63],
      ['c', 'D', 65],
      ['d', 'C', 66],
      ['a', 'A', 67],
      ['d', 'Ab', 70],
      ['c', 'D', 75],
    ] as const
    for (const [key, value, timestamp] of inputs) {
      input.pipeInput(new TestRecord(key, value, timestamp === 32 ? { h: 'h7' } : null, timestamp))
    }
    const found = output
      .readRecordsToList()
      .map(({ key, value, timestamp }) => `${key} ${value} ${timestamp}`)
    assert.deepEqual(found, ['d D+- 0', 'b D+- 63', 'c D+- 75', 'd Ab+D 70', 'd D+Ab 70', 'a A+- 67'])
  })

  test('a record without value takes a number of the join store and a line of its changelog', () => {
    const builder = new StreamsBuilder()
    const windows = JoinWindows.ofTimeDifferenceWithNoGrace(10)
    builder.stream('l', strings()).join(builder.stream('r', strings()), both, windows).to('out', asStrings())
    using driver = new TopologyTestDriver(builder.build(), { 'application.id': 'app' }, 0)
    const left = driver.createInputTopic('l', Serdes.string(), Serdes.string())
    left.pipeInput('b', 'D', 1)
    left.pipeInput('b', null, 0)
    left.pipeInput('b', 'B', 3)
    const changelog = driver.createOutputTopic(
      'app-KSTREAM-JOINTHIS-0000000004-store-changelog',
      Serdes.bytes(),
      Serdes.bytes(),
    )
    assert.deepEqual(
      changelog.readRecordsToList().map(({ key, value }) => `${hex(key)} ${hex(value)}`),
      ['62000000000000000100000001 44', '62000000000000000000000002 null', '62000000000000000300000003 42'],
    )
  })
})
