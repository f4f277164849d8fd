import type { Schema } from '../../data/schema.ts'
import type { NamedFile } from '../naming/naming.ts'
import type { FramedBuffer } from '../chain/framed-buffer.ts'
import type { FileBuffer } from '../spill/spill-buffer.ts'

/** A file that still takes records, or is on its way to the store. */
export interface OpenFile extends NamedFile {
  /** Where it begins; moves up where an earlier life turns out to have written the records before. */
  firstOffset: bigint
  /** How {@link PartitionWriter} finds it. */
  readonly id: string
  /** The schema its records share: that of the first one. */
  readonly schema: Schema | null
  /** Likewise of their keys. */
  readonly keySchema: Schema | null
  /** True where an offset of more digits would make its name too long. */
  readonly hasTightName: boolean
  readonly buffer: FileBuffer
  /** The buffer, where it wants to be told offsets. */
  readonly framed: FramedBuffer | undefined
  /** True where its head lies elsewhere already and {@link firstOffset} is only a bound. */
  isCut?: boolean
  records: number
  /** Where an earlier life has decided that it ends; it is committed there, and not before. */
  readonly plannedEnd?: bigint | undefined
  /** Wall clock of its first and of its last record, ms since the epoch. */
  readonly openedAt: number
  lastWriteAt: number
  /** Latest record time in it; -Infinity where no record has one. */
  newestTimestamp: number
  /** Source offset of the record that came last. */
  lastOffset: bigint
}
