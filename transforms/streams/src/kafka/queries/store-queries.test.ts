import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Serdes } from '../../core/serde.ts'
import { Consumed } from '../../dsl/options.ts'
import { Materialized } from '../../stores/materialized.ts'
import { StreamsBuilder } from '../../streams-builder.ts'
import { TopologyTestDriver } from '../../testing/topology-test-driver.ts'
import type { KafkaStreamsState } from '../client-state.ts'
import type { LocalTask, LocalThread } from './local-tasks.ts'
import { Position, PositionBound } from './position.ts'
import { QueryableStoreTypes } from './queryable-stores.ts'
import { KeyQuery, StateQueryRequest } from './state-query.ts'
import { StoreQueries } from './store-queries.ts'
import { StoreQueryParameters } from './store-query-parameters.ts'

const text = Serdes.string()
const builder = new StreamsBuilder()
builder.table('in', Consumed.with(text, text), Materialized.as<string, string>('table'))
builder.globalTable('global-in', Consumed.with(text, text), Materialized.as<string, string>('global'))
const topology = builder.build()

/** The stores of a task that has one row: `partition` -> its number. */
function storesOf(partition: number): LocalTask['stores'] {
  const driver = new TopologyTestDriver(topology, { 'application.id': `asked-${partition}` })
  const input = driver.createInputTopic('in', text.serializer, text.serializer)
  input.pipeInput('partition', String(partition))
  driver.createInputTopic('global-in', text.serializer, text.serializer).pipeInput('g', 'everywhere')
  return driver.getAllStateStores()
}

const stores = [0, 1].map(storesOf)

type Kind = 'active' | 'restoring' | 'standby'

function task(partition: 0 | 1, kind: Kind): LocalTask {
  return {
    id: `0_${partition}`,
    partition,
    isActive: kind !== 'standby',
    isRunning: kind !== 'restoring',
    stores: stores[partition] ?? new Map(),
    position: () =>
      kind === 'active'
        ? Position.emptyPosition().withComponent('in', partition, 9n)
        : Position.emptyPosition(),
  }
}

function thread(state: LocalThread['state'], ...tasks: readonly LocalTask[]): LocalThread {
  return { state, tasks, isAllRunning: tasks.every(({ isRunning }) => isRunning) }
}

function queries(
  threads: readonly LocalThread[],
  state: KafkaStreamsState = 'RUNNING',
  global: LocalTask['stores'] | undefined = stores[0],
): StoreQueries {
  return new StoreQueries({
    topology: topology.builder,
    state: () => state,
    global: () => global,
    threads: () => threads,
  })
}

interface Case {
  readonly name: string
  readonly threads: readonly LocalThread[]
  readonly state?: KafkaStreamsState
  readonly partition?: number
  readonly stale?: boolean
  /** All values that are found, or the class of the refusal and a part of its text. */
  readonly finds: string | readonly [error: string, text: RegExp]
}

const both = thread('RUNNING', task(0, 'active'), task(1, 'active'))
const arriving = thread('PARTITIONS_ASSIGNED', task(0, 'active'), task(1, 'restoring'))
const mixed = thread('RUNNING', task(0, 'active'), task(1, 'standby'))

const cases: readonly Case[] = [
  { name: 'all active tasks answer as one', threads: [both], finds: '0 1' },
  {
    name: 'over threads, too',
    threads: [thread('RUNNING', task(0, 'active')), thread('RUNNING', task(1, 'active'))],
    finds: '0 1',
  },
  { name: 'one partition', threads: [both], partition: 1, finds: '1' },
  {
    name: 'a partition that is elsewhere',
    threads: [both],
    partition: 2,
    finds: [
      'InvalidStateStorePartitionException',
      /The specified partition 2 for store table does not exist/,
    ],
  },
  {
    name: 'a task on its way: its keys would be told to be absent',
    threads: [arriving],
    finds: ['InvalidStateStoreException', /the stream thread is PARTITIONS_ASSIGNED, not RUNNING$/],
  },
  {
    name: 'a task whose record is half done, of a thread that runs',
    threads: [{ ...thread('RUNNING', task(0, 'active')), isAllRunning: false }],
    finds: ['InvalidStateStoreException', /not RUNNING$/],
  },
  { name: 'a task that stays beside one on its way', threads: [arriving], partition: 0, finds: '0' },
  {
    name: 'the one on its way',
    threads: [arriving],
    partition: 1,
    finds: ['InvalidStateStoreException', /the stream thread is PARTITIONS_ASSIGNED, not RUNNING$/],
  },
  { name: 'the one on its way, stale', threads: [arriving], partition: 1, stale: true, finds: '1' },
  { name: 'all, stale', threads: [arriving], stale: true, finds: '0 1' },
  { name: 'copies are not asked', threads: [mixed], finds: '0' },
  {
    name: 'a copy is not asked',
    threads: [mixed],
    partition: 1,
    finds: ['InvalidStateStorePartitionException', /partition 1/],
  },
  { name: 'copies, stale', threads: [mixed], stale: true, finds: '0 1' },
  { name: 'a copy, stale', threads: [mixed], partition: 1, stale: true, finds: '1' },
  {
    name: 'no task',
    threads: [thread('RUNNING')],
    finds: ['StateStoreMigratedException', /The state store, table, may have migrated to another instance/],
  },
  {
    name: 'copies alone',
    threads: [thread('RUNNING', task(0, 'standby'))],
    finds: ['StateStoreMigratedException', /may have migrated/],
  },
  {
    name: 'tasks are being taken',
    threads: [thread('PARTITIONS_REVOKED', task(0, 'active'))],
    finds: ['InvalidStateStoreException', /the stream thread is PARTITIONS_REVOKED, not RUNNING$/],
  },
  {
    name: 'a thread that stops beside one that runs',
    threads: [thread('RUNNING', task(0, 'active')), thread('PENDING_SHUTDOWN')],
    finds: ['InvalidStateStoreException', /PENDING_SHUTDOWN, not RUNNING$/],
  },
  {
    name: 'a thread that stops, stale',
    threads: [thread('PENDING_SHUTDOWN', task(0, 'active'))],
    stale: true,
    finds: ['InvalidStateStoreException', /PENDING_SHUTDOWN, not RUNNING or REBALANCING$/],
  },
  { name: 'a dead thread', threads: [thread('DEAD'), both], finds: '0 1' },
  { name: 'a client that rebalances, whose tasks run', threads: [both], state: 'REBALANCING', finds: '0 1' },
  {
    name: 'a client that stops',
    threads: [both],
    state: 'PENDING_SHUTDOWN',
    finds: ['InvalidStateStoreException', /the client is PENDING_SHUTDOWN, not RUNNING$/],
  },
]

suite('who answers as a store', () => {
  for (const { name, threads, state, partition, stale = false, finds } of cases) {
    test(name, () => {
      let parameters = StoreQueryParameters.fromNameAndType(
        'table',
        QueryableStoreTypes.keyValueStore<string, string>(),
      )
      if (partition !== undefined) parameters = parameters.withPartition(partition)
      if (stale) parameters = parameters.enableStaleStores()
      const store = queries(threads, state).store(parameters)
      if (typeof finds === 'string') {
        assert.equal(Array.from(store.all(), ({ value }) => value).join(' '), finds)
        assert.equal(store.get('partition'), finds.split(' ')[0])
        assert.equal(store.approximateNumEntries(), finds.split(' ').length)
      } else {
        const [error, message] = finds
        for (const read of [() => store.all(), () => store.get('partition')])
          assert.throws(read, { name: error, message })
      }
    })
  }
})

test('a global store answers whatever the tasks do, once it is filled', () => {
  const parameters = StoreQueryParameters.fromNameAndType(
    'global',
    QueryableStoreTypes.keyValueStore<string, string>(),
  )
  assert.equal(queries([arriving]).store(parameters).get('g'), 'everywhere')
  const unfilled = new StoreQueries({
    topology: topology.builder,
    state: () => 'REBALANCING',
    global: () => undefined,
    threads: () => [],
  })
  assert.throws(() => unfilled.store(parameters).get('g'), { message: /global, is not open/ })
  const windows = StoreQueryParameters.fromNameAndType('global', QueryableStoreTypes.windowStore())
  assert.throws(() => queries([]).store(windows).all(), { message: /windowStore does not accept/ })
})

suite('who answers a typed query', () => {
  const value = KeyQuery.withKey<string, string>('partition')
  const request = StateQueryRequest.inStore('table').withQuery(value)
  const shown = (threads: readonly LocalThread[], asked: StateQueryRequest<string | null>) =>
    [...queries(threads).query(asked).getPartitionResults()].map(
      ([partition, result]) =>
        `${partition}: ${result.isSuccess() ? result.getResult() : result.getFailureReason()}`,
    )
  const bound = PositionBound.at(Position.emptyPosition().withComponent('in', 1, 9n))

  test('each task that is here, of any kind', () => {
    assert.deepEqual(shown([both], request), ['0: 0', '1: 1'])
    assert.deepEqual(shown([arriving], request), ['0: 0', '1: 1'])
    assert.deepEqual(shown([mixed], request.withPartitions([1, 2])), ['1: 1', '2: NOT_PRESENT'])
    assert.deepEqual(shown([], request), [])
  })

  test('only those that run and are active, where that is required: the bound does not count then', () => {
    assert.deepEqual(shown([arriving], request.requireActive()), ['0: 0', '1: NOT_ACTIVE'])
    assert.deepEqual(shown([mixed], request.requireActive().withPositionBound(bound)), [
      '0: 0',
      '1: NOT_ACTIVE',
    ])
  })

  test('only those that are as far as the bound', () => {
    assert.deepEqual(shown([both], request.withPositionBound(bound)), ['0: 0', '1: 1'])
    assert.deepEqual(shown([mixed], request.withPositionBound(bound)), ['0: 0', '1: NOT_UP_TO_BOUND'])
    const answered = queries([both]).query(request)
    assert.equal(answered.getPosition()?.toString(), 'Position{position={in={0=9, 1=9}}}')
    assert.throws(() => answered.getOnlyPartitionResult(), { name: 'IllegalArgumentException' })
    const one = queries([mixed]).query(request.withPartitions([0]).enableExecutionInfo())
    assert.equal(one.getOnlyPartitionResult()?.getResult(), '0')
    assert.match(
      one.getOnlyPartitionResult()?.getExecutionInfo()[0] ?? '',
      /^Handled in Timestamped.* in \d+ns$/,
    )
  })

  test('a global store does not know any, as in Java', () => {
    const result = queries([both]).query(StateQueryRequest.inStore('global').withQuery(value))
    assert.equal(result.getGlobalResult()?.getFailureReason(), 'UNKNOWN_QUERY_TYPE')
  })

  test('nobody, of a store that is not there or a client that does not run', () => {
    const unknown = StateQueryRequest.inStore('none').withQuery(value)
    assert.throws(() => queries([both]).query(unknown), { name: 'UnknownStateStoreException' })
    for (const [state, name] of [
      ['CREATED', 'StreamsNotStartedException'],
      ['PENDING_SHUTDOWN', 'StreamsStoppedException'],
      ['NOT_RUNNING', 'StreamsStoppedException'],
      ['PENDING_ERROR', 'StreamsStoppedException'],
      ['ERROR', 'StreamsStoppedException'],
    ] as const)
      assert.throws(() => queries([both], state).query(request), { name })
  })
})
