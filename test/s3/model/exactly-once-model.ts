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
import { Refiner } from '@spillway/refine'

import { MemoryStore } from '../support/memory-store.ts'
import { ChainChecks } from './chain-checks.ts'
import { ModelProcess, type ModelWorld } from './model-process.ts'
import type { Step } from './stepped-store.ts'
import { type Temper, TEMPERS } from './tempers.ts'

const TOPIC = 't'
const ACTIONS = 140
const OUTPUTS = 3
/** More than all records of a history take. */
const PLENTY_BYTES = 16 * 1024 * 1024

const SCHEMAS = ['one', 'two'].map((name) =>
  SchemaBuilder.struct()
    .name(name)
    .field('offset', INT32)
    .field('part', INT32)
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
  /** Bytes of memory, and as many of disk, for open files of every other process; the ones between, or all, have plenty. */
  readonly bufferBytes?: number
  /** Least records of the partition; 20. */
  readonly leastRecords?: number
  /** Objects may be replaced by their twins, and those of a rotation come to be in any order. */
  readonly replaces?: boolean
  /** How often what happens; by chance where absent. */
  readonly temper?: Temper
  /** No rotation closes the last files. */
  readonly staysOpen?: boolean
  /**
   * Under `replaces`, does what docs/decisions/0010 says is not covered: an operator sets the group back, or a life has
   * less room than one before it whose uploads are still on their way.
   */
  readonly uncovered?: 'reset' | 'less room'
  /** Breaks a step of the protocol: stands between the processes and the store. */
  readonly breakStore?: (store: MemoryStore) => ObjectStore
  /** Half of the commits do not reach the group: then all hangs on the ledger. */
  readonly losesCommits?: boolean
  /** Records have one of two schemas, by chance. */
  readonly hasSchemas?: boolean
  /** Of each offset a transformation makes up to three records. */
  readonly fansOut?: boolean
  /** What `refine.*` does to records before the sink has them; a third of the offsets has `value.drop`. */
  readonly refine?: RawConfig
  /** Breaks the order: commits to Kafka what was consumed, not what is safe. */
  readonly commitsConsumed?: boolean
}

/** What happened in histories: how often each kind of event. */
export type Events = ReadonlyMap<string, number>

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
  /** How many records an offset has. */
  readonly #partsOf: readonly number[]
  readonly #refiner: Refiner | undefined
  readonly #zombies: ModelProcess[] = []
  readonly #dead: ModelProcess[] = []
  /** Commits on their way to the group. */
  readonly #commits: Step[] = []
  readonly #log: string[] = []
  readonly #events = new Map<string, number>()
  readonly #checks: ChainChecks
  readonly #temper: Temper
  /** A frozen process that goes on before its successor comes to anything, for so many actions. */
  #hasty: ModelProcess | undefined
  #hastyFor = 0
  /** Requests of processes that are no more, or frozen, come seldom before everything else is over. */
  readonly #holdsLate: boolean
  #owner!: ModelProcess
  #generation = 0
  #safe = 0

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#random = mulberry32(options.seed)
    const length = (options.leastRecords ?? 20) + this.#below(40)
    const temper = TEMPERS[this.#below(TEMPERS.length)] as Temper
    this.#temper = options.temper ?? temper
    this.#holdsLate = this.#below(2) === 0
    this.#outs = Array.from({ length }, () => `o${this.#below(OUTPUTS)}`)
    this.#schemaOf = this.#outs.map(() => (options.hasSchemas === true ? this.#below(SCHEMAS.length) : 0))
    this.#partsOf = this.#outs.map(() => (options.fansOut === true ? 1 + this.#below(3) : 1))
    this.#refiner = options.refine && Refiner.of(options.refine)
    this.#world = {
      store: options.breakStore?.(this.#store) ?? this.#store,
      partition: { topic: TOPIC, partition: 0 },
      now: 0,
      committed: null,
      config: {
        'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
        'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
        'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
        'partition.field.name': 'out',
        'flush.size': '1000000',
        ...options.config,
      },
    }
    this.#checks = new ChainChecks(this.#store, {
      offsets: length,
      partsOf: (offset) => (this.#isDropped(offset) ? 0 : (this.#partsOf[offset] as number)),
      chainOf: (offset) => `${this.#outs[offset]} ${this.#schemaOf[offset]}`,
      outOf: (offset) => this.#outs[offset] as string,
      replaces: options.replaces === true,
      hasKeys: options.config['store.kafka.keys'] === 'true',
    })
  }

  /** @throws {AssertionError} with the history so far, where an invariant does not hold. */
  async run(): Promise<Events> {
    try {
      this.#owner = await this.#startProcess()
      for (let i = 0; i < ACTIONS; i++) {
        await this.#act()
        await settle()
        this.#check()
      }
      await this.#finish()
      await this.#landLate()
      for (const { rewinds } of [this.#owner, ...this.#zombies, ...this.#dead])
        this.#count('rewinds', rewinds)
      return this.#events
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
    let dice = this.#below(100)
    const action = Object.entries(this.#temper).find(([, percent]) => (dice -= percent) < 0)?.[0]
    switch (action as keyof Temper) {
      case 'request':
        return this.#endStep()
      case 'records':
        return this.#deliver(this.#owner)
      case 'time':
        this.#world.now += this.#below(60_000)
        return this.#deliver(this.#owner, 0)
      case 'commit':
        return this.#commit(this.#owner)
      case 'zombie':
        return this.#stirZombie()
      case 'crash':
        return this.#crash()
      case 'freeze':
        return this.#freeze()
      case 'reassign':
        return this.#reassign()
      case 'reset':
        // Under rotation that a replay repeats that forgets early cuts.
        if (this.#options.replaces !== true || this.#options.uncovered === 'reset')
          return this.#resetBackwards()
        return this.#handOver()
      case 'handOver':
        return this.#handOver()
    }
  }

  /** A request of any process, alive, frozen or dead, comes to its end. */
  #endStep(): void {
    const hasty = this.#hastyFor-- > 0 ? this.#hasty?.store.steps[0] : undefined
    if (hasty !== undefined) return this.#end(hasty)
    const late = this.#holdsLate && this.#below(8) > 0 ? [] : [...this.#zombies, ...this.#dead]
    const processes = [this.#owner, this.#owner, ...late]
    const steps: Step[] = [...this.#commits, ...processes.flatMap((process) => process.store.steps)]
    const step = steps[this.#below(steps.length)]
    if (step !== undefined) this.#end(step)
  }

  #end(step: Step): void {
    const dice = this.#below(100)
    // Rights that are taken away for a while: objects that are refused would fail the task, which is a crash.
    const mayBeRefused = /^put .*\.ledger\.json/.test(step.name)
    const outcome =
      dice < 84 ? 'done' : dice < 91 ? 'answer lost' : dice < 94 || !mayBeRefused ? 'lost' : 'refused'
    this.#tell(`${step.name}: ${outcome}`)
    if (outcome !== 'done') this.#count(outcome === 'answer lost' ? 'answers lost' : `requests ${outcome}`)
    else if (!this.#owner.store.steps.includes(step) && !this.#commits.includes(step))
      this.#count('late requests')
    step.end(outcome)
  }

  #deliver(process: ModelProcess, most = 1 + this.#below(6)): void {
    if (!process.isIdle) return
    const count = process.wantsRecords ? Math.min(most, this.#outs.length - process.position) : 0
    const records = Array.from({ length: count }, (_, i) => process.position + i).flatMap((offset) =>
      Array.from({ length: this.#partsOf[offset] as number }, (_, part) => this.#refined(offset, part)),
    )
    this.#tell(`${process.generation} reads ${count} from ${process.position} at ${this.#world.now}`)
    process.put(
      records.filter((record) => record !== null),
      count,
    )
  }

  #commit(process: ModelProcess, closing = false): void {
    if (!process.isIdle) return
    const consumed = process.position
    const { generation } = process
    process.preCommit(closing, ({ offset, metadata }) => {
      assert.ok(offset <= BigInt(consumed), 'committed beyond what was consumed')
      const position = this.#options.commitsConsumed === true ? BigInt(consumed) : offset
      return new Promise((resolve) => {
        const step: Step = {
          name: `${generation} commits ${position}`,
          end: (outcome) => {
            this.#commits.splice(this.#commits.indexOf(step), 1)
            // The group fences everyone but its member of now.
            const isLost = outcome === 'lost' || (this.#options.losesCommits === true && this.#below(2) === 0)
            const isTaken = !isLost && generation === this.#generation
            if (isTaken) {
              this.#world.committed = { offset: position, ...(metadata !== undefined && { metadata }) }
              this.#safe = Math.max(this.#safe, this.#committed)
            }
            resolve(isTaken)
          },
        }
        this.#commits.push(step)
      })
    })
  }

  #stirZombie(): void {
    const isHasty = this.#hastyFor > 0 && this.#hasty !== undefined
    const zombie = isHasty ? this.#hasty : this.#zombies[this.#below(this.#zombies.length)]
    if (zombie === undefined) return
    this.#count('zombie acts')
    if (this.#below(3) === 0) this.#commit(zombie)
    else this.#deliver(zombie)
  }

  async #crash(): Promise<void> {
    this.#tell(`${this.#generation} crashes`)
    this.#count('crashes')
    this.#owner.kill()
    this.#dead.push(this.#owner)
    this.#owner = await this.#startProcess()
  }

  async #freeze(): Promise<void> {
    this.#tell(`${this.#generation} freezes, and will not know`)
    this.#count('freezes')
    this.#lose(this.#owner)
    this.#owner = await this.#startProcess()
  }

  #lose(frozen: ModelProcess): void {
    this.#zombies.push(frozen)
    this.#hasty = frozen
    this.#hastyFor = this.#below(2) * this.#below(20)
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
    this.#count('hand-overs')
    this.#dead.push(before)
    this.#owner = await this.#startProcess()
  }

  /** A rebalance that takes the partition away from its owner and gives it back. */
  #reassign(): void {
    const owner = this.#owner
    if (!owner.isIdle || this.#isShort(this.#generation)) return
    // A process with little room stays one.
    this.#generation += this.#isShort(this.#generation + 1) ? 2 : 1
    this.#tell(`${owner.generation} loses the partition and gets it again, as ${this.#generation}`)
    this.#count('reassignments')
    owner.reassign(this.#generation, this.#committed)
  }

  /** An operator sets the group back to the start: what is read again must not be written again. */
  async #resetBackwards(): Promise<void> {
    // Only a group without members lets its offsets be set: its member has ended, or was let go while it is frozen,
    // perhaps when it had just started.
    if (this.#below(2) === 0) await this.#crash()
    if (this.#below(2) === 0) this.#lose(this.#owner)
    else {
      this.#owner.kill()
      this.#dead.push(this.#owner)
    }
    this.#world.committed = { offset: 0n }
    this.#tell('all stop, and the group is set back to 0')
    this.#count('resets')
    this.#owner = await this.#startProcess()
  }

  async #startProcess(): Promise<ModelProcess> {
    this.#generation++
    if (this.#options.replaces === true && this.#options.uncovered !== 'less room')
      await this.#avoidLessRoom()
    const isShort = this.#isShort(this.#generation)
    this.#tell(`${this.#generation} starts at ${this.#committed}${isShort ? ', with little room' : ''}`)
    const bufferBytes = isShort ? (this.#options.bufferBytes as number) : PLENTY_BYTES
    return ModelProcess.start(this.#world, this.#generation, this.#committed, bufferBytes)
  }

  #isShort(generation: number): boolean {
    return this.#options.bufferBytes !== undefined && generation % 2 === 1
  }

  /**
   * A life that is full may not come to where an earlier one has cut; so one with little room begins only where nothing
   * of earlier ones is on its way, and nothing in the store that the group has not committed.
   */
  async #avoidLessRoom(): Promise<void> {
    if (!this.#isShort(this.#generation)) return
    this.#hasty = undefined
    for (const zombie of this.#zombies.splice(0)) {
      zombie.kill()
      this.#dead.push(zombie)
    }
    for (const { store } of this.#dead) {
      for (let step = store.steps[0]; step !== undefined; step = store.steps[0]) this.#end(step)
    }
    await settle()
    if (this.#checks.end() > this.#committed) this.#generation++
  }

  /** A last process with a calm store reads everything; then every record is there. */
  async #finish(): Promise<void> {
    // One that has room for all, so that a rotation that a replay repeats comes to its end, whatever comes late.
    if (this.#isShort(this.#generation + 1)) this.#generation++
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
      if (this.#options.staysOpen === true && i > 60 && this.#owner.position === this.#outs.length) return
    }
    throw new Error(`the last process came only to ${this.#committed} of ${this.#outs.length}`)
  }

  /** When all is written, what was on its way all the while arrives, in any order, and zombies go on. */
  async #landLate(): Promise<void> {
    for (let i = 0; i < 3000; i++) {
      const steps = [...this.#zombies, ...this.#dead].flatMap(({ store }) => store.steps)
      if (steps.length === 0 && i > 20) return
      if (i < 20) this.#stirZombie()
      const step = steps[this.#below(steps.length)]
      if (step !== undefined) this.#end(step)
      await settle()
      this.#check()
    }
    throw new Error('what was on its way never ended')
  }

  #check(): void {
    this.#checks.check(this.#safe)
  }

  #isDropped(offset: number): boolean {
    return this.#refiner !== undefined && offset % 3 === 1
  }

  /** The record as the sink has it; null where it is dropped. */
  #refined(offset: number, part: number): SinkRecord | null {
    const record = this.#record(offset, part)
    return this.#refiner === undefined ? record : this.#refiner.apply(record)
  }

  #record(offset: number, part: number): SinkRecord {
    const out = this.#outs[offset] as string
    const filler = 'x'.repeat(this.#options.fillerBytes ?? 0)
    const schema = SCHEMAS[this.#schemaOf[offset] as number] as Schema
    const hasSchema = this.#options.hasSchemas === true
    const drop = this.#refiner === undefined ? {} : { drop: this.#isDropped(offset) }
    return new SinkRecord({
      topic: TOPIC,
      kafkaPartition: 0,
      keySchema: null,
      key: `key-${offset}`,
      valueSchema: hasSchema ? schema : null,
      value: hasSchema
        ? new Struct(schema, [offset, part, out, filler])
        : { offset, part, out, filler, ...drop },
      kafkaOffset: BigInt(offset),
      timestamp: offset * 1000,
      timestampType: 'CreateTime',
      headers: new Headers(),
    })
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }

  #count(event: string, times = 1): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + times)
  }

  #tell(what: string): void {
    this.#log.push(what)
  }
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
