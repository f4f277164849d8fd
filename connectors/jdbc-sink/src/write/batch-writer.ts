import { DataError, isConnectError, type SinkRecord } from '@spillway/api'
import type { SinkSettings } from '../config/sink-settings.ts'
import type { Dialect, FailureClass, Session, SqlFailure } from '../dialects/dialect.ts'
import type { Change } from '../plan/changes.ts'
import { planWrites } from '../plan/write-plan.ts'
import type { WriteTarget } from '../plan/write-target.ts'
import { display, type TableStructures } from '../tables/table-structures.ts'
import { bindRecord } from './bind-record.ts'
import type { ConnectionHolder } from './connection-holder.ts'
import type { ErrantRecords } from './errant-records.ts'
import type { RecordTargets } from './record-targets.ts'
import { RetryBudget } from './retry-budget.ts'
import { cannotWrite, RefusedRecordError, retryLater } from './write-errors.ts'

/** A record with where it goes. */
interface Addressed {
  readonly record: SinkRecord
  readonly change: Change
}

export interface BatchWriterParts {
  readonly settings: SinkSettings
  readonly dialect: Dialect
  readonly connection: ConnectionHolder
  readonly structures: TableStructures
  readonly targets: RecordTargets
  readonly errant: ErrantRecords
  /** Run in the transaction of the batch: writes the positions it ends at. */
  readonly storeOffsets: (session: Session, records: readonly SinkRecord[]) => Promise<void>
  readonly sleep: (ms: number) => Promise<void>
  readonly random?: () => number
}

/** Classes of errors that one record alone may be the cause of; `schema` once the catalog has been read again. */
const OF_A_RECORD: readonly FailureClass[] = ['record', 'reference', 'schema']

/**
 * Writes whole batches, each in one transaction: table changes, rows and positions, or nothing of it
 * (Java: `JdbcDbWriter`). Meets errors by their class: see {@link FailureClass}.
 */
export class BatchWriter {
  readonly #parts: BatchWriterParts
  readonly #retries: RetryBudget
  #hasDdl = false

  constructor(parts: BatchWriterParts) {
    this.#parts = parts
    this.#retries = new RetryBudget(parts.settings.maxRetries, parts.random ?? Math.random)
  }

  /** For the table structures: a statement of this transaction has changed a table. */
  noteDdl(): void {
    this.#hasDdl = true
  }

  /**
   * @throws {RetriableError} where the same batch is to be written again later; nothing of it is in the database.
   * @throws {ConnectError} where the task must fail.
   */
  async write(records: readonly SinkRecord[]): Promise<void> {
    let isolates = false
    for (;;) {
      let session: Session | undefined
      try {
        session = await this.#parts.connection.session()
        await this.#transaction(session, records, isolates)
        this.#retries.succeeded()
        return
      } catch (error) {
        await this.#abandon(session)
        if (isConnectError(error)) throw error
        const failure = this.#parts.dialect.failureOf(error)
        if (failure.failureClass === 'schema' && this.#retries.mayRefresh()) {
          this.#parts.targets.forget()
        } else if (!isolates && OF_A_RECORD.includes(failure.failureClass)) {
          if (failure.failureClass === 'reference') this.#retryReference(failure, error)
          isolates = true
        } else if (await this.#meet(failure, error, isolates)) {
          isolates = true
        }
      }
    }
  }

  async #transaction(session: Session, records: readonly SinkRecord[], isolates: boolean): Promise<void> {
    const { dialect, storeOffsets } = this.#parts
    this.#hasDdl = false
    // Where DDL ends a transaction, it comes before it; the rows that need it are then written or not, as ever.
    if (dialect.hasTransactionalDdl) await session.begin()
    const addressed = await this.#address(session, records)
    if (!dialect.hasTransactionalDdl) await session.begin()
    if (isolates) await this.#isolate(session, addressed)
    else await this.#apply(session, addressed)
    await storeOffsets(session, records)
    await session.commit()
    this.#hasDdl = false
  }

  /** Finds each record's table and binds its values; reports those that cannot be. */
  async #address(session: Session, records: readonly SinkRecord[]): Promise<Addressed[]> {
    const { settings, targets, errant } = this.#parts
    const addressed: Addressed[] = []
    for (const record of records) {
      const isNull = record.value === null || record.value === undefined
      if (isNull && !settings.deleteEnabled && settings.ignoresNullValues) continue
      if (errant.isTold(record)) continue
      try {
        const found = targets.knownTargetOf(record)
        const target: WriteTarget | null = found ?? (await targets.targetOf(session, record))
        if (target !== null) addressed.push({ record, change: bindRecord(record, target) })
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        await errant.tell(record, error)
      }
    }
    return addressed
  }

  async #apply(session: Session, addressed: readonly Addressed[]): Promise<void> {
    const { settings, dialect } = this.#parts
    const steps = planWrites(
      addressed.map(({ change }) => change),
      { mode: settings.mode, appliesRowsInOrder: dialect.appliesRowsInOrder },
    )
    for (const { operation, target, rows } of steps) {
      // An update that sets nothing changes nothing.
      if (operation === 'update' && target.columns.length === target.keyCount) continue
      const { table, columns, keyCount, binders } = target
      for (let from = 0; from < rows.length; from += settings.batchSize) {
        const part = rows.length <= settings.batchSize ? rows : rows.slice(from, from + settings.batchSize)
        await session.write(operation, { table, columns, keyCount, binders, rows: part })
      }
    }
  }

  /** Halves what fails until the records at fault stand alone; those are reported, all others are written. */
  async #isolate(session: Session, addressed: readonly Addressed[]): Promise<void> {
    const [first] = addressed
    if (first === undefined) return
    await session.savepoint('part')
    try {
      await this.#apply(session, addressed)
    } catch (error) {
      const failure = this.#parts.dialect.failureOf(error)
      if (!this.#mayBeOfARecord(failure)) throw error
      await session.rollbackTo('part')
      await session.release('part')
      if (addressed.length === 1) {
        await this.#refuse(session, first, failure, error)
        return
      }
      const middle = addressed.length >> 1
      await this.#isolate(session, addressed.slice(0, middle))
      await this.#isolate(session, addressed.slice(middle))
      return
    }
    await session.release('part')
  }

  /** An error of no known class may be of a record once max.retries are used up; one of the schema once that is read again. */
  #mayBeOfARecord({ failureClass }: SqlFailure): boolean {
    if (failureClass === 'schema') return this.#retries.hasRefreshed
    if (failureClass === 'unknown') return this.#retries.areUsedUp
    return OF_A_RECORD.includes(failureClass)
  }

  async #refuse(
    session: Session,
    { record, change }: Addressed,
    failure: SqlFailure,
    error: unknown,
  ): Promise<void> {
    const { table, columns, keyCount, binders } = change.target
    const isUnclear = failure.column === undefined && failure.failureClass === 'record' && !change.isDelete
    const column = isUnclear
      ? await session.columnAtFault?.({ table, columns, keyCount, binders, rows: [change.row] })
      : failure.column
    const { trimsSensitive } = this.#parts.settings
    await this.#parts.errant.tell(
      record,
      new RefusedRecordError(display(table.id), { ...failure, column }, trimsSensitive, error),
    )
  }

  /** Rolls back; where even that fails the connection is of no use. */
  async #abandon(session: Session | undefined): Promise<void> {
    if (session === undefined) return
    if (this.#hasDdl) this.#parts.targets.forget()
    try {
      await session.rollback()
    } catch {
      // The error that led here says more than this one.
      await this.#parts.connection.drop()
    }
  }

  /** Returns where the batch is to be written again at once: true where each record is to be tried by itself. */
  async #meet(failure: SqlFailure, error: unknown, isolates: boolean): Promise<boolean> {
    const { settings, connection, sleep } = this.#parts
    const { trimsSensitive } = settings
    switch (failure.failureClass) {
      case 'contention': {
        const delay = this.#retries.nextContentionDelay()
        if (delay === undefined)
          throw retryLater('Rows are locked by others for long', failure, trimsSensitive, error)
        await sleep(delay)
        return isolates
      }
      case 'systemic':
        await connection.drop()
        throw retryLater('The database cannot be written now', failure, trimsSensitive, error)
      case 'config':
        throw cannotWrite('The database refuses the statement', failure, trimsSensitive, error)
      default:
        await connection.drop()
    }
    const wereUsedUp = this.#retries.areUsedUp
    if (this.#retries.mayRetry()) throw retryLater('Writing failed', failure, trimsSensitive, error)
    // Also records that are tried one by one already because of another error: this error may be one record's too.
    if (!(isolates && wereUsedUp) && this.#parts.errant.tolerates) return true
    throw cannotWrite(
      `Writing failed ${settings.maxRetries + 1} times (max.retries=${settings.maxRetries})`,
      failure,
      trimsSensitive,
      error,
    )
  }

  /** The row referred to may be on its way in another topic. @throws {RetriableError} a few times. */
  #retryReference(failure: SqlFailure, error: unknown): void {
    if (!this.#retries.mayWaitForReference()) return
    throw retryLater(
      'A row refers to another that is not there yet',
      failure,
      this.#parts.settings.trimsSensitive,
      error,
    )
  }
}
