import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionForKey } from '@spillway/api'
import fc from 'fast-check'
import { Serdes } from '../../core/serde.ts'
import { Consumed, Grouped } from '../../dsl/options.ts'
import { Materialized } from '../../stores/materialized.ts'
import { Stores } from '../../stores/stores.ts'
import { StreamsBuilder } from '../../streams-builder.ts'
import type { Topology } from '../../topology/topology.ts'
import { type TaskPlan, TopologyTopics } from '../topics/topology-topics.ts'
import { ClusterMetadata } from './cluster-metadata.ts'
import { HostInfo } from './host-info.ts'
import { type HostTasks, hostsOf, planDigest, wireHosts } from './host-tasks.ts'
import { KeyQueryMetadata } from './streams-metadata.ts'

const text = Serdes.string()
const keys = text.serializer
const [a, b] = [new HostInfo('a', 80), new HostInfo('::1', 81)]

/** Words are counted behind a repartition; a store of the narrow topic alone lies beside one of both topics. */
function topology(): Topology {
  const builder = new StreamsBuilder()
  const narrow = builder.stream('narrow', Consumed.with(text, text))
  const wide = builder.stream('wide', Consumed.with(text, text))
  for (const name of ['of-narrow', 'of-both'])
    builder.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), text, text))
  const keep = { get: () => ({ process: () => undefined }) }
  narrow.process(keep, 'of-narrow')
  narrow.merge(wide).process(keep, 'of-both')
  wide
    .groupBy((_key, value) => value, Grouped.with(text, text).withName('by-value'))
    .count(Materialized.as<string, bigint>('counts'))
  builder.globalTable('everywhere', Consumed.with(text, text), Materialized.as<string, string>('names'))
  return builder.build()
}

class Topics {
  readonly topics = new TopologyTopics('app', topology().builder)
  current: TaskPlan | undefined
  counts = new Map([
    ['narrow', 2],
    ['wide', 6],
  ])
  refreshes = 0

  async refresh(): Promise<TaskPlan> {
    this.refreshes++
    await Promise.resolve()
    this.current = this.topics.plan(this.counts)
    return this.current
  }
}

/** All tasks but one, on two hosts by turns; copies are on the other one. */
function spread(plan: TaskPlan, nowhere: string): readonly HostTasks[] {
  const ids = [...plan.tasks.keys()].filter((id) => id !== nowhere)
  const [even, odd] = [0, 1].map((rest) => ids.filter((id) => Number(id.split('_')[1]) % 2 === rest))
  return [
    { host: a, active: even ?? [], standby: odd ?? [] },
    { host: b, active: odd ?? [], standby: even ?? [] },
  ]
}

async function told(): Promise<{ topics: Topics; cluster: ClusterMetadata; plan: TaskPlan }> {
  const topics = new Topics()
  const cluster = new ClusterMetadata({ host: null, plans: topics, logger: console })
  assert.deepEqual([cluster.all(), cluster.forStore('counts')], [[], []])
  assert.equal(cluster.forKey('counts', 'x', keys), KeyQueryMetadata.NOT_AVAILABLE)
  const plan = await topics.refresh()
  cluster.assigned(spread(plan, 'none'), planDigest(plan))
  return { topics, cluster, plan }
}

test('a key is where its partition is: of the topics that feed its store, with its copies', async () => {
  const { cluster } = await told()
  const widths = { counts: 6, 'of-both': 6, 'of-narrow': 2 }
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(widths)), fc.string(), (store, key) => {
      const partition = partitionForKey(Buffer.from(key), widths[store as keyof typeof widths])
      const [active, standby] = partition % 2 === 0 ? [a, b] : [b, a]
      assert.deepEqual(cluster.forKey(store, key, keys), new KeyQueryMetadata(active, [standby], partition))
      const last = cluster.forKey(store, key, (_topic, _key, _value, count) => [count - 1])
      assert.equal(last?.partition, widths[store as keyof typeof widths] - 1)
    }),
  )
  assert.equal(cluster.forKey('unknown', 'x', keys), null)
  assert.deepEqual(cluster.forKey('names', 'x', keys), new KeyQueryMetadata(a, [], -1))
  assert.throws(() => cluster.forKey('counts', null as never, keys), { name: 'NullPointerException' })
  for (const partitions of [[], [0, 1], null, [-1], [6], [0.5]])
    assert.throws(() => cluster.forKey('counts', 'x', () => partitions), { name: 'IllegalArgumentException' })
})

test('clients are told with their stores and input, and a store with those that have it', async () => {
  const { cluster, plan } = await told()
  const [first] = cluster.all()
  assert.deepEqual(
    cluster.all().map(({ hostInfo }) => hostInfo.toString()),
    ['a:80', '[::1]:81'],
  )
  assert.deepEqual([...(first?.stateStoreNames ?? [])].sort(), ['counts', 'names', 'of-both', 'of-narrow'])
  assert.deepEqual([...(first?.standbyStateStoreNames ?? [])].sort(), ['counts', 'of-both', 'of-narrow'])
  const of = (topic: string) =>
    first?.topicPartitions.filter((at) => at.topic === topic).map(({ partition }) => partition)
  assert.deepEqual([of('narrow'), of('wide'), of('app-by-value-repartition')], [[0], [0, 2, 4], [0, 2, 4]])
  assert.equal(cluster.forStore('names').length, 2)
  assert.equal(cluster.forStore('unknown').length, 0)
  cluster.assigned([{ host: a, active: ['0_0'], standby: [] }], planDigest(plan))
  assert.equal(cluster.forStore('counts').length, 0)
  assert.equal(cluster.forStore('of-both').length, 1)
  const unknown = cluster.forKey('counts', 'x', keys)
  assert.deepEqual(unknown?.activeHost, HostInfo.unavailable())
})

test('a client that sees other topics than the leader names nobody until it has looked again', async () => {
  const { topics, cluster } = await told()
  topics.counts.set('wide', 12)
  const wider = topics.topics.plan(topics.counts)
  cluster.assigned(spread(wider, 'none'), planDigest(wider))
  assert.equal(cluster.forKey('counts', 'x', keys), KeyQueryMetadata.NOT_AVAILABLE)
  assert.deepEqual(cluster.all(), [])
  // Once, however often it is asked.
  assert.equal(topics.refreshes, 2)
  await topics.refresh()
  assert.equal(cluster.forKey('counts', 'x', keys)?.partition, partitionForKey(Buffer.from('x'), 12))
})

test('hosts are told in short and read back; what cannot be read is passed over', () => {
  const tasks = fc.uniqueArray(
    fc.tuple(fc.nat(3), fc.nat(20)).map((id) => id.join('_')),
    { maxLength: 8 },
  )
  const member = fc.record({
    host: fc.constantFrom('a:1', '[::1]:2', 'c.example:65535'),
    active: tasks,
    standby: tasks,
  })
  fc.assert(
    fc.property(fc.array(member), (members) => {
      const found = hostsOf(JSON.parse(JSON.stringify(wireHosts(members))))
      for (const kind of ['active', 'standby'] as const) {
        const flat = (
          all: readonly { host: unknown; active: readonly string[]; standby: readonly string[] }[],
        ) => all.flatMap((each) => each[kind].map((id) => `${String(each.host)} ${id}`)).sort()
        assert.deepEqual(flat(found), flat(members))
      }
    }),
  )
  for (const wire of [undefined, null, 7, 'x', [null], [{}], [{ host: 'nowhere' }], [{ host: 7 }]])
    assert.deepEqual(hostsOf(wire), [])
  assert.deepEqual(hostsOf([{ host: 'a:1', active: { 0: 7 }, standby: null }]), [
    { host: new HostInfo('a', 1), active: [], standby: [] },
  ])
})

test('an endpoint is host and port, as Java reads it', () => {
  const read = (endpoint: string | null) => HostInfo.buildFromEndpoint(endpoint)?.toString() ?? null
  assert.deepEqual(
    [null, '', ' ', 'a:1', 'http://a.b:8080', '[::1]:9', '::1:9', 'PLAINTEXT://[fe80::1%eth0]:9'].map(read),
    [null, null, null, 'a:1', 'a.b:8080', '[::1]:9', '[::1]:9', '[fe80::1%eth0]:9'],
  )
  for (const wrong of ['a', 'a:', ':1', 'a:b', 'a:65536', 'a:1/x', 'a b:1'])
    assert.throws(() => read(wrong), {
      name: 'IllegalArgumentException',
      message: /Expected format host:port/,
    })
})
