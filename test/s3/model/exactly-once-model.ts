import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import {
  Headers,
  INT32,
  type ObjectStore,
  type RawConfig,
  type Schema,
  SchemaBuilder,
  SinkRecord,
  STRING,
  Struct,
} from '@spillway/framework'

import { MemoryStore } from '../support/memory-store.ts'
import { ModelProcess, type ModelWorld } from './model-process.ts'
import type { Step } from './stepped-store.ts'

const TOPIC = 't'
const ACTIONS = 140
const OUTPUTS = 3

const SCHEMAS = ['one', 'two'].map((name) =>
  SchemaBuilder.struct()
    .name(name)
    .field('offset', INT32)
    .field('out', STRING)
    .field('filler', STRING)
    .build(),
)

/** What a history is made of. */
export interface HistoryOptions {
  readonly seed: number
  readonly config: RawConfig
  /** Bytes of filler per record; 0. */
  readonly fillerBytes?: number
  /** Bytes of memory, and as many of disk, for open files; 1 MiB. */
  readonly bufferBytes?: number
  /**
   * Objects may be replaced by their twins, and those of a rotation come to be in any order. No operator sets the group back:
   * that forgets early cuts.
   */
  readonly replaces?: boolean
  /** Breaks a step of the protocol: stands between the processes and the store. */
  readonly breakStore?: (store: MemoryStore) => ObjectStore
  /** Half of the commits do not reach the group: then all hangs on the ledger. */
  readonly losesCommits?: boolean
  /** Records have one of two schemas, by chance. */
  readonly hasSchemas?: boolean
  /** Breaks the order: commits to Kafka what was consumed, not what is safe. */
  readonly commitsConsumed?: boolean
}

interface Line {
  readonly offset: number
  readonly out: string
}

/**
 * A random history of one Kafka partition: processes that read, write, commit, crash, freeze and come back as zombies,
 * with every request to the store held up as long as chance wants. After each step the objects must be chains: no
 * record twice, no gap, nothing replaced, and nothing committed that is not there.
 */
export class History {
  readonly #options: HistoryOptions
  readonly #random: () => number
  readonly #store = new MemoryStore()
  readonly #world: ModelWorld
  readonly #outs: readonly string[]
  /** Which schema a record has. */
  readonly #schemaOf: readonly number[]
  readonly #zombies: ModelProcess[] = []
  readonly #dead: ModelProcess[] = []
  /** Commits on their way to the group. */
  readonly #commits: Step[] = []
  readonly #log: string[] = []
  #owner!: ModelProcess
  #generation = 0
  #safe = 0

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#random = mulberry32(options.seed)
    const length = 20 + this.#below(40)
    this.#outs = Array.from({ length }, () => `o${this.#below(OUTPUTS)}`)
    this.#schemaOf = this.#outs.map(() => (options.hasSchemas === true ? this.#below(SCHEMAS.length) : 0))
    this.#world = {
      store: options.breakStore?.(this.#store) ?? this.#store,
      partition: { topic: TOPIC, partition: 0 },
      bufferBytes: options.bufferBytes ?? 1024 * 1024,
      now: 0,
      committed: null,
      config: {
        'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
        'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
        'partition.field.name': 'out',
        'flush.size': '1000000',
        ...options.config,
      },
    }
  }

  /** @throws {AssertionError} with the history so far, where an invariant does not hold. */
  async run(): Promise<void> {
    try {
      this.#owner = await this.#startProcess()
      for (let i = 0; i < ACTIONS; i++) {
        await this.#act()
        await settle()
        this.#check()
      }
      await this.#finish()
    } catch (error) {
      const told = this.#log.slice(-60).join('\n')
      throw new Error(`seed ${this.#options.seed}: ${(error as Error).message}\n${told}`, { cause: error })
    } finally {
      for (const process of [this.#owner, ...this.#zombies, ...this.#dead]) await process?.clearAway()
    }
  }

  get #committed(): number {
    return Number(this.#world.committed?.offset ?? 0n)
  }

  async #act(): Promise<void> {
    const dice = this.#below(100)
    if (dice < 45) this.#endStep()
    else if (dice < 65) this.#deliver(this.#owner)
    else if (dice < 75) {
      this.#world.now += this.#below(60_000)
      this.#deliver(this.#owner, 0)
    } else if (dice < 84) this.#commit(this.#owner)
    else if (dice < 90) this.#stirZombie()
    else if (dice < 94) await this.#crash()
    else if (dice < 97) await this.#freeze()
    else if (dice < 99 || this.#options.replaces === true) await this.#handOver()
    else await this.#resetBackwards()
  }

  /** A request of any process, alive, frozen or dead, comes to its end. */
  #endStep(): void {
    const processes = [this.#owner, this.#owner, ...this.#zombies, ...this.#dead]
    const steps: Step[] = [...this.#commits, ...processes.flatMap((process) => process.store.steps)]
    const step = steps[this.#below(steps.length)]
    if (step === undefined) return
    const dice = this.#below(100)
    const outcome = dice < 84 ? 'done' : dice < 93 ? 'answer lost' : 'lost'
    this.#tell(`${step.name}: ${outcome}`)
    step.end(outcome)
  }

  #deliver(process: ModelProcess, most = 1 + this.#below(6)): void {
    if (!process.isIdle) return
    const count = process.wantsRecords ? Math.min(most, this.#outs.length - process.position) : 0
    const records = Array.from({ length: count }, (_, i) => this.#record(process.position + i))
    this.#tell(`${process.generation} reads ${count} from ${process.position} at ${this.#world.now}`)
    process.put(records)
  }

  #commit(process: ModelProcess, closing = false): void {
    if (!process.isIdle) return
    const consumed = process.position
    process.preCommit(closing, ({ offset, metadata }) => {
      assert.ok(offset <= BigInt(consumed), 'committed beyond what was consumed')
      const position = this.#options.commitsConsumed === true ? BigInt(consumed) : offset
      return new Promise((resolve) => {
        const step: Step = {
          name: `${process.generation} commits ${position}`,
          end: (outcome) => {
            this.#commits.splice(this.#commits.indexOf(step), 1)
            // The group fences everyone but its member of now.
            const isLost = outcome === 'lost' || (this.#options.losesCommits === true && this.#below(2) === 0)
            if (!isLost && process.generation === this.#generation) {
              this.#world.committed = { offset: position, ...(metadata !== undefined && { metadata }) }
              this.#safe = Math.max(this.#safe, this.#committed)
            }
            resolve()
          },
        }
        this.#commits.push(step)
      })
    })
  }

  #stirZombie(): void {
    const zombie = this.#zombies[this.#below(this.#zombies.length)]
    if (zombie === undefined) return
    if (this.#below(3) === 0) this.#commit(zombie)
    else this.#deliver(zombie)
  }

  async #crash(): Promise<void> {
    this.#tell(`${this.#generation} crashes`)
    this.#owner.kill()
    this.#dead.push(this.#owner)
    this.#owner = await this.#startProcess()
  }

  async #freeze(): Promise<void> {
    this.#tell(`${this.#generation} freezes, and will not know`)
    this.#zombies.push(this.#owner)
    this.#owner = await this.#startProcess()
  }

  /** An orderly rebalance: the last commit, then the end of the old owner. */
  async #handOver(): Promise<void> {
    if (!this.#owner.isIdle) return
    const before = this.#owner
    this.#commit(before, true)
    for (let i = 0; i < 200 && !before.isIdle; i++) {
      before.store.steps[0]?.end('done')
      this.#commits.at(-1)?.end('done')
      await settle()
    }
    before.close()
    await settle()
    this.#tell(`${this.#generation} hands over`)
    this.#dead.push(before)
    this.#owner = await this.#startProcess()
  }

  /** An operator sets the group back to the start: what is read again must not be written again. */
  async #resetBackwards(): Promise<void> {
    this.#owner.kill()
    this.#dead.push(this.#owner)
    // Only a group without members lets its offsets be set.
    this.#world.committed = { offset: 0n }
    this.#tell('all stop, and the group is set back to 0')
    this.#owner = await this.#startProcess()
  }

  async #startProcess(): Promise<ModelProcess> {
    this.#generation++
    this.#tell(`${this.#generation} starts at ${this.#committed}`)
    return ModelProcess.start(this.#world, this.#generation, this.#committed)
  }

  /** A last process with a calm store reads everything; then every record is there. */
  async #finish(): Promise<void> {
    await this.#crash()
    const { store } = this.#owner
    for (let i = 0; i < 2000; i++) {
      while (store.steps.length + this.#commits.length > 0) {
        store.steps[0]?.end('done')
        this.#commits[0]?.end('done')
        await settle()
      }
      if (this.#owner.failure !== undefined)
        throw new Error('the last process failed', { cause: this.#owner.failure })
      this.#world.now += 100_000
      if (this.#owner.isIdle) {
        if (i % 3 === 2) this.#commit(this.#owner)
        else this.#deliver(this.#owner)
      }
      await settle()
      this.#check()
      if (this.#committed === this.#outs.length) return
      // What no rotation has closed stays open.
      if (this.#options.replaces === true && i > 60 && this.#owner.position === this.#outs.length) return
    }
    throw new Error(`the last process came only to ${this.#committed} of ${this.#outs.length}`)
  }

  #check(): void {
    const replaced = this.#store.replaced.filter((key) => isMain(key) && !key.includes('_spillway/'))
    if (this.#options.replaces !== true) assert.deepEqual(replaced, [], 'replaced')
    const found = new Map<string, number[]>()
    for (const [key, { body }] of this.#store.objects) {
      if (key.includes('_spillway/') || !isMain(key)) continue
      if (this.#options.config['store.kafka.keys'] === 'true') this.#checkKeys(key, body)
      const lines = body
        .toString()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line)
      for (const { offset, out } of lines) {
        assert.ok(key.includes(`/out=${out}/`), `${key} holds a record of ${out}`)
        const chain = `${out} ${this.#schemaOf[offset]}`
        found.set(chain, [...(found.get(chain) ?? []), offset])
      }
      const schemas = new Set(lines.map(({ offset }) => this.#schemaOf[offset]))
      assert.equal(schemas.size, 1, `${key} holds records of several schemas`)
      assert.ok(
        key.endsWith(`+${String(lines[0]?.offset).padStart(10, '0')}.json`),
        `${key} is named wrongly`,
      )
    }
    for (let i = 0; i < OUTPUTS * SCHEMAS.length; i++) {
      const out = `o${i % OUTPUTS} ${Math.floor(i / OUTPUTS)}`
      const expected = this.#outs.flatMap((other, offset) =>
        `${other} ${this.#schemaOf[offset]}` === out ? [offset] : [],
      )
      const offsets = (found.get(out) ?? []).sort((a, b) => a - b)
      const due = expected.filter((offset) => offset < this.#safe)
      if (this.#options.replaces === true) {
        assert.equal(new Set(offsets).size, offsets.length, `${out} holds records twice`)
        assert.deepEqual(
          due.filter((offset) => !offsets.includes(offset)),
          [],
          `${out} lacks records below the committed offset ${this.#safe}`,
        )
        continue
      }
      assert.deepEqual(offsets, expected.slice(0, offsets.length), `the chain of ${out} is broken`)
      assert.ok(offsets.length >= due.length, `${out} lacks records below the committed offset ${this.#safe}`)
    }
  }

  /** The keys beside an object are those of its records. */
  #checkKeys(key: string, values: Buffer): void {
    const companion = this.#store.objects.get(key.replace(/\.json$/, '.keys.json'))
    assert.ok(companion, `${key} has no keys beside it`)
    assert.equal(
      companion.body.toString(),
      values.toString().replaceAll(/^\{"offset":(\d+).*$/gm, '"key-$1"'),
      `the keys beside ${key} are not those of its records`,
    )
  }

  #record(offset: number): SinkRecord {
    const out = this.#outs[offset] as string
    const filler = 'x'.repeat(this.#options.fillerBytes ?? 0)
    const schema = SCHEMAS[this.#schemaOf[offset] as number] as Schema
    const hasSchema = this.#options.hasSchemas === true
    return new SinkRecord({
      topic: TOPIC,
      kafkaPartition: 0,
      keySchema: null,
      key: `key-${offset}`,
      valueSchema: hasSchema ? schema : null,
      value: hasSchema ? new Struct(schema, [offset, out, filler]) : { offset, out, filler },
      kafkaOffset: BigInt(offset),
      timestamp: offset * 1000,
      timestampType: 'CreateTime',
      headers: new Headers(),
    })
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }

  #tell(what: string): void {
    this.#log.push(what)
  }
}

/** Whether an object is no companion of another. */
function isMain(key: string): boolean {
  return !key.endsWith('.keys.json')
}

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await setImmediate()
}

/** A small generator of numbers from 0 to 1, so that a seed tells a whole history. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
