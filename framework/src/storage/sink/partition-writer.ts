import { droppedFields } from '../../data/dropped-fields.ts'
import type { Schema } from '../../data/schema.ts'
import type { SinkRecord } from '../../data/sink-record.ts'
import { DataError } from '../../errors/connect-errors.ts'
import type { TopicPartition } from '../../kafka/port.ts'
import { FramedBuffer } from '../chain/framed-buffer.ts'
import type { SpillBuffer } from '../spill/spill-buffer.ts'
import type { AgreedCuts } from './agreed-cuts.ts'
import type { Commits, UploadRunner } from './commits.ts'
import { ObjectNames } from './object-names.ts'
import type { OpenFile } from './open-file.ts'
import type { ProjectionNotices } from './projection-notices.ts'
import { FileRotation } from './file-rotation.ts'
import { Rotation, type RotationReason } from './rotation.ts'
import { SchemaFiles } from './schema-files.ts'
import type { SchemaVerdict } from './schema-compatibility.ts'
import type { WriterSettings } from './writer-settings.ts'

/** A partition may have so many rotations on its way however busy the task is. */
const ALWAYS_ALLOWED_ROTATIONS = 2
/** Share of the open files that is committed at once where the buffer is full. */
const MADE_ROOM = 1 / 8

/**
 * Writes the records of one Kafka partition to files, one per output partition, and commits all of them together when
 * a rotation is due (Java: `TopicPartitionWriter`). Rotation happens only between source offsets: records that a
 * transformation made of one stay together.
 */
export class PartitionWriter {
  readonly partition: TopicPartition
  readonly #settings: WriterSettings
  readonly #rotation: Rotation
  readonly #names: ObjectNames
  /** Undefined where no limit of single files applies. */
  readonly #fileRotation: FileRotation | undefined
  /** Undefined where an output partition has one schema at a time. */
  readonly #schemaFiles: SchemaFiles | undefined
  readonly #spill: Pick<SpillBuffer, 'openFile' | 'mayOverdraw'>
  readonly #runner: Pick<UploadRunner, 'acceptsMore'>
  readonly #commits: Commits
  readonly #cuts: AgreedCuts | undefined
  readonly #projections: ProjectionNotices | undefined
  /** In order of first offset, as a file that is opened later starts later. */
  #files = new Map<string, OpenFile>()
  /** Files whose end an earlier life has decided. */
  readonly #planned = new Set<OpenFile>()
  #lastFile: OpenFile | undefined
  #lastOffset = -1n
  /** True until a record was written since {@link beginWrite}. */
  #isFirst = true
  #now = 0

  constructor(
    partition: TopicPartition,
    settings: WriterSettings,
    resources: {
      readonly spill: Pick<SpillBuffer, 'openFile' | 'mayOverdraw'>
      readonly runner: Pick<UploadRunner, 'acceptsMore'>
      readonly commits: Commits
      /** Where other lives have cut, or will; absent where lives need not cut alike. */
      readonly cuts?: AgreedCuts | undefined
      /** Told what projections leave out; absent where nobody is. */
      readonly projections?: ProjectionNotices
      readonly now: number
    },
  ) {
    this.partition = partition
    this.#settings = settings
    this.#spill = resources.spill
    this.#runner = resources.runner
    this.#commits = resources.commits
    this.#cuts = resources.cuts
    this.#projections = resources.projections
    this.#rotation = new Rotation(settings.rotation, settings.partitioner, resources.now)
    this.#names = new ObjectNames(partition, settings)
    const { maxOpenSchemas, keyCompatibility } = settings
    if (maxOpenSchemas > 1)
      this.#schemaFiles = new SchemaFiles(maxOpenSchemas, keyCompatibility !== undefined)
    if (FileRotation.isUsed(settings.fileRotation))
      this.#fileRotation = new FileRotation(settings.fileRotation)
  }

  get openFiles(): number {
    return this.#files.size
  }

  /** True where files are open and none of them may end yet: an earlier life has decided where. */
  get isHeld(): boolean {
    return this.#files.size > 0 && this.#files.size === this.#planned.size
  }

  get openBytes(): number {
    let bytes = 0
    for (const file of this.#files.values()) bytes += file.buffer.bytes
    return bytes
  }

  /**
   * Smallest offset that is not durable, of an open file or one on its way; undefined where all that was written is:
   * then the consumed position counts.
   */
  get frontier(): bigint | undefined {
    return this.#commits.frontier(this.#files.values().next().value)
  }

  /** What comes after the record that was written last. */
  get nextOffset(): bigint {
    return this.#lastOffset + 1n
  }

  /** @param nowMs the wall clock for all records until {@link endWrite}. */
  beginWrite(nowMs: number): void {
    this.#now = nowMs
    this.#isFirst = true
    this.#rotation.beginWrite(nowMs)
  }

  /**
   * True for a record that comes before one that was written, or is that one, given in another put (records of one
   * offset come in one): the worker reads again from an earlier offset.
   */
  wentBackTo(record: SinkRecord): boolean {
    const offset = record.originalKafkaOffset
    return offset < this.#lastOffset || (this.#isFirst && offset === this.#lastOffset)
  }

  /**
   * Takes a record; false where it has to come again because too much is on its way.
   *
   * @throws {PartitionError|DataError} for a record that cannot be placed or written; it left no trace.
   * @throws {SpillFullError} where neither memory nor disk has room; it left no trace.
   */
  write(arrived: SinkRecord): boolean {
    const { partitioner, appender, shape } = this.#settings
    const timestamp = this.#rotation.timestampOf(arrived, this.#now)
    const encodedPartition = partitioner.encodePartition(arrived, this.#now)
    const record = shape === undefined ? arrived : shape(arrived)
    const isNewOffset = record.originalKafkaOffset !== this.#lastOffset
    const place =
      record.topic === this.partition.topic ? encodedPartition : `${record.topic}\n${encodedPartition}`
    const id = this.#schemaFiles === undefined ? place : this.#schemaFiles.idOf(place, record)
    if (this.#commits.covers(id, record.originalKafkaOffset)) return true
    let file = this.#lastFile?.id === id ? this.#lastFile : this.#files.get(id)
    // Of each record that a file may begin with: it may lose its head to an object of an earlier life.
    if (file === undefined || file.hasTightName) this.#names.check(record, encodedPartition)

    if (isNewOffset) {
      if (this.#cuts !== undefined && record.originalKafkaOffset >= this.#cuts.next) {
        if (!this.#cutBefore(record.originalKafkaOffset, this.#cuts)) return false
        file = undefined
      }
      if (this.#planned.size > 0 && this.#commitPlanned(record.originalKafkaOffset))
        file = this.#files.get(id)
      if (this.#fileRotation !== undefined && this.#commitFull()) file = this.#files.get(id)
      const reason = this.#dueBefore(record, file, timestamp, encodedPartition, id)
      if (reason !== undefined) {
        if (!this.#rotate(reason)) return false
        file = this.#files.get(id)
      }
    }
    if (file === undefined) file = this.#openFile(id, record, encodedPartition)
    if (file.framed !== undefined) file.framed.offset = record.originalKafkaOffset
    // A file cannot end between the records of one offset: once the first is in, the others do not wait for room.
    this.#spill.mayOverdraw = !isNewOffset
    try {
      appender.append(this.#inSchemaOf(file, record), file.buffer)
    } catch (error) {
      if (file.records === 0) this.#forget(file)
      throw error
    }
    file.records++
    file.lastOffset = this.#lastOffset = record.originalKafkaOffset
    this.#isFirst = false
    this.#lastFile = file
    this.#rotation.written(timestamp, encodedPartition)
    this.#fileRotation?.written(file, this.#timeOf(arrived), this.#now)
    return true
  }

  /** After the last record of a batch, also an empty one: commits what is due by now. */
  endWrite(): void {
    if (this.#planned.size > 0) this.#commitPlanned(this.#lastOffset + 1n)
    const reason = this.#rotation.dueWhenIdle(this.#now)
    if (reason !== undefined) this.#rotate(reason)
    if (this.#fileRotation === undefined) return
    this.#commitFull()
    const due = this.#fileRotation.due(this.#files, this.#now)
    if (due.length > 0 && this.#mayCommit()) this.#commitFiles(due)
  }

  /**
   * Commits what is open although nothing of the configuration asks for it: with limits of single files those that were
   * written to least recently, else all. False where nothing is open that may be.
   */
  makeRoom(): boolean {
    if (this.#files.size === this.#planned.size) return false
    if (this.#fileRotation === undefined) this.#commit('buffer full')
    else {
      const files = this.#unplanned().sort((a, b) => a.lastWriteAt - b.lastWriteAt)
      this.#commitFiles(files.slice(0, Math.ceil(files.length * MADE_ROOM)))
    }
    return true
  }

  /** Resolves when all files of past rotations are durable, or were dropped. */
  settled(): Promise<void> {
    return this.#commits.settled()
  }

  /** Drops open files and aborts uploads: whoever owns the partition next reads them again. Idempotent. */
  drop(): void {
    this.#commits.drop()
    for (const file of this.#files.values()) file.buffer.release()
    this.#files.clear()
    this.#planned.clear()
    this.#lastFile = undefined
  }

  /** Ends all files where other lives have ended or will end them; false where that must wait. */
  #cutBefore(offset: bigint, cuts: AgreedCuts): boolean {
    if (cuts.isPending) return false
    if (this.#files.size > 0 && !this.#rotate('buffer full')) return false
    cuts.pass(offset)
    return true
  }

  #dueBefore(
    record: SinkRecord,
    file: OpenFile | undefined,
    timestamp: number,
    encodedPartition: string,
    id: string,
  ): RotationReason | undefined {
    if (this.#rotation.isFull) return 'flush.size'
    if (file !== undefined && this.#verdictOn(record, file) === 'rotate') return 'schema'
    const reason = this.#rotation.dueBefore(timestamp, encodedPartition, this.#now)
    if (reason !== undefined || file !== undefined) return reason
    if (this.#schemaFiles?.isFull(id) === true) return 'schema'
    const { maxOpenFiles } = this.#settings.rotation
    return maxOpenFiles > 0 && this.#files.size >= maxOpenFiles ? 'partitioner.max.open.files' : undefined
  }

  #verdictOn(record: SinkRecord, file: OpenFile): SchemaVerdict {
    const { compatibility, keyCompatibility } = this.#settings
    if (keyCompatibility?.judge(file.keySchema, record.keySchema) === 'rotate') return 'rotate'
    return compatibility.judge(file.schema, record.valueSchema)
  }

  /** The record as the file takes it. @throws {DataError} where another schema came with the same source offset. */
  #inSchemaOf(file: OpenFile, record: SinkRecord): SinkRecord {
    if (file.schema === record.valueSchema && this.#settings.keyCompatibility === undefined) return record
    const verdict = this.#verdictOn(record, file)
    if (verdict === 'same') return record
    if (verdict === 'project') {
      const schema = file.schema as Schema
      const projected = this.#settings.compatibility.project(record, schema)
      this.#projections?.projected(record, schema, droppedFields)
      return projected
    }
    throw new DataError(
      'Records that a transformation made of one source offset have different schemas in one output partition: they ' +
        'cannot share a file, and two files would have one name.',
    )
  }

  #openFile(id: string, record: SinkRecord, encodedPartition: string): OpenFile {
    const buffer = this.#commits.openBuffer(this.#spill, record.originalKafkaOffset)
    const file: OpenFile = {
      id,
      topic: record.topic,
      encodedPartition,
      firstOffset: record.originalKafkaOffset,
      lastOffset: record.originalKafkaOffset,
      schema: record.valueSchema,
      keySchema: record.keySchema,
      plannedEnd: this.#commits.plannedEnd(id, record.originalKafkaOffset),
      openedAt: this.#now,
      lastWriteAt: this.#now,
      newestTimestamp: -Infinity,
      hasTightName: this.#names.isTight({ topic: record.topic, encodedPartition }),
      buffer,
      framed: buffer instanceof FramedBuffer ? buffer : undefined,
      records: 0,
    }
    this.#files.set(id, file)
    this.#schemaFiles?.opened(id)
    if (file.plannedEnd !== undefined) this.#planned.add(file)
    this.#commits.opened(file)
    return file
  }

  #forget(file: OpenFile): void {
    this.#files.delete(file.id)
    this.#schemaFiles?.closed(file.id)
    this.#planned.delete(file)
    if (this.#lastFile === file) this.#lastFile = undefined
    this.#commits.forgotten(file)
    file.buffer.release()
  }

  #rotate(reason: RotationReason): boolean {
    if (!this.#mayCommit()) return false
    this.#commit(reason)
    return true
  }

  #mayCommit(): boolean {
    return this.#runner.acceptsMore || this.#commits.pending < ALWAYS_ALLOWED_ROTATIONS
  }

  /** Commits files that have reached their size; false where none has. */
  #commitFull(): boolean {
    const full = this.#fileRotation?.takeFull() ?? []
    if (full.length > 0) this.#commitFiles(full)
    return full.length > 0
  }

  /** Commits files that end before an offset because an earlier life has decided so; false where none does. */
  #commitPlanned(offset: bigint): boolean {
    const ended = [...this.#planned].filter(({ plannedEnd }) => (plannedEnd as bigint) < offset)
    for (const file of ended) this.#planned.delete(file)
    this.#commitFiles(ended)
    return ended.length > 0
  }

  /** Open files that may be committed whenever. */
  #unplanned(): OpenFile[] {
    const files = [...this.#files.values()]
    return this.#planned.size === 0 ? files : files.filter((file) => !this.#planned.has(file))
  }

  /** Commits single files; the others stay open. */
  #commitFiles(files: readonly OpenFile[]): void {
    const open = files.filter((file) => this.#files.get(file.id) === file && !this.#planned.has(file))
    for (const file of open) {
      this.#files.delete(file.id)
      this.#schemaFiles?.closed(file.id)
      if (this.#lastFile === file) this.#lastFile = undefined
      this.#rotation.fileCommitted(file.records)
    }
    this.#commits.commit(open)
  }

  /** Record time for the lateness of files; NaN where there is none. */
  #timeOf(record: SinkRecord): number {
    const { partitioner } = this.#settings
    return partitioner.extractTimestamp?.(record, this.#now) ?? record.timestamp ?? NaN
  }

  #commit(reason: RotationReason): void {
    const files = this.#unplanned()
    if (this.#schemaFiles !== undefined) for (const { id } of files) this.#schemaFiles.closed(id)
    this.#files = new Map([...this.#planned].map((file) => [file.id, file]))
    this.#lastFile = undefined
    this.#rotation.rotated(reason, this.#now)
    this.#commits.commit(files)
  }
}
