import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Consumed,
  Grouped,
  Materialized,
  type Metric,
  Produced,
  Serdes,
  StreamsBuilder,
} from '../../transforms/streams/src/index.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { StateFolder, appConfig, startApp, textRecords } from './kafka-app.ts'

interface Group {
  readonly tags: readonly string[]
  readonly names: readonly string[]
  /** Of these, what is not here: docs/compatibility.md says so. */
  readonly notHere?: readonly string[]
}

const words = (text: string): readonly string[] => text.split(' ')

const latencyRateTotal = (...phases: readonly string[]): string[] =>
  phases.flatMap((phase) => [
    `${phase}-latency-avg`,
    `${phase}-latency-max`,
    `${phase}-rate`,
    `${phase}-total`,
  ])

/** What `KafkaStreams.metrics()` of Kafka Streams 4.3.1 names for such an application at recording level INFO. */
const OF_KAFKA_STREAMS: Readonly<Record<string, Group>> = {
  'stream-metrics': {
    tags: ['client-id'],
    names: [
      'alive-stream-threads',
      'application-id',
      'commit-id',
      'failed-stream-threads',
      'state',
      'topology-description',
      'version',
    ],
    notHere: ['commit-id', 'version'],
  },
  'stream-thread-metrics': {
    tags: ['thread-id'],
    names: [
      ...latencyRateTotal('commit', 'poll', 'process', 'punctuate'),
      ...words('commit-ratio poll-ratio process-ratio punctuate-ratio'),
      ...words('poll-records-avg poll-records-max process-records-avg process-records-max'),
      ...words('task-closed-rate task-closed-total task-created-rate task-created-total'),
      ...words('blocked-time-ns-total state thread-start-time'),
    ],
  },
  'stream-task-metrics': {
    tags: ['task-id', 'thread-id'],
    names: [
      ...latencyRateTotal('process', 'punctuate'),
      ...words('dropped-records-rate dropped-records-total active-buffer-count active-process-ratio'),
      ...words('enforced-processing-rate enforced-processing-total record-lateness-avg record-lateness-max'),
      ...words('restore-rate restore-remaining-records-total restore-total cache-size-bytes-total'),
    ],
    notHere: [
      'enforced-processing-rate',
      'enforced-processing-total',
      'record-lateness-avg',
      'record-lateness-max',
    ],
  },
  'stream-processor-node-metrics': {
    tags: ['processor-node-id', 'task-id', 'thread-id'],
    names: [
      ...words('record-e2e-latency-avg record-e2e-latency-max record-e2e-latency-min'),
      ...words('process-rate process-total'),
    ],
    notHere: ['process-rate', 'process-total'],
  },
  'stream-topic-metrics': {
    tags: ['processor-node-id', 'task-id', 'thread-id', 'topic'],
    names: ['bytes', 'records'].flatMap((what) => [`${what}-consumed-total`, `${what}-produced-total`]),
  },
  'stream-record-cache-metrics': {
    tags: ['record-cache-id', 'task-id', 'thread-id'],
    names: ['hit-ratio-avg', 'hit-ratio-max', 'hit-ratio-min'],
  },
  'stream-state-updater-metrics': {
    tags: ['thread-id'],
    names: [
      ...words('active-paused-tasks active-restoring-tasks standby-paused-tasks standby-updating-tasks'),
      ...words('active-restore-ratio checkpoint-ratio idle-ratio standby-update-ratio'),
      ...words('restore-call-rate restore-records-rate'),
    ],
    notHere: [
      'active-paused-tasks',
      'standby-paused-tasks',
      'active-restore-ratio',
      'checkpoint-ratio',
      'idle-ratio',
      'standby-update-ratio',
    ],
  },
}

const named = (metrics: readonly Metric[], group: string, name: string): readonly Metric[] =>
  metrics.filter((metric) => metric.group === group && metric.name === name)

test('metrics have the names and tags of Kafka Streams, and tell what was done', async () => {
  using folder = new StateFolder()
  const [input, output] = [uniqueName('measured'), uniqueName('counts')]
  await createTopic(input, 1)
  await createTopic(output, 1)
  const builder = new StreamsBuilder()
  const text = Serdes.string()
  builder
    .stream(input, Consumed.with(text, text))
    .groupByKey(Grouped.with(text, text))
    .count(Materialized.as<string, bigint>('counts'))
    .toStream()
    .mapValues(String)
    .to(output, Produced.with(text, text))
  const config = appConfig(folder.path, { 'statestore.cache.max.bytes': 1_000_000 })
  const seconds = 5
  const readAt = Date.now() - seconds * 1000
  const keys = Array.from({ length: 50 }, (_, i) => `k${i % 5}`)
  await produce(textRecords(input, [...keys.map((key) => [key, 'v', readAt] as const), [null, 'v', readAt]]))

  await using app = await startApp(builder.build(), config)
  const produced = (): number =>
    named(app.metrics(), 'stream-topic-metrics', 'records-produced-total').reduce(
      (sum, { value }) => sum + Number(value),
      0,
    )
  await until('the counts are forwarded', () => produced() >= 5)
  const metrics = app.metrics()

  for (const [group, { tags, names, notHere = [] }] of Object.entries(OF_KAFKA_STREAMS)) {
    for (const name of names) {
      const found = named(metrics, group, name)
      assert.equal(found.length > 0, !notHere.includes(name), `${group} ${name}`)
      for (const metric of found) assert.deepEqual(Object.keys(metric.tags).sort(), tags, `${group} ${name}`)
    }
  }

  const value = (group: string, name: string): number => Number(named(metrics, group, name)[0]?.value)
  assert.equal(value('stream-thread-metrics', 'process-total'), 51)
  assert.equal(value('stream-task-metrics', 'process-total'), 51)
  assert.equal(value('stream-task-metrics', 'dropped-records-total'), 1)
  assert.equal(value('stream-task-metrics', 'records-lag'), 0)
  assert.ok(value('stream-thread-metrics', 'commit-total') >= 1)
  assert.equal(value('stream-topic-metrics', 'records-consumed-total'), 51)
  // As Kafka Streams sizes a record: key, value, topic, timestamp, offset and partition.
  assert.equal(value('stream-topic-metrics', 'bytes-consumed-total'), 50 * 3 + 1 + 51 * (input.length + 20))
  for (const { value: latency } of named(metrics, 'stream-processor-node-metrics', 'record-e2e-latency-min'))
    assert.ok(Number(latency) >= seconds * 1000, `${latency} ms`)
  assert.equal(named(metrics, 'stream-metrics', 'state')[0]?.value, 'RUNNING')
  assert.match(String(named(metrics, 'stream-metrics', 'topology-description')[0]?.value), /^Topologies:/)

  const threads = (): readonly Metric[] => app.metrics().filter(({ tags }) => tags['thread-id'] !== undefined)
  assert.ok(threads().length > 0)
  await app.removeStreamThread()
  assert.deepEqual(threads(), [], 'they go with the thread and its tasks')
})
