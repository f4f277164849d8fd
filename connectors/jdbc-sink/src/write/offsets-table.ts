import {
  type AlteredOffsets,
  type OffsetAndMetadata,
  RetriableError,
  type SinkRecord,
  type TopicPartition,
  TopicPartitionMap,
  topicPartitionName,
} from '@spillway/api'
import type { Dialect, Session, TableId } from '../dialects/dialect.ts'

/** Metadata of Kafka commits that follow the table: a commit without it was made by somebody else, on purpose. */
export const OFFSETS_MARK = 'spillway-jdbc-offsets'

/** Where a partition is to be read from, and whether Kafka's commit has to be marked before anything is written. */
export interface Claim {
  /** Null leaves the position to Kafka. */
  readonly position: bigint | null
  readonly mustMark: boolean
}

/**
 * Read positions in the database, one row per connector and partition, written in the transaction of the rows: what
 * makes plain inserts exactly-once.
 *
 * Every owner of a partition raises its epoch first. A former owner's late transaction then finds no row of its epoch
 * and is rolled back.
 */
export class OffsetsTable {
  readonly #dialect: Dialect
  readonly #table: string
  readonly #id: TableId
  readonly #connector: string
  readonly #epochs = new TopicPartitionMap<bigint>()

  constructor(dialect: Dialect, id: TableId, connector: string) {
    this.#dialect = dialect
    this.#id = id
    this.#table = dialect.quoteTable(id)
    this.#connector = connector
  }

  async create(session: Session): Promise<void> {
    if ((await session.describeTable(this.#id)) !== null) return
    await session.query(this.#dialect.createOffsetsTable(this.#id))
  }

  /** Takes a partition over. In a transaction of its own. */
  async claim(
    session: Session,
    partition: TopicPartition,
    committed: OffsetAndMetadata | null,
  ): Promise<Claim> {
    await session.begin()
    try {
      const raised = await this.#run(session, `UPDATE ${this.#table} SET epoch = epoch + 1`, partition)
      if (raised === 0) await this.#insert(session, partition, null)
      const { epoch, position } = await this.#read(session, partition)
      const isReset = committed !== null && committed.metadata !== OFFSETS_MARK
      if (isReset) await this.#set(session, partition, committed.offset)
      await session.commit()
      this.#epochs.set(partition, epoch)
      return { position: isReset ? null : position, mustMark: isReset }
    } catch (error) {
      await session.rollback()
      throw error
    }
  }

  release(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#epochs.delete(partition)
  }

  /**
   * Moves the positions behind these records, in the transaction at hand.
   *
   * @throws {RetriableError} where another task has taken a partition over.
   */
  async store(session: Session, records: readonly SinkRecord[]): Promise<void> {
    for (const [partition, offset] of positionsAfter(records)) {
      const epoch = this.#epochs.get(partition)
      const changed = epoch === undefined ? 0 : await this.#set(session, partition, offset, epoch)
      if (changed === 0) {
        throw new RetriableError(
          `The partition ${topicPartitionName(partition)} is written by another task now; this one's write is undone`,
        )
      }
    }
  }

  /**
   * What an operator asks for through REST; null forgets a position. The epoch rises, so that a task that has not
   * noticed its end writes nothing more.
   *
   * @param isReset forget every position of the connector first, those that Kafka knows nothing of too.
   */
  async alter(session: Session, offsets: AlteredOffsets, isReset: boolean): Promise<void> {
    await session.begin()
    try {
      if (isReset) {
        const sql = `UPDATE ${this.#table} SET next_offset = NULL, epoch = epoch + 1`
        await session.query(`${sql} WHERE connector = ${this.#dialect.parameter(1)}`, [this.#connector])
      }
      for (const { topic, partition, offset } of offsets) {
        const key = { topic, partition }
        const value = offset === null ? 'NULL' : String(offset)
        const sql = `UPDATE ${this.#table} SET next_offset = ${value}, epoch = epoch + 1`
        if ((await this.#run(session, sql, key)) === 0) await this.#insert(session, key, offset)
      }
      await session.commit()
    } catch (error) {
      await session.rollback()
      throw error
    }
  }

  async #set(session: Session, key: TopicPartition, offset: bigint, epoch?: bigint): Promise<number> {
    const p = (n: number): string => this.#dialect.parameter(n)
    const fence = epoch === undefined ? '' : ` AND epoch = ${p(5)}`
    const sql =
      `UPDATE ${this.#table} SET next_offset = ${p(1)} ` +
      `WHERE connector = ${p(2)} AND topic = ${p(3)} AND kafka_partition = ${p(4)}${fence}`
    const values = [String(offset), this.#connector, key.topic, key.partition]
    const { changed } = await session.query(sql, epoch === undefined ? values : [...values, String(epoch)])
    return changed
  }

  async #insert(session: Session, key: TopicPartition, offset: bigint | null): Promise<void> {
    const values = [this.#connector, key.topic, key.partition, offset === null ? null : String(offset), '1']
    const places = values.map((_, i) => this.#dialect.parameter(i + 1)).join(', ')
    const sql = `INSERT INTO ${this.#table} (connector, topic, kafka_partition, next_offset, epoch) VALUES (${places})`
    await session.query(sql, values)
  }

  async #read(session: Session, key: TopicPartition): Promise<{ epoch: bigint; position: bigint | null }> {
    const p = (n: number): string => this.#dialect.parameter(n)
    const sql =
      `SELECT next_offset, epoch FROM ${this.#table} ` +
      `WHERE connector = ${p(1)} AND topic = ${p(2)} AND kafka_partition = ${p(3)}`
    const { rows } = await session.query(sql, [this.#connector, key.topic, key.partition])
    const [row] = rows
    const position = row?.['next_offset'] ?? null
    return {
      epoch: BigInt(String(row?.['epoch'] ?? 0)),
      position: position === null ? null : BigInt(String(position)),
    }
  }

  /** A statement for the row of one partition. */
  async #run(session: Session, statement: string, key: TopicPartition): Promise<number> {
    const p = (n: number): string => this.#dialect.parameter(n)
    const where = `WHERE connector = ${p(1)} AND topic = ${p(2)} AND kafka_partition = ${p(3)}`
    return (await session.query(`${statement} ${where}`, [this.#connector, key.topic, key.partition])).changed
  }
}

/** The next offset per partition, partitions in a fixed order so that two tasks never wait in a circle. */
function positionsAfter(records: readonly SinkRecord[]): [TopicPartition, bigint][] {
  const positions = new TopicPartitionMap<bigint>()
  for (const record of records) {
    positions.set(
      { topic: record.originalTopic, partition: record.originalKafkaPartition },
      record.originalKafkaOffset + 1n,
    )
  }
  return [...positions].sort(([a], [b]) => (topicPartitionName(a) < topicPartitionName(b) ? -1 : 1))
}
