import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  Consumed,
  LogAndContinueExceptionHandler,
  LogAndContinueProcessingExceptionHandler,
  Materialized,
  Produced,
  Record,
  Serdes,
  StreamsBuilder,
  TestRecord,
  TimeWindows,
  TopologyTestDriver,
  correctedTimestampExtractor,
} from '../index.ts'
import type { StreamsConfig } from '../index.ts'

const strings = () => Consumed.with(Serdes.string(), Serdes.string())
const asProduced = () => Produced.with(Serdes.string(), Serdes.string())

function driverOf(define: (builder: StreamsBuilder) => void, config: StreamsConfig = {}): TopologyTestDriver {
  const builder = new StreamsBuilder()
  define(builder)
  return new TopologyTestDriver(builder.build(config), config, 0)
}

describe('dropped records', () => {
  const countPerMinute = (builder: StreamsBuilder): void => {
    builder
      .stream('in', strings())
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeWithNoGrace(60_000))
      .count()
      .toStream(({ key, start }) => `${key}@${start}`)
      .to('out', Produced.with(Serdes.string(), Serdes.int64()))
  }

  test('are counted by reason and in all', () => {
    using driver = driverOf(countPerMinute)
    const input = driver.createInputTopic<string | null, string>(
      'in',
      Serdes.string() as never,
      Serdes.string(),
    )
    input.pipeInput('a', 'x', 100_000)
    input.pipeInput('a', 'late', 1_000)
    input.pipeInput(null, 'no key', 100_000)
    assert.equal(driver.droppedRecords('late'), 1)
    assert.equal(driver.droppedRecords('null-key'), 1)
    assert.equal(driver.droppedRecords(), 2)
  })

  test('go to the topic for dropped records when there is one', () => {
    using driver = driverOf(countPerMinute, { 'dropped.records.topic.name': 'dropped' })
    const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
    input.pipeInput('a', 'x', 100_000)
    input.pipeInput('a', 'late', 1_000)
    const dropped = driver.createOutputTopic('dropped', Serdes.string(), Serdes.string())
    assert.deepEqual(
      dropped.readKeyValuesToList().map(({ key, value }) => [key, value]),
      [['a', 'late']],
    )
  })
})

describe('errors', () => {
  test('of a processor stop the driver by default', () => {
    using driver = driverOf((builder) => {
      builder
        .stream('in', strings())
        .mapValues((): string => {
          throw new RangeError('broken')
        })
        .to('out', asProduced())
    })
    const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
    assert.throws(() => input.pipeInput('a', 'x'), { name: 'StreamsException' })
  })

  test('of a processor send the source record to the dead letter queue and go on', () => {
    using driver = driverOf(
      (builder) => {
        builder
          .stream('in', strings())
          .mapValues((value) => {
            if (value === 'bad') throw new RangeError('broken')
            return value
          })
          .to('out', asProduced())
      },
      {
        'processing.exception.handler': new LogAndContinueProcessingExceptionHandler(),
        'errors.dead.letter.queue.topic.name': 'dlq',
      },
    )
    const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
    const output = driver.createOutputTopic('out', Serdes.string(), Serdes.string())
    const dead = driver.createOutputTopic('dlq', Serdes.string(), Serdes.string())
    for (const value of ['good', 'bad', 'good again']) input.pipeInput('a', value)
    assert.deepEqual(output.readValuesToList(), ['good', 'good again'])
    assert.deepEqual(dead.readValuesToList(), ['bad'])
  })

  test('of reading are skipped and counted if the handler says so', () => {
    using driver = driverOf(
      (builder) => {
        builder.stream('in', Consumed.with(Serdes.string(), Serdes.int64())).to('out')
      },
      { 'deserialization.exception.handler': new LogAndContinueExceptionHandler() },
    )
    driver.createInputTopic('in', Serdes.string(), Serdes.string()).pipeInput('a', 'not eight bytes')
    assert.equal(driver.droppedRecords('deserialization-error'), 1)
  })
})

describe('names and times', () => {
  test('generated names of stores and topics are refused where explicit ones are demanded', () => {
    const config = { 'ensure.explicit.internal.resource.naming': true }
    const define = (builder: StreamsBuilder): void => {
      builder
        .stream('in', strings())
        .groupBy((_key, value) => value)
        .count()
    }
    assert.throws(() => driverOf(define, config), { name: 'TopologyException' })
  })

  test('a table reuses its source topic as changelog when optimized', () => {
    for (const [optimization, count] of [
      ['none', 1],
      ['all', 0],
    ] as const) {
      const config = { 'application.id': 'app', 'topology.optimization': optimization }
      const builder = new StreamsBuilder()
      builder.table('in', strings(), Materialized.as<string, string>('rows'))
      assert.equal(builder.build(config).internalTopics(config).length, count, optimization)
    }
  })

  test('the clock of a device is corrected by what it showed when its data was received', () => {
    using driver = driverOf((builder) => {
      const extractor = correctedTimestampExtractor<string, string>((record) => ({
        event: Number(record.value),
        sent: 500,
        received: record.timestamp,
      }))
      builder.stream('in', Consumed.with(Serdes.string(), Serdes.string(), extractor)).to('out')
    })
    const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
    const output = driver.createOutputTopic('out', Serdes.string(), Serdes.string())
    input.pipeInput('a', '400', 10_500)
    input.pipeInput('a', '0', 100)
    assert.deepEqual(
      output.readRecordsToList().map(({ timestamp }) => timestamp),
      [10_400, 0],
    )
  })
})

test('an input topic advances its clock, and records may carry headers', () => {
  using driver = driverOf((builder) => {
    builder.stream('in', strings()).to('out')
  })
  const input = driver.createInputTopic('in', Serdes.string(), Serdes.string(), 1000, 10)
  const output = driver.createOutputTopic('out', Serdes.string(), Serdes.string())
  input.pipeInput('a', 'x')
  input.pipeInput('a', 'y')
  input.pipeInput(new TestRecord('a', 'z', new Record('a', 'z', 5).headers, 5))
  assert.deepEqual(
    output.readRecordsToList().map(({ timestamp }) => timestamp),
    [1000, 1010, 5],
  )
  assert.throws(() => output.readValue(), { name: 'NoSuchElementException' })
})
