import assert from 'node:assert/strict'

import { numbered, pollUntil, until, valuesOf } from './harness.ts'
import type { Case, Harness } from './harness.ts'
import { KafkaUnavailableError } from '@spillway/api'

/** A broker that a test may stop, and which has its data when it comes back. */
export interface OwnBroker extends AsyncDisposable {
  readonly bootstrapServers: string
  /** Ends it without a farewell. */
  kill(): Promise<void>
  stop(): Promise<void>
  /** Resolves when it answers. */
  start(): Promise<void>
  /** Holds it up: it keeps its connections and answers nothing. */
  pause(): Promise<void>
  resume(): Promise<void>
}

/** A case that stops and starts the broker. */
export interface BrokerCase extends Omit<Case, 'run'> {
  readonly run: (kafka: Harness, broker: OwnBroker) => Promise<void>
}

/** What clients do while a broker is away. Each case leaves the broker running. */
export const brokerCases: readonly BrokerCase[] = [
  {
    name: 'goes on after the broker was killed and started again: reading, committing and sending',
    async run(kafka, broker) {
      const topic = await kafka.topic(2)
      const producer = kafka.producer()
      const values = numbered('before', 20)
      await producer.send(values.map((value, i) => ({ topic, partition: i % 2, value: Buffer.from(value) })))
      const member = kafka.member(topic, { sessionTimeoutMs: 30_000 })
      await pollUntil([member], () => member.records.length === 20, 'the first records')
      await broker.kill()
      const sending = producer.send([{ topic, partition: 0, value: Buffer.from('while down') }])
      const committing = member.consumer
        .commit(new Map([[{ topic, partition: 0 }, { offset: 10n }]]))
        .then(() => undefined)
        .catch((error: unknown) => error)
      await pollUntil([member], () => member.consumer.lastProblem() !== undefined, 'a visible problem')
      await broker.start()
      await sending
      const refused = await committing
      assert.ok(refused === undefined || refused instanceof KafkaUnavailableError, String(refused))
      await producer.send([{ topic, partition: 1, value: Buffer.from('after') }])
      await pollUntil([member], () => member.records.length >= 22, 'the new records', 60_000)
      assert.deepEqual(valuesOf(member.records).slice(20).sort(), ['after', 'while down'])
      await until(async () => {
        await member.consumer.poll(50)
        return member.consumer.lastProblem() === undefined
      }, 'no problem any more')
      await member.consumer.commit(new Map([[{ topic, partition: 0 }, { offset: 11n }]]))
    },
  },
  {
    name: 'waits for a broker that is down at the start, saying so; admin calls fail in time',
    async run(kafka, broker) {
      const topic = await kafka.topic()
      await kafka.produce(topic, ['there'])
      await broker.stop()
      const member = kafka.member(topic)
      const admin = kafka.client.admin()
      kafka.later(() => admin.close())
      assert.deepEqual(await member.consumer.poll(500), [])
      await pollUntil([member], () => member.consumer.lastProblem() !== undefined, 'a visible problem')
      assert.match(member.consumer.lastProblem()?.error.message ?? '', /ECONNREFUSED/)
      const begin = performance.now()
      await assert.rejects(
        admin.listTopics(),
        (error: unknown) =>
          error instanceof KafkaUnavailableError &&
          error.message.includes(kafka.bootstrapServers) &&
          error.message.includes('bootstrap.servers'),
      )
      assert.ok(performance.now() - begin < 15_000)
      await broker.start()
      await pollUntil([member], () => member.records.length === 1, 'the record', 60_000)
      await until(async () => {
        await member.consumer.poll(50)
        return member.consumer.lastProblem() === undefined
      }, 'no problem any more')
    },
  },
  {
    name: 'closes in time while the broker is down',
    async run(kafka, broker) {
      const topic = await kafka.topic()
      const member = kafka.member(topic)
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      await broker.stop()
      const begin = performance.now()
      await member.consumer.close()
      assert.ok(performance.now() - begin < 10_000)
      await broker.start()
    },
  },
  {
    name: 'survives a broker that hangs for a while',
    async run(kafka, broker) {
      const topic = await kafka.topic()
      const member = kafka.member(topic, { sessionTimeoutMs: 60_000 })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const producer = kafka.producer({ bufferMemory: 20_000 })
      const values = numbered('x'.repeat(100), 1_000)
      producer.append({ topic, value: Buffer.from('before') })
      await producer.flush()
      await broker.pause()
      const appending = (async (): Promise<void> => {
        for (const value of values) {
          producer.append({ topic, value: Buffer.from(value) })
          await producer.pressure()
        }
        await producer.flush()
      })()
      await pollUntil([member], () => member.consumer.lastProblem() !== undefined, 'a visible problem')
      // Full, and no fuller: whoever appends waits.
      assert.notEqual(producer.pressure(), undefined)
      assert.equal(producer.acknowledged(topic, 0), 0n)
      await broker.resume()
      await appending
      await kafka.produce(topic, ['after'])
      await pollUntil([member], () => member.records.length >= 1_002, 'the records', 60_000)
      assert.deepEqual(valuesOf(member.records), ['before', ...values, 'after'])
    },
  },
]
