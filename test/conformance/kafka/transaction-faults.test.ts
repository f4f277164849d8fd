import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'

import { API, type Faults, faultless, faulty, losing, movingCoordinator } from './faulty-connections.ts'
import {
  Harness,
  numbered,
  pollUntil,
  until,
  valuesOf,
} from '../../../framework/kafka/src/testing/harness.ts'
import { ProducerFencedError } from '../../../framework/api/src/kafka/kafka-errors.ts'
import type { ClusterOptions, KafkaClient, Producer } from '../../../framework/api/src/kafka/port.ts'
import type { Connect } from '../../../framework/kafka/src/client/cluster/connections.ts'
import { protocolClient } from '../../../framework/kafka/src/client/cluster/protocol-client.ts'
import { KafkajsConnections } from '../../../framework/kafka/src/kafkajs/kafkajs-connections.ts'
import { PlatformaticConnections } from '../../../framework/kafka/src/platformatic/platformatic-connections.ts'
import { endpointsFromEnv } from '../../../stack/stack.ts'

const { bootstrapServers } = endpointsFromEnv().kafka
const CLUSTER: ClusterOptions = { bootstrapServers: [bootstrapServers] }

const LIBRARIES: Readonly<Record<string, Connect>> = {
  platformatic: (clientId, options) => new PlatformaticConnections(clientId, options),
  kafkajs: (clientId, options) => new KafkajsConnections(clientId, options),
}

const FAULTS: Readonly<Record<string, () => Faults['meddle']>> = {
  ...Object.fromEntries(
    Object.entries(API).flatMap(([name, key]) =>
      (['request', 'answer'] as const).map((what) => [
        `${name}: the ${what} is lost`,
        () => losing(key, what),
      ]),
    ),
  ),
  'the coordinator moves before the offsets are added': () => movingCoordinator(API.addOffsetsToTxn),
  'the coordinator of the group moves before it has the offsets': () =>
    movingCoordinator(API.txnOffsetCommit),
  'the coordinator moves between offsets and EndTxn': () => movingCoordinator(API.endTxn),
}

/** A client whose connections do as `faults` says. */
function client(name: string, faults: Faults): KafkaClient {
  const connect = LIBRARIES[name]
  assert.ok(connect)
  return protocolClient(name, CLUSTER, faulty(connect, faults))
}

/** One transaction that is committed, with offsets, and one that is aborted. */
async function transact(producer: Producer, topic: string, groupId: string): Promise<void> {
  await producer.initTransactions()
  for (const what of ['kept', 'dropped', 'kept again']) {
    await producer.beginTransaction()
    for (const value of numbered(what, 20)) producer.append({ topic, value: Buffer.from(value) })
    const offsets = new Map([
      [
        { topic, partition: 0 },
        { offset: BigInt(what.length), metadata: what },
      ],
    ])
    await producer.flush()
    await producer.sendOffsetsToTransaction(offsets, { groupId, memberless: true })
    if (what === 'dropped') await producer.abortTransaction()
    else await producer.commitTransaction()
  }
}

for (const name of Object.keys(LIBRARIES)) {
  describe(`transactions over ${name} with faults`, { concurrency: 3 }, () => {
    for (const [fault, meddle] of Object.entries(FAULTS)) {
      test(fault, { timeout: 60_000 }, async () => {
        const faults: Faults = { sent: [], meddle: meddle() }
        await using kafka = new Harness(client(name, { sent: [], meddle: faultless }), bootstrapServers)
        const topic = await kafka.topic()
        const groupId = kafka.name('group')
        const producer = client(name, faults).producer({
          clientId: 'conformance-producer',
          transactionalId: kafka.name('transaction'),
        })
        kafka.later(() => producer.close())
        await transact(producer, topic, groupId)
        const member = kafka.member(topic, { isolationLevel: 'read_committed' })
        await pollUntil([member], () => member.records.length >= 40, 'what was committed')
        assert.deepEqual(valuesOf(member.records), [...numbered('kept', 20), ...numbered('kept again', 20)])
        await pollUntil([member], () => member.consumer.lag({ topic, partition: 0 }) === 0n, 'no lag')
        // Sixty records and three markers, none of them twice.
        assert.equal(await member.consumer.position({ topic, partition: 0 }), 63n)
        await until(async () => {
          const [committed] = await kafka.admin.listGroupOffsets(groupId)
          return committed?.offset.metadata === 'kept again' && committed.offset.offset === 10n
        }, 'the offsets of the last transaction')
      })
    }

    test('an abort waits for the batches that are under way', { timeout: 60_000 }, async () => {
      const released = Promise.withResolvers<void>()
      const faults: Faults = {
        sent: [],
        meddle: async (key, send) => {
          const answer = await send()
          if (key === API.produce) await released.promise
          return answer
        },
      }
      await using kafka = new Harness(client(name, { sent: [], meddle: faultless }), bootstrapServers)
      const topic = await kafka.topic()
      const producer = client(name, faults).producer({
        clientId: 'conformance-producer',
        transactionalId: kafka.name('transaction'),
      })
      kafka.later(() => producer.close())
      await producer.initTransactions()
      const asked = (): number => faults.sent.filter((key) => key === API.initProducerId).length
      const before = asked()
      await producer.beginTransaction()
      producer.append({ topic, value: Buffer.from('dropped') })
      await until(() => faults.sent.includes(API.produce), 'a batch under way')
      for (const value of numbered('unsent', 5)) producer.append({ topic, value: Buffer.from(value) })
      const aborting = producer.abortTransaction()
      for (let turn = 0; turn < 20; turn++) await immediate()
      assert.ok(!faults.sent.includes(API.endTxn))
      released.resolve()
      await aborting
      // What was dropped had never been sent: the producer goes on as it is.
      assert.equal(asked(), before)
      await producer.beginTransaction()
      producer.append({ topic, value: Buffer.from('kept') })
      await producer.commitTransaction()
      const member = kafka.member(topic, { isolationLevel: 'read_committed' })
      await pollUntil([member], () => member.records.length > 0, 'what was committed')
      assert.deepEqual(valuesOf(member.records), ['kept'])
      // One record and its marker, twice.
      assert.deepEqual(await kafka.admin.listOffsets([{ topic, partition: 0 }], 'latest'), [4n])
    })
  })
}

test(
  'a transaction that the coordinator has timed out is fenced, and its records are dropped',
  {
    timeout: 60_000,
  },
  async () => {
    await using kafka = new Harness(client('platformatic', { sent: [], meddle: faultless }), bootstrapServers)
    // What is done next, once by committing and once by sending, and where.
    const cases = await Promise.all(
      [false, true].map(async (sendsMore) => {
        const at = { topic: await kafka.topic(), partition: 0 }
        const transactionalId = kafka.name('transaction')
        const producer = kafka.producer({ transactionalId, transactionTimeoutMs: 1_000 })
        await producer.initTransactions()
        await producer.beginTransaction()
        producer.append({ ...at, value: Buffer.from('late') })
        await producer.flush()
        return { at, transactionalId, producer, sendsMore }
      }),
    )
    for (const { at, transactionalId, producer, sendsMore } of cases) {
      // The coordinator looks for such transactions every ten seconds.
      await until(
        async () => (await kafka.admin.listOffsets([at], 'latest', 'read_committed'))[0] === 2n,
        'the marker',
      )
      if (sendsMore) {
        producer.append({ ...at, value: Buffer.from('later') })
        await assert.rejects(producer.flush(), ProducerFencedError)
      }
      await assert.rejects(producer.commitTransaction(), ProducerFencedError)
      await assert.rejects(producer.abortTransaction(), ProducerFencedError)
      const next = kafka.producer({ transactionalId })
      await next.initTransactions()
      await next.beginTransaction()
      next.append({ ...at, value: Buffer.from('kept') })
      await next.commitTransaction()
      const member = kafka.member(at.topic, { isolationLevel: 'read_committed' })
      await pollUntil([member], () => member.records.length > 0, 'what was committed')
      assert.deepEqual(valuesOf(member.records), ['kept'])
    }
  },
)
