import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Serdes, StreamsBuilder, Stores, type StoreBuilder, type StreamsConfig } from '../index.ts'

const general: StreamsConfig = {
  'topic.retention.ms': '-1',
  'topic.cleanup.policy': 'x',
  'topic.segment.bytes': 7,
  'topic.min.compaction.lag.ms': '9',
  'topic.message.timestamp.type': 'LogAppendTime',
}
const own = { 'retention.ms': '5', 'cleanup.policy': 'own', 'min.compaction.lag.ms': '6' }
const text = Serdes.string()
const stores: Readonly<Record<string, () => StoreBuilder>> = {
  windowed: () => Stores.windowStoreBuilder(Stores.persistentWindowStore('s', 1000, 100, false), text, text),
  plain: () => Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore('s'), text, text),
  versioned: () =>
    Stores.versionedKeyValueStoreBuilder(Stores.persistentVersionedKeyValueStore('s', 1000), text, text),
}

/** Of the topic of a store, or of a repartition topic. */
function configOf(store: StoreBuilder | null, config: StreamsConfig): Readonly<Record<string, string>> {
  const builder = new StreamsBuilder()
  const stream = builder.stream<string, string>('in')
  if (store === null) stream.repartition()
  else {
    builder.addStateStore(store)
    stream.process(() => ({ process: () => undefined }), 's')
  }
  const whole = {
    ...config,
    'application.id': 'app',
    'windowstore.changelog.additional.retention.ms': 10,
  }
  return builder.build().internalTopics(whole)[0]?.config ?? {}
}

// What Java's *TopicConfig.properties(defaults, 10) gives in Kafka Streams 4.3.1.
const all = { 'message.timestamp.type': 'LogAppendTime', 'segment.bytes': '7' }
const java: readonly (readonly [string, boolean, Readonly<Record<string, string>>])[] = [
  [
    'windowed',
    false,
    { ...all, 'cleanup.policy': 'x', 'min.compaction.lag.ms': '9', 'retention.ms': '1010' },
  ],
  ['plain', false, { ...all, 'cleanup.policy': 'x', 'min.compaction.lag.ms': '9', 'retention.ms': '-1' }],
  [
    'versioned',
    false,
    { ...all, 'cleanup.policy': 'x', 'min.compaction.lag.ms': '86401000', 'retention.ms': '-1' },
  ],
  ['windowed', true, { ...all, ...own }],
  ['plain', true, { ...all, ...own }],
  ['versioned', true, { ...all, ...own }],
]

for (const [kind, hasOwn, expected] of java) {
  test(`topic.* stands between the library's configs and the store's own: ${kind}${hasOwn ? ', with own' : ''}`, () => {
    const store = stores[kind]?.() as StoreBuilder
    assert.deepEqual(configOf(hasOwn ? store.withLoggingEnabled(own) : store, general), expected)
  })
}

test('topic.* stands over the configs of repartition topics', () => {
  assert.deepEqual(configOf(null, general), {
    ...all,
    'cleanup.policy': 'x',
    'min.compaction.lag.ms': '9',
    'retention.ms': '-1',
  })
})
