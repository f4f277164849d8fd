import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Consumed, Headers, MemoryStoreEngine, Serdes, StreamsBuilder } from '../index.ts'
import type { ProcessorContext } from '../index.ts'
import { decodeBuffered, encodeBuffered } from '../stores/record-context-format.ts'
import { exceptionHandlers } from '../config/exception-handlers.ts'
import type { ProducerRecord } from '../config/exception-handlers.ts'
import { MetricsRegistry } from '../context/metrics.ts'
import { StreamTask } from './stream-task.ts'

/** Offsets that a number would round. */
const offsets = [2n ** 53n + 1n, 2n ** 63n - 1n]

test('offsets are exact in metadata, errors, dead letters and dropped records', () => {
  for (const offset of offsets) {
    const seen: unknown[] = []
    const sent: ProducerRecord[] = []
    const builder = new StreamsBuilder()
    const extractor = (record: { readonly offset: bigint; readonly timestamp: number }): number => {
      seen.push(record.offset)
      return record.timestamp
    }
    builder
      .stream('in', Consumed.with(Serdes.string(), Serdes.string(), extractor))
      .process<string, string>(() => {
        let context: ProcessorContext<string, string>
        return {
          init: (given) => void (context = given),
          process: () => {
            seen.push(context.recordMetadata()?.offset)
            throw new RangeError('broken')
          },
        }
      })
    const config = { 'errors.dead.letter.queue.topic.name': 'dlq', 'dropped.records.topic.name': 'dropped' }
    const topology = builder.build().builder
    const task = new StreamTask({
      taskId: '0_0',
      partition: 0,
      nodes: topology.nodeGroups().flat(),
      topology,
      services: {
        applicationId: 'app',
        config,
        metrics: new MetricsRegistry(),
        handlers: exceptionHandlers(config),
        sink: {
          send: (record) => void sent.push(record),
          partitionsFor: () => 1,
          whenKnown: (_topic, run) => run(),
        },
        now: () => 0,
        globalStores: new Map(),
        emitIntervalMs: 0,
      },
      engines: { memory: new MemoryStoreEngine(), persistent: null },
      sourceTopics: () => ['in'],
      isGlobal: false,
    })
    task.openStores()
    task.start()
    const record = { offset, key: null, value: null, headers: new Headers() }
    task.add('in', { ...record, timestamp: 0 })
    assert.throws(() => task.process(), { message: new RegExp(`offset=${offset}$`) })
    task.add('in', { ...record, timestamp: -1 })
    assert.deepEqual(seen, [offset, offset, offset])
    assert.deepEqual(
      sent.map(({ topic, headers }) => [
        topic,
        headers.last('__streams.errors.offset'),
        headers.last('__streams.dropped.offset'),
      ]),
      [
        ['dlq', String(offset), null],
        ['dropped', null, String(offset)],
      ],
    )
    task.close()
  }
})

test('offsets are exact in the changelogs of buffers', () => {
  for (const offset of [-1n, 0n, ...offsets]) {
    const context = { timestamp: 5, offset, topic: 't', partition: 1, headers: Headers.from({ h: 'v' }) }
    const bytes = encodeBuffered({ priorValue: null, oldValue: null, newValue: Uint8Array.of(1), context }, 7)
    assert.equal(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(8), offset)
    assert.equal(decodeBuffered(bytes).value.context.offset, offset)
  }
})
