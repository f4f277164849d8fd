import { topicPartitionName } from '@spillway/api'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import fc from 'fast-check'

import type { ConsumerRecord } from '../../../../api/src/kafka/port.ts'
import { systemClock } from '../../../../api/src/time/clock.ts'
import { recordsOf } from './fetch-request.ts'
import type { FetchResponse } from './fetch-request.ts'
import { Fetcher } from './fetcher.ts'
import type { FetchConnections, FetcherOptions } from './fetcher.ts'
import { PartitionState } from './partition-state.ts'
import { RecordBuffers } from './record-buffers.ts'
import { encodeBatch } from '../produce/record-writer.ts'

const PLAIN = { producerId: -1n, producerEpoch: -1, baseSequence: -1, isTransactional: false }
const OPTIONS: FetcherOptions = {
  minBytes: 1,
  maxBytes: 50_000,
  maxWaitMs: 500,
  maxPartitionBytes: 2_000,
  aheadBytes: 10_000,
  maxBatchBytes: 128 * 1024 * 1024,
  readCommitted: false,
  rack: '',
  metadataMaxAgeMs: 300_000,
  buffers: undefined,
}

/** A request that a broker has not answered yet. */
interface Pending {
  readonly node: number
  readonly maxBytes: number
  /** What is asked of each partition, by its key. */
  readonly offsets: Map<string, bigint>
  answer(response: FetchResponse): void
}

/** Brokers whose answers the test gives, and the fetcher that asks them. */
class Bench {
  readonly pending: Pending[] = []
  readonly states: readonly PartitionState[]
  readonly outOfRange: string[] = []
  readonly fetcher: Fetcher
  readonly #aheadBytes: number
  staleMetadata = 0
  /** Set for records whose memory is used again. */
  buffers: RecordBuffers | undefined
  /** Every partition may hold one whole batch more than its share. */
  overrun = 0
  /** Where each partition's next request must begin: nothing is fetched twice, nothing left out. */
  readonly nextFetch = new Map<string, bigint>()

  constructor(nodeOf: readonly number[], options: Partial<FetcherOptions> = {}) {
    this.states = nodeOf.map((_, partition) => new PartitionState({ topic: 't', partition }))
    this.#aheadBytes = options.aheadBytes ?? OPTIONS.aheadBytes
    const connections: FetchConnections = {
      clock: systemClock,
      lane: (name) => ({ name, requestTimeoutMs: 1_000 }),
      fetch: (node, { maxBytes }, partitions) => {
        const { promise, resolve } = Promise.withResolvers<FetchResponse>()
        const offsets = new Map(partitions.map((asked) => [topicPartitionName(asked), asked.offset]))
        const held = this.reserved() + this.fetcher.bufferedBytes
        assert.ok(
          held === 0 || held + maxBytes <= this.#aheadBytes + this.overrun,
          `${held} bytes are held, ${maxBytes} asked for`,
        )
        const pending: Pending = {
          node,
          maxBytes,
          offsets,
          answer: (response) => {
            this.pending.splice(this.pending.indexOf(pending), 1)
            resolve(response)
          },
        }
        this.pending.push(pending)
        return promise
      },
    }
    this.fetcher = new Fetcher(
      connections,
      { ...OPTIONS, ...options },
      {
        signal: new AbortController().signal,
        partitions: () => this.states,
        leaderOf: ({ partition }) => nodeOf[partition] ?? -1,
        changed: () => {},
        metadataStale: () => this.staleMetadata++,
        outOfRange: (state) => {
          this.outOfRange.push(topicPartitionName(state))
          this.fetcher.seek(state, undefined)
        },
        fatal: (error) => assert.fail(error),
        onProblem: () => {},
        onSuccess: () => {},
      },
    )
    for (const state of this.states) this.fetcher.seek(state, 0n)
    this.fetcher.fill()
  }

  /** Answers the oldest request with as many whole batches of its partitions as it has room for. */
  async answer(recordsPerBatch: number): Promise<void> {
    const [oldest] = this.pending
    if (oldest === undefined) return
    let room = oldest.maxBytes
    const partitions = [...oldest.offsets].map(([key, offset]) => {
      const batch = batchOf(offset, recordsPerBatch)
      // As a broker does, the first batch whatever its size.
      const isFirst = room === oldest.maxBytes
      const records = isFirst || batch.length <= room ? batch : Buffer.alloc(0)
      assert.equal(offset, this.nextFetch.get(key) ?? offset)
      if (records.length > 0 && this.overrun > 0) this.nextFetch.set(key, offset + BigInt(recordsPerBatch))
      room -= records.length
      return partitionAnswer(Number(key.slice(2)), {
        records,
        ...(this.buffers && { buffers: this.buffers }),
      })
    })
    oldest.answer({ errorCode: 0, partitions })
    await settled()
  }

  reserved(): number {
    return this.pending.reduce((sum, { maxBytes }) => sum + maxBytes, 0)
  }

  take(max: number, wanted?: readonly number[]): ConsumerRecord[] {
    const records: ConsumerRecord[] = []
    const states = this.states.filter(({ partition }) => wanted?.includes(partition))
    this.fetcher.take(records, max, wanted === undefined ? undefined : new Set(states))
    return records
  }
}

function valueAt(offset: bigint): Buffer {
  return Buffer.alloc(100, `${offset}.`)
}

function batchOf(offset: bigint, records: number): Buffer {
  const batch = encodeBatch(
    Array.from({ length: records }, (_, i) => ({
      topic: 't',
      value: valueAt(offset + BigInt(i)),
      timestamp: 1,
    })),
    'none',
    PLAIN,
  )
  batch.writeBigInt64BE(offset, 0)
  return batch
}

function partitionAnswer(
  partition: number,
  {
    buffers,
    ...more
  }: {
    readonly records?: Buffer
    readonly errorCode?: number
    readonly highWatermark?: bigint
    readonly buffers?: RecordBuffers
  },
): FetchResponse['partitions'][number] {
  const { records = Buffer.alloc(0) } = more
  const memory = buffers?.take(records.length)
  if (memory !== undefined) records.copy(memory)
  const release = (): void => {
    if (memory !== undefined) buffers?.give(memory.fill(0xdd))
  }
  return {
    topic: 't',
    partition,
    errorCode: 0,
    highWatermark: 1_000_000n,
    lastStableOffset: 1_000_000n,
    abortedTransactions: [],
    preferredReadReplica: -1,
    ...more,
    records: recordsOf({ topic: 't', partition }, memory?.subarray(0, records.length) ?? records, release),
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

describe('Fetcher', () => {
  test('keeps what is buffered and what is asked for within its budget, and loses and repeats nothing', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('answer' as const), records: fc.integer({ min: 1, max: 8 }) }),
      fc.record({ kind: fc.constant('take' as const), max: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const), partition: fc.nat(5) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
        const bench = new Bench([1, 1, 2, 2, 2, 3])
        const next = new Map<number, bigint>()
        for (const step of actions) {
          if (step.kind === 'answer') await bench.answer(step.records)
          else if (step.kind === 'take') {
            for (const { partition, offset } of bench.take(step.max)) {
              assert.equal(offset, next.get(partition) ?? 0n)
              assert.equal(bench.states[partition]?.paused, false)
              next.set(partition, offset + 1n)
            }
          } else {
            const state = bench.states[step.partition]
            assert.ok(state)
            state.paused = step.kind === 'pause'
            bench.fetcher.fill()
          }
        }
        // Whatever came before, everything can still be read.
        for (const state of bench.states) state.paused = false
        for (let round = 0; round < 60; round++) {
          for (const { partition, offset } of bench.take(1_000)) next.set(partition, offset + 1n)
          await bench.answer(8)
        }
        assert.equal(next.size, 6)
      }),
      { numRuns: 60 },
    )
  })

  test('takes from the partitions that are wanted alone, and fetches nothing twice for it', async () => {
    const step = fc.record({
      wanted: fc.subarray([0, 1, 2, 3, 4, 5]),
      records: fc.integer({ min: 1, max: 8 }),
      max: fc.integer({ min: 1, max: 20 }),
      isAll: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(5), async (steps, last) => {
        const bench = new Bench([1, 1, 2, 2, 2, 3])
        bench.overrun = 6 * 2_000
        const next = new Map<number, bigint>()
        const take = (max: number, wanted?: readonly number[]): number => {
          const records = bench.take(max, wanted)
          for (const { partition, offset } of records) {
            assert.ok(wanted?.includes(partition) ?? true)
            assert.equal(offset, next.get(partition) ?? 0n)
            next.set(partition, offset + 1n)
          }
          return records.length
        }
        for (const { wanted, records, max, isAll } of steps) {
          await bench.answer(records)
          take(max, isAll ? undefined : wanted)
        }
        // However full the others are, one that is wanted alone goes on.
        let seen = 0
        for (let round = 0; round < 40; round++) {
          seen += take(1_000, [last])
          await bench.answer(8)
        }
        assert.ok(seen >= 40, `${seen} records`)
      }),
      { numRuns: 60 },
    )
  })

  test('leaves the bytes of polled records as they are until their partition is taken from again', async () => {
    const step = fc.record({
      kind: fc.constantFrom(
        'answer' as const,
        'take' as const,
        'take' as const,
        'pause' as const,
        'resume' as const,
      ),
      wanted: fc.subarray([0, 1, 2]),
      count: fc.integer({ min: 1, max: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const bench = new Bench([1, 1, 2], { aheadBytes: 4_000 })
        bench.buffers = new RecordBuffers(10_000)
        bench.overrun = Infinity
        const held = new Map<number, ConsumerRecord[]>()
        for (const { kind, wanted, count } of steps) {
          if (kind === 'answer') await bench.answer(count)
          else if (kind === 'take') {
            for (const partition of wanted) held.delete(partition)
            for (const record of bench.take(count, wanted)) {
              held.set(record.partition, [...(held.get(record.partition) ?? []), record])
            }
          } else {
            for (const partition of wanted)
              Object.assign(bench.states[partition] ?? {}, { paused: kind === 'pause' })
            // What is fetched again after it was let go of begins where it was polled to.
            bench.nextFetch.clear()
            bench.fetcher.fill()
          }
          for (const { value, offset } of [...held.values()].flat()) assert.deepEqual(value, valueAt(offset))
        }
      }),
      { numRuns: 100 },
    )
  })

  test('asks for a partition that becomes free while another request still waits for data', async () => {
    const bench = new Bench([1, 1])
    assert.equal(bench.pending.length, 1)
    const [first] = bench.pending
    assert.ok(first)
    first.answer({ errorCode: 0, partitions: [partitionAnswer(0, { records: batchOf(0n, 18) })] })
    await settled()
    // Partition 0 is full for now, so only partition 1 is asked for.
    assert.deepEqual([...(bench.pending[0]?.offsets.keys() ?? [])], ['t-1'])
    assert.equal(bench.take(100).length, 18)
    assert.deepEqual(
      bench.pending.map(({ offsets }) => [...offsets]),
      [[['t-1', 0n]], [['t-0', 18n]]],
    )
  })

  test('never lets idle partitions hold up one that is known to have data', async () => {
    const bench = new Bench([1, 1, 1])
    const [first] = bench.pending
    assert.ok(first)
    const full = batchOf(0n, 18)
    first.answer({
      errorCode: 0,
      partitions: [
        partitionAnswer(0, { records: full, highWatermark: 18n }),
        partitionAnswer(1, { records: full, highWatermark: 18n }),
        partitionAnswer(2, { records: full }),
      ],
    })
    await settled()
    // Each becomes free by itself: first the two that have nothing more.
    for (const expected of [['t-0'], ['t-1'], ['t-2']]) {
      assert.equal(bench.take(18).length, 18)
      assert.deepEqual([...(bench.pending.at(-1)?.offsets.keys() ?? [])], expected)
    }
    assert.equal(bench.pending.length, 3)
  })

  test('drops the answer to a request from before a seek', async () => {
    const bench = new Bench([1])
    const [state] = bench.states
    assert.ok(state)
    bench.fetcher.seek(state, 500n)
    await bench.answer(3)
    assert.deepEqual(bench.take(10), [])
    assert.deepEqual([...(bench.pending[0]?.offsets.values() ?? [])], [500n])
    await bench.answer(1)
    assert.deepEqual(
      bench.take(10).map(({ offset }) => offset),
      [500n],
    )
  })

  test('lets go of what lies fetched for paused partitions when it keeps others from being fetched', async () => {
    const bench = new Bench([1, 2], { aheadBytes: 2_500 })
    await bench.answer(14)
    const [full, other] = bench.states
    assert.ok(full && other)
    assert.ok(full.bufferedBytes > 0)
    full.paused = true
    for (let round = 0; round < 10; round++) {
      bench.take(100)
      await bench.answer(10)
    }
    assert.ok((other.position ?? 0n) > 20n)
    full.paused = false
    for (let round = 0; round < 10; round++) {
      bench.take(100)
      await bench.answer(10)
    }
    assert.ok((full.position ?? 0n) > 14n)
  })

  test('hands a position out of range to be reset, and asks no more for it', async () => {
    const bench = new Bench([1])
    bench.pending[0]?.answer({ errorCode: 0, partitions: [partitionAnswer(0, { errorCode: 1 })] })
    await settled()
    assert.deepEqual(bench.outOfRange, ['t-0'])
    assert.equal(bench.pending.length, 0)
  })

  test('asks for fresh metadata when the leader has moved', async () => {
    const bench = new Bench([1])
    bench.pending[0]?.answer({ errorCode: 0, partitions: [partitionAnswer(0, { errorCode: 6 })] })
    await settled()
    assert.ok(bench.staleMetadata > 0)
  })
})
