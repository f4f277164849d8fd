import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  Serdes,
  StreamsBuilder,
  Topology,
  TopologyTestDriver,
  logAndSkipOnInvalidTimestamp,
} from '../index.ts'
import type { StreamsConfig } from '../index.ts'

const handler = { handleError: () => ({ result: 'FAIL', deadLetterQueueRecords: [] }) }
const counts = { good: [1, '1', ' 60000 '], bad: [1.5, Number.NaN, '1s', '', true, {}, '9007199254740993'] }
const texts = { good: ['name'], bad: ['', 5, {}, true, []] }

/** Values that a key can have, and values that it cannot. */
const keys: Readonly<
  Record<string, { readonly good: readonly unknown[]; readonly bad: readonly unknown[] }>
> = {
  'processing.guarantee': {
    good: ['at_least_once', 'exactly_once_v2'],
    bad: ['exactly_once', 'EXACTLY_ONCE_V2', 'none', '', 1, true],
  },
  'default.dsl.store': { good: ['rocksDB', 'in_memory', 'persistent'], bad: ['rocksdb', 'memory', 1] },
  'topology.optimization': {
    good: ['none', 'all', '', 'merge.repartition.topics, single.store.self.join'],
    bad: ['some', 'all,none', true, 5],
  },
  'ensure.explicit.internal.resource.naming': {
    good: [true, false, 'true', 'FALSE'],
    bad: ['yes', 1, 0, {}],
  },
  'max.task.idle.ms': { ...counts, good: [...counts.good, -1] },
  'windowstore.changelog.additional.retention.ms': { ...counts, bad: [...counts.bad, -1] },
  'commit.interval.ms': { ...counts, bad: [...counts.bad, -1] },
  'statestore.cache.max.bytes': { ...counts, bad: [...counts.bad, -1] },
  'state.memory.max.bytes': { good: [1_000_000, '1000000'], bad: [0, -1, 'much'] },
  'num.stream.threads': { ...counts, bad: [...counts.bad, 0] },
  'probing.rebalance.interval.ms': { good: [60_000], bad: [59_999, 'often'] },
  'application.id': texts,
  'state.dir': texts,
  'errors.dead.letter.queue.topic.name': texts,
  'dropped.records.topic.name': texts,
  'default.key.serde': {
    good: [Serdes.string()],
    bad: ['org.apache.kafka.common.serialization.Serdes$StringSerde', {}, Serdes.string().serializer, 5],
  },
  'default.value.serde': {
    good: [Serdes.json()],
    bad: [Serdes.string, { serializer: {}, deserializer: {} }],
  },
  'default.timestamp.extractor': { good: [logAndSkipOnInvalidTimestamp], bad: ['LogAndSkip', {}] },
  'deserialization.exception.handler': {
    good: ['LogAndFailExceptionHandler', handler],
    bad: [{}, 5, () => 1],
  },
  'processing.exception.handler': { good: [handler], bad: [{ handle: () => 1 }, true] },
  'production.exception.handler': { good: ['DefaultProductionExceptionHandler'], bad: [handler] },
}

/** Where a configuration is given. */
const places: Readonly<Record<string, (config: StreamsConfig) => void>> = {
  'StreamsBuilder.build': (config) => void new StreamsBuilder().build(config),
  'Topology.internalTopics': (config) => void new Topology().internalTopics(config),
  TopologyTestDriver: (config) => new TopologyTestDriver(new Topology(), config, 0).close(),
}

describe('a setting is checked where it is given, by key and value:', () => {
  for (const [place, give] of Object.entries(places)) {
    for (const [key, { good, bad }] of Object.entries(keys)) {
      test(`${place}: ${key}`, () => {
        for (const value of [...good, null, undefined]) give({ [key]: value })
        for (const value of bad) {
          assert.throws(() => give({ [key]: value }), {
            name: 'IllegalArgumentException',
            message: new RegExp(`${key.replaceAll('.', '\\.')}.*(?:must be|use) `),
          })
        }
      })
    }
  }

  test('keys of clients and of user code are free', () => {
    for (const give of Object.values(places))
      give({ 'bootstrap.servers': 5, 'my.own': {}, toString: 'x' } as never)
  })

  test('the message tells the value and what is allowed', () => {
    assert.throws(() => new StreamsBuilder().build({ 'processing.guarantee': 'exactly_once' }), {
      message:
        "Invalid value 'exactly_once' (string) for configuration processing.guarantee: it must be one of at_least_once, exactly_once_v2.",
    })
    assert.throws(() => new StreamsBuilder().build('all' as never), /configuration must be an object/)
  })
})
