import {
  ConnectError,
  isConnectError,
  isRetriable,
  noModules,
  type OffsetAndMetadata,
  type Offsets,
  type RawConfig,
  RetriableError,
  type SinkRecord,
  type SinkTask,
  type SinkTaskContext,
  type TopicPartition,
  TopicPartitionMap,
} from '@spillway/api'
import { type SinkSettings, sinkSettings } from './config/sink-settings.ts'
import type { Dialect } from './dialects/dialect.ts'
import { createDialect } from './dialects/index.ts'
import { DestinationTables } from './tables/destination-tables.ts'
import { TableStructures } from './tables/table-structures.ts'
import { BatchWriter } from './write/batch-writer.ts'
import { ConnectionHolder } from './write/connection-holder.ts'
import { ErrantRecords } from './write/errant-records.ts'
import { OFFSETS_MARK, OffsetsTable } from './write/offsets-table.ts'
import { offsetsTableId } from './write/offsets-table-id.ts'
import { RecordTargets } from './write/record-targets.ts'
import { failureText } from './write/write-errors.ts'
import { WriteQueue } from './write/write-queue.ts'

/** How long partitions that leave wait for the batch that is being written. */
const CLOSING_PATIENCE_MS = 5_000

/** What a started task works with. */
interface Running {
  readonly settings: SinkSettings
  readonly dialect: Dialect
  readonly connection: ConnectionHolder
  readonly queue: WriteQueue
  readonly offsets: OffsetsTable | null
}

/**
 * Writes records to tables (Java: `JdbcSinkTask`). `put` hands records to a queue that writes in the background;
 * `preCommit` returns what is committed in the database, and nothing beyond.
 */
export class JdbcSinkTask implements SinkTask {
  #context: SinkTaskContext | undefined
  #running: Running | undefined
  /** When a failed batch may be tried again; undefined where none has failed. */
  #retryAt: number | undefined
  /** Partitions whose position in Kafka an operator has set: nothing is written before our mark stands there. */
  readonly #unmarked = new TopicPartitionMap<true>()

  initialize(context: SinkTaskContext): void {
    this.#context = context
  }

  async start(raw: RawConfig): Promise<void> {
    const context = this.#mustHaveContext()
    const { modules = noModules } = context
    const settings = sinkSettings(raw, context.modules?.plugins)
    const dialect = await createDialect(settings, modules, (text) => context.logger.warn(text))
    const tables = new DestinationTables(settings, dialect.identifierQuote, (id) => dialect.adaptTableId(id))
    const structures = new TableStructures(settings, dialect, (statement) => {
      context.logger.info(`Changed a table: ${statement}`)
      writer.noteDdl()
    })
    const targets = new RecordTargets({
      settings,
      connectorName: context.connectorName,
      dialect,
      tables,
      structures,
    })
    const connection = new ConnectionHolder({
      dialect,
      settings: settings.connection,
      trims: settings.trimsSensitive,
      context,
      onConnect: () => targets.forget(),
    })
    const offsets =
      settings.offsetsTable === ''
        ? null
        : new OffsetsTable(dialect, offsetsTableId(settings, dialect), context.connectorName)
    const writer = new BatchWriter({
      settings,
      dialect,
      connection,
      structures,
      targets,
      errant: new ErrantRecords(context),
      storeOffsets: async (session, records) => await offsets?.store(session, records),
      sleep: async (ms) => await context.clock.sleep(ms, context.signal),
    })
    const queue = new WriteQueue({
      maxRecords: settings.batchSize,
      maxBytes: settings.batchMaxBytes,
      write: async (records) => await writer.write(records),
      onFailure: () => context.wakeup(),
    })
    this.#running = { settings, dialect, connection, queue, offsets }
  }

  async open(partitions: readonly TopicPartition[]): Promise<void> {
    const { offsets } = this.#mustRun()
    if (offsets === null) return
    const context = this.#mustHaveContext()
    const committed = await committedOf(context, partitions)
    for (const [i, partition] of partitions.entries()) {
      const claim = await this.#untilDone(async (session) => {
        await offsets.create(session)
        return await offsets.claim(session, partition, committed[i] ?? null)
      })
      if (claim.mustMark) this.#unmarked.set(partition, true)
      if (claim.position !== null) context.offset(partition, claim.position)
    }
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const { queue } = this.#mustRun()
    if (queue.failure !== null) await this.#tryAgain(queue)
    if (records.length === 0) return
    await this.#mustBeMarked()
    await queue.accept(records)
    if (queue.failure === null) return
    // The records are in the queue: they must not come again, the error shows with the next call.
    this.#mustHaveContext().wakeup()
  }

  async preCommit(consumed: Offsets, closing: boolean): Promise<Offsets> {
    const { queue, offsets } = this.#mustRun()
    if (closing) await this.#withPatience(queue.drain())
    const durable = queue.durable(consumed)
    if (offsets === null) return durable
    return new TopicPartitionMap(
      [...durable].map(([partition, { offset }]) => [partition, { offset, metadata: OFFSETS_MARK }] as const),
    )
  }

  async close(partitions: readonly TopicPartition[]): Promise<void> {
    const { queue, offsets, connection } = this.#mustRun()
    const dropped = queue.drop(partitions)
    // A database that does not answer must not hold up the group: what it was doing is undone with its connection.
    if (!(await this.#withPatience(dropped))) connection.destroy()
    await dropped
    offsets?.release(partitions)
    for (const partition of partitions) this.#unmarked.delete(partition)
  }

  async stop(): Promise<void> {
    await this.#running?.connection.drop()
  }

  /** Writes the failed batch again once its time has come. @throws the error it failed with, as long as it does. */
  async #tryAgain(queue: WriteQueue): Promise<void> {
    const context = this.#mustHaveContext()
    const { retryBackoffMs } = this.#mustRun().settings
    if (this.#retryAt !== undefined && context.clock.now() >= this.#retryAt) await queue.retry()
    const error = queue.failure?.error
    if (error === undefined) {
      this.#retryAt = undefined
      context.notice(null)
      return
    }
    if (!isRetriable(error)) throw error
    if (this.#retryAt === undefined || context.clock.now() >= this.#retryAt) {
      this.#retryAt = context.clock.now() + retryBackoffMs
      context.notice(`Waiting for the database: ${(error as Error).message}`)
    }
    context.timeout(Math.max(0, this.#retryAt - context.clock.now()))
    throw error
  }

  /** @throws {RetriableError} until Kafka's commit carries our mark: see {@link OffsetsTable}. */
  async #mustBeMarked(): Promise<void> {
    if (this.#unmarked.size === 0) return
    const context = this.#mustHaveContext()
    const partitions = this.#unmarked.keys()
    const committed = await committedOf(context, partitions)
    partitions.forEach((partition, i) => {
      if (committed[i]?.metadata === OFFSETS_MARK) this.#unmarked.delete(partition)
    })
    if (this.#unmarked.size === 0) return
    context.requestCommit()
    context.timeout(0)
    throw new RetriableError('Marking the committed offsets before the first write (offsets.storage.table)')
  }

  /** Runs something that has to succeed before the task can go on; an outage is waited out. */
  async #untilDone<T>(
    work: (session: Awaited<ReturnType<ConnectionHolder['session']>>) => Promise<T>,
  ): Promise<T> {
    const context = this.#mustHaveContext()
    const { connection, dialect, settings } = this.#mustRun()
    let failures = 0
    for (;;) {
      try {
        const result = await work(await connection.session())
        context.notice(null)
        return result
      } catch (error) {
        await connection.drop()
        // No connection at the start, or a configuration that cannot work: waiting is of no use.
        if (context.signal.aborted || isConnectError(error)) throw error
        const failure = dialect.failureOf(error)
        const isOutage = failure.failureClass === 'systemic' || failure.failureClass === 'contention'
        if (!isOutage && ++failures > settings.maxRetries) throw error
        context.notice(`Waiting for the database: ${failureText(failure, settings.trimsSensitive)}`)
        await context.clock.sleep(settings.retryBackoffMs, context.signal)
      }
    }
  }

  /** False where it takes too long for partitions that are about to leave. */
  async #withPatience(work: Promise<void>): Promise<boolean> {
    const { clock } = this.#mustHaveContext()
    const enough = new AbortController()
    const patience = clock.sleep(CLOSING_PATIENCE_MS, enough.signal).then(
      () => false,
      () => true,
    )
    try {
      return await Promise.race([work.then(() => true), patience])
    } finally {
      enough.abort(new Error('done'))
    }
  }

  #mustHaveContext(): SinkTaskContext {
    if (this.#context === undefined) throw new Error('initialize was not called')
    return this.#context
  }

  #mustRun(): Running {
    if (this.#running === undefined) throw new Error('start was not called')
    return this.#running
  }
}

async function committedOf(
  context: SinkTaskContext,
  partitions: readonly TopicPartition[],
): Promise<readonly (OffsetAndMetadata | null)[]> {
  if (context.committed === undefined) {
    throw new ConnectError(
      'offsets.storage.table needs a worker that tells committed offsets with their metadata',
    )
  }
  return await context.committed(partitions)
}
