import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ByteBudget,
  type Clock,
  ObjectStoreSinkTask,
  type ObjectStore,
  partitionerConfig,
  type OffsetAndMetadata,
  type RawConfig,
  type SinkRecord,
  type SinkSetup,
  type SinkTaskContext,
  storageConfig,
  type TopicPartition,
  TopicPartitionMap,
  exactlyOnceOf,
  writerSettings,
} from '@spillway/framework'
import { freeModules } from '@spillway/worker'
import { registry } from 'spillway'
import { pino } from 'pino'

import { SteppedStore } from './stepped-store.ts'

/** Sleeps at least this long are time-outs, which never fire here; shorter ones are pauses between tries. */
const TIMEOUT_MS = 5000
const MIB = 1024 * 1024
const logger = pino({ level: 'silent' })

/** Spill directories are made and removed all the time here: in memory, where there is such a place. */
const SPILL_ROOT = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'spillway-model-'))
process.once('exit', () => rmSync(SPILL_ROOT, { recursive: true, force: true }))

const config = storageConfig.and(partitionerConfig)

/** What the processes of one history share. */
export interface ModelWorld {
  readonly store: ObjectStore
  readonly config: RawConfig
  readonly partition: TopicPartition
  /** The group's position. */
  committed: OffsetAndMetadata | null
  now: number
}

/** A worker process with one task that owns, or believes to own, the partition. */
export class ModelProcess {
  /** Of the group, when it was given the partition. */
  generation: number
  readonly store: SteppedStore
  readonly #world: ModelWorld
  readonly #task: ObjectStoreSinkTask
  readonly #abort = new AbortController()
  #isPaused = false
  /** Next offset to be read. */
  position: number
  /** Where the group has it begin, or what it has committed since. */
  #committed: number
  /** How often it had to read again because a commit failed. */
  rewinds = 0
  /** What this process waits for: it does one thing at a time. */
  #busy: Promise<void> | undefined
  failure: unknown

  readonly #bufferBytes: number

  private constructor(world: ModelWorld, generation: number, position: number, bufferBytes: number) {
    this.#world = world
    this.generation = generation
    this.position = this.#committed = position
    this.#bufferBytes = bufferBytes
    this.store = new SteppedStore(world.store)
    this.#task = new ObjectStoreSinkTask((raw) => this.#setup(raw))
    this.#task.initialize(this.#context())
  }

  /**
   * Starts and opens the partition; the claim is on its way then.
   *
   * @param bufferBytes of memory, and as many of disk, for open files.
   */
  static async start(
    world: ModelWorld,
    generation: number,
    position: number,
    bufferBytes: number,
  ): Promise<ModelProcess> {
    const process = new ModelProcess(world, generation, position, bufferBytes)
    process.store.isOpen = true
    await process.#task.start(world.config)
    process.store.isOpen = false
    await process.#task.open([world.partition])
    return process
  }

  get isIdle(): boolean {
    return this.#busy === undefined && this.failure === undefined
  }

  get wantsRecords(): boolean {
    return this.isIdle && !this.#isPaused
  }

  /** @param offsets how many the records were made of. */
  put(records: readonly SinkRecord[], offsets: number): void {
    this.position += offsets
    this.#do(() => this.#task.put(records))
  }

  /**
   * Commits; where the task cannot say what is safe, reads again from what was committed last, as a worker does.
   *
   * @param commit commits the safe offset, when it is known; true where that succeeds.
   */
  preCommit(closing: boolean, commit: (position: OffsetAndMetadata) => Promise<boolean>): void {
    const consumed = new TopicPartitionMap([[this.#world.partition, { offset: BigInt(this.position) }]])
    this.#do(async () => {
      const safe = await this.#task.preCommit(consumed, closing).catch(() => undefined)
      if (safe === undefined && !closing) {
        this.rewinds++
        this.position = this.#committed
      }
      for (const [, position] of safe ?? [])
        if (await commit(position)) this.#committed = Number(position.offset)
    })
  }

  /** Loses the partition without notice, and is given it again. */
  reassign(generation: number, position: number): void {
    this.generation = generation
    this.position = this.#committed = position
    this.#isPaused = false
    this.#do(async () => {
      await this.#task.close([this.#world.partition])
      await this.#task.open([this.#world.partition])
    })
  }

  /** Gives the partition up in an orderly way, after {@link preCommit}. */
  close(): void {
    this.#do(() => this.#task.close([this.#world.partition]))
  }

  /** Ends without a word; requests on their way may still arrive. */
  kill(): void {
    this.store.isDead = true
    this.#abort.abort(new Error('killed'))
  }

  /** Clears away what is left of it in this process. */
  async clearAway(): Promise<void> {
    this.kill()
    this.store.clearAway()
    await this.#task.stop()
  }

  #do(action: () => Promise<void>): void {
    this.#busy = action()
      .catch((error: unknown) => {
        this.failure = error
      })
      .then(() => {
        this.#busy = undefined
      })
  }

  async #setup(raw: RawConfig): Promise<SinkSetup> {
    const parsed = config.parse(raw)
    return {
      store: this.store,
      writer: await writerSettings(
        raw,
        parsed,
        { compression: null, schemaAffix: 'NONE' },
        freeModules(registry),
      ),
      nullValues: { behavior: 'fail', report: false },
      upload: { concurrency: 4, memoryBytes: MIB, partBytes: MIB, quietRetries: 1_000_000, backoffMs: 1 },
      exactlyOnce: await exactlyOnceOf(raw, parsed, freeModules(registry)),
      checkAccess: () => Promise.resolve(),
    }
  }

  #context(): SinkTaskContext {
    const clock: Clock = {
      now: () => this.#world.now,
      monotonic: () => this.#world.now,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
          if (ms < TIMEOUT_MS) setImmediate(resolve)
        }),
    }
    return {
      connectorName: 'model',
      taskId: 0,
      configs: () => this.#world.config,
      offset: () => undefined,
      timeout: () => undefined,
      assignment: () => [this.#world.partition],
      topicId: async () => 'topic-id',
      membership: () => ({ memberId: `member-${this.generation}`, generation: this.generation }),
      committed: async () => [this.#world.committed],
      pause: () => {
        this.#isPaused = true
      },
      resume: () => {
        this.#isPaused = false
      },
      requestCommit: () => undefined,
      wakeup: () => undefined,
      errantRecordReporter: () => null,
      logger,
      clock,
      signal: this.#abort.signal,
      buffers: {
        memory: new ByteBudget(this.#bufferBytes).shared,
        disk: new ByteBudget(this.#bufferBytes).shared,
        directory: SPILL_ROOT,
      },
      notice: () => undefined,
    }
  }
}
