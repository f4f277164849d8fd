import { ConnectError, type Producer, type ProducerRecord, type RestoreSource } from '@spillway/api'
import { avroRows } from './avro-rows.ts'
import { decompressed } from './decompressed.ts'
import type { EnvelopeRow } from './envelope-row.ts'
import { jsonRows } from './json-rows.ts'
import { PieceLimit } from './piece-limit.ts'
import type { RecordRestorer } from './record-restorer.ts'
import { compareKeys, type ProgressGroup, type RestoreProgress } from './restore-progress.ts'

/** A transaction holds so many records, or so many bytes, at most. */
const MAX_RECORDS = 5000
const MAX_BYTES = 8 * 1024 * 1024

export interface RestoreResult {
  readonly objects: number
  readonly records: number
}

export interface RestoreParts {
  readonly source: RestoreSource
  readonly restorer: RecordRestorer
  /** With a transactional id, its transactions initialized. */
  readonly producer: Producer
  readonly group: ProgressGroup
  /** Where an earlier restore has ended. */
  readonly done: { readonly progress: RestoreProgress; readonly total: bigint } | undefined
  /** What a line or block of an object may take once it is decompressed, bytes. */
  readonly maxPieceBytes: number
  readonly report: (line: string) => void
}

/**
 * Writes the records of a connector's objects to a topic, object by object in the order of their names, in transactions
 * that say how far they came: whenever it ends, the next one goes on there, with nothing lost and nothing twice.
 *
 * @throws {ConnectError} naming the object, and the record in it, that cannot be restored.
 */
export async function restoreObjects(parts: RestoreParts): Promise<RestoreResult> {
  const { source, done, report } = parts
  const keys: string[] = []
  for await (const { key } of source.store.list(source.prefix)) {
    if (key.endsWith(source.extension) && !key.includes('_spillway/')) keys.push(key)
  }
  keys.sort(compareKeys)
  const left = done === undefined ? keys : keys.filter((key) => compareKeys(key, done.progress.object) >= 0)
  if (done !== undefined) report(`Going on after ${done.total} records, in ${done.progress.object}.`)
  const writer = new TransactionWriter(parts)
  let objects = 0
  for (const key of left) {
    const skipped = key === done?.progress.object ? done.progress.records : 0
    const before = writer.records
    await restoreObject(key, skipped, parts, writer)
    if (writer.records > before) objects++
    report(`${source.store.address}/${key}: ${writer.records - before} records`)
  }
  return { objects, records: writer.records }
}

async function restoreObject(
  key: string,
  skipped: number,
  { source, restorer, maxPieceBytes }: RestoreParts,
  writer: TransactionWriter,
): Promise<void> {
  const object = await source.store.get(key)
  // Removed since it was listed, by whoever may.
  if (object === null) return
  let place = 0
  try {
    for await (const row of rowsOf(source, key, object.body, new PieceLimit(maxPieceBytes))) {
      place++
      if (place > skipped) await writer.add(await restorer.record(row), { object: key, records: place })
    }
  } catch (cause) {
    throw new ConnectError(`${source.store.address}/${key}, record ${place}: ${(cause as Error).message}`, {
      cause,
    })
  }
  await writer.flush()
}

function rowsOf(
  source: RestoreSource,
  key: string,
  body: Buffer,
  limit: PieceLimit,
): AsyncIterable<EnvelopeRow> {
  return source.format === 'avro' ? avroRows(body, limit) : jsonRows(decompressed(key, body, limit), limit)
}

/** Gathers records to transactions. */
class TransactionWriter {
  readonly #parts: RestoreParts
  #batch: ProducerRecord[] = []
  #bytes = 0
  #progress: RestoreProgress | undefined
  #total: bigint
  /** Records that were sent. */
  records = 0

  constructor(parts: RestoreParts) {
    this.#parts = parts
    this.#total = parts.done?.total ?? 0n
  }

  async add(record: ProducerRecord, progress: RestoreProgress): Promise<void> {
    this.#batch.push(record)
    this.#bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
    this.#progress = progress
    if (this.#batch.length >= MAX_RECORDS || this.#bytes >= MAX_BYTES) await this.flush()
  }

  async flush(): Promise<void> {
    const batch = this.#batch
    if (batch.length === 0 || this.#progress === undefined) return
    const { producer, group } = this.#parts
    await producer.beginTransaction()
    try {
      await producer.send(batch)
      const total = this.#total + BigInt(batch.length)
      await producer.sendOffsetsToTransaction(group.offsets(this.#progress, total), {
        groupId: group.groupId,
        memberless: true,
      })
      await producer.commitTransaction()
      this.#total = total
    } catch (error) {
      await producer.abortTransaction().catch(() => undefined)
      throw error
    }
    this.records += batch.length
    this.#batch = []
    this.#bytes = 0
  }
}
