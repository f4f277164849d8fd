import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { KeyValueStore, ProcessorContext, SessionStore } from '../index.ts'
import {
  BufferConfig,
  Consumed,
  JoinWindows,
  Materialized,
  Printed,
  Produced,
  Serdes,
  Stores,
  StreamsBuilder,
  Suppressed,
  TestRecord,
  Topology,
  TopologyTestDriver,
  Window,
  Windowed,
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

  test('an extractor that finds no topic for a record stops processing', () => {
    const builder = new StreamsBuilder()
    builder.stream('in', strings()).to(() => null as unknown as string, asStrings())
    using driver = new TopologyTestDriver(builder.build(), {}, 0)
    assert.throws(
      () => driver.createInputTopic('in', Serdes.string(), Serdes.string()).pipeInput('k', 'v', 0),
      (error: Error) => (error.cause as Error).message === 'Topic cannot be null.',
    )
  })

  test('processors read global stores and cannot write them', () => {
    const builder = new StreamsBuilder()
    builder.globalTable('rows', strings(), Materialized.as<string, string>('global'))
    let found: unknown
    builder.stream('in', strings()).process<string, string>(() => {
      let context: ProcessorContext<string, string>
      return {
        init: (given) => {
          context = given
        },
        process: ({ key, value }) => {
          const store = context.getStateStore<KeyValueStore<string, { value: string }>>('global')
          if (value === 'write') store.put(key, { value })
          found = store.get(key)?.value
        },
      }
    })
    using driver = new TopologyTestDriver(builder.build(), {}, 0)
    driver.createInputTopic('rows', Serdes.string(), Serdes.string()).pipeInput('k', 'row', 0)
    const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
    input.pipeInput('k', 'read', 0)
    assert.equal(found, 'row')
    assert.throws(
      () => input.pipeInput('k', 'write', 0),
      (error: Error) => (error.cause as Error).name === 'UnsupportedOperationException',
    )
  })

  test('two store builders of one name are two stores, although they are made alike', () => {
    const store = () =>
      Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore('kv'), Serdes.string(), Serdes.string())
    const topology = new Topology().addSource('source', 'in').addStateStore(store())
    assert.throws(() => topology.addStateStore(store()), {
      name: 'TopologyException',
      message: 'Invalid topology: A different StateStore has already been added with the name kv',
    })
  })

  test('a stream prints to a new file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-streams-'))
    try {
      const file = join(folder, 'printed')
      const builder = new StreamsBuilder()
      builder.stream('in', strings()).print(Printed.toFile<string, string>(file).withLabel('in'))
      using driver = new TopologyTestDriver(builder.build(), {}, 0)
      const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
      input.pipeInput('a', 'x', 0)
      input.pipeInput('b', 'y', 0)
      assert.equal(readFileSync(file, 'utf8'), '[in]: a, x\n[in]: b, y\n')
      assert.throws(() => Printed.toFile(join(folder, 'no', 'folder')), { name: 'TopologyException' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('session stores find and fetch by ranges of keys, open at an end that is null', () => {
    const store = Stores.sessionStoreBuilder(
      Stores.persistentSessionStore('sessions', 1000),
      Serdes.string(),
      Serdes.string(),
    )
    const topology = new Topology()
      .addSource('source', 'in', { keySerde: Serdes.string(), valueSerde: Serdes.string() })
      .addProcessor('idle', () => ({ process: () => undefined }), 'source')
      .addStateStore(store, 'idle')
    using driver = new TopologyTestDriver(topology, {}, 0)
    const sessions = driver.getSessionStore<string, string>('sessions') as SessionStore<string, string>
    for (const [key, start, end] of [
      ['a', 0, 5],
      ['b', 10, 20],
      ['\u00e9', 3, 4],
      ['\u{1f600}', 12, 24],
    ] as const) {
      sessions.put(new Windowed(key, new Window(start, end)), key)
    }
    const shown = (rows: Iterable<{ readonly value: string }>): string =>
      [...rows].map((row) => row.value).join('')
    assert.equal(shown(sessions.fetch('b', '\u{1f600}')), 'b\u00e9\u{1f600}')
    assert.equal(shown(sessions.fetch(null, 'b')), 'ab')
    assert.equal(shown(sessions.backwardFetch('b', null)), '\u{1f600}\u00e9b')
    assert.equal(shown(sessions.findSessions(null, null, 5, 10)), 'ab')
    assert.equal(shown(sessions.backwardFindSessions('a', 'b', 5, 10)), 'ba')
  })
})
