import {
  type Plugin,
  type PluginKind,
  pluginKind,
  type RawConfig,
  type Schema,
  type SinkRecord,
} from '@spillway/api'
import type { FileBuffer } from '../spill/spill-buffer.ts'

/** The part of a record that a file holds: its value, or in a companion file its key or headers. */
export interface RecordView {
  readonly name: 'value' | 'key' | 'headers'
  schema(record: SinkRecord): Schema | null
  value(record: SinkRecord): unknown
  /** The JSON text that {@link value} was read from, where there is one: asking for it parses nothing. */
  text(record: SinkRecord): Buffer | null
}

/** What a format is made from. */
export interface FormatSettings {
  /** The connector's whole configuration, so that a format may have keys of its own. */
  readonly raw: RawConfig
  readonly view: RecordView
}

/** A file whose records are all spilled. */
export interface FinishedFile {
  /** The schema its records share; null where they have none. */
  readonly schema: Schema | null
  /** What {@link Format.append} has spilled, as often as it is asked for. */
  readonly spilled: FileBuffer
  readonly records: number
}

/**
 * How records become the bytes of a file (Java: `RecordWriterProvider`). An open file keeps nothing but what was
 * appended to its {@link FileBuffer}: no codec state, no row group.
 *
 * A line format appends the very bytes of the file. A row format appends rows in an encoding of its own and has
 * {@link encode}, which makes the file of them when it is closed, row group by row group.
 */
export interface Format {
  /** Of the file's name, e.g. `.json`; a compression of the whole file adds its own. */
  readonly extension: string
  /** MIME type of the objects. */
  readonly contentType: string
  /**
   * Adds a record, or nothing where it throws.
   *
   * @throws {DataError} for a record that the format cannot hold.
   * @throws {SpillFullError} from the buffer.
   */
  append(record: SinkRecord, file: FileBuffer): void
  /** The bytes of the file. Absent: they are what was spilled. The same file gives the same bytes each time. */
  encode?(file: FinishedFile): AsyncIterable<Uint8Array>
}

/** A format that `format.class` can name. */
export interface FormatPlugin extends Plugin {
  readonly kind: 'format'
  /** True where the whole file may be compressed; others compress inside. */
  readonly compressible: boolean
  /** Views that this format takes as the only field of a struct: lists have no line or row of their own. */
  readonly wraps?: readonly RecordView['name'][]
  /**
   * How records in an envelope (`format.envelope`) come to it: as JSON text, as structs, or not at all. Absent: as
   * structs, or plain objects where they have no schema.
   */
  readonly envelopes?: 'text' | 'none'
  /** @throws {ConfigError} */
  create(settings: FormatSettings): Format
}

export const FORMATS: PluginKind<FormatPlugin> = pluginKind({ name: 'format', suffixes: ['Format'] })
