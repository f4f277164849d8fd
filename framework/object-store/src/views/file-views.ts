import { findPlugin, type ModuleDoor, type RawConfig, type Schema, type SinkRecord } from '@spillway/api'
import type { Compression } from '../formats/compression.ts'
import { type Format, FORMATS, type RecordView } from '../formats/format.ts'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import { headersFileSchema, headersView, keyFileSchema, keyView, valueView } from './record-views.ts'
import { FrameGatherer } from './view-frames.ts'

/** One of the objects that a file becomes: values, and beside them keys or headers. */
export interface FileView {
  readonly name: RecordView['name']
  readonly format: Format
  readonly compression: Compression | null
  /** What stands behind the offset in its name: the view's own marker, the format's, the compression's. */
  readonly extension: string
  /** MIME type. */
  readonly contentType: string
  /** The schema its rows share, of those of the records. */
  fileSchema(file: { readonly schema: Schema | null; readonly keySchema: Schema | null }): Schema | null
}

/** What decides which views files have. */
export interface FileViewsConfig {
  readonly 'format.class': string
  readonly 'store.kafka.keys': boolean
  readonly 'keys.format.class': string
  readonly 'store.kafka.headers': boolean
  readonly 'headers.format.class': string
}

/**
 * The views of a connector's files, the value last: its object is what makes the others count.
 *
 * @throws {ConfigError} for a format that is not there, or what it finds wrong.
 */
export async function fileViews(
  raw: RawConfig,
  config: FileViewsConfig,
  compression: Compression | null,
  modules: ModuleDoor,
): Promise<readonly FileView[]> {
  const views: FileView[] = []
  if (config['store.kafka.headers']) {
    const plugin = await findPlugin(modules, FORMATS, config['headers.format.class'], 'headers.format.class')
    const isWrapped = plugin.wraps?.includes('headers') === true
    const format = plugin.create({ raw, view: headersView(isWrapped) })
    const packed = plugin.compressible ? compression : null
    views.push(fileView('headers', '.headers', format, packed, () => headersFileSchema(isWrapped)))
  }
  if (config['store.kafka.keys']) {
    const plugin = await findPlugin(modules, FORMATS, config['keys.format.class'], 'keys.format.class')
    const isWrapped = plugin.wraps?.includes('key') === true
    const format = plugin.create({ raw, view: keyView(isWrapped) })
    const packed = plugin.compressible ? compression : null
    views.push(
      fileView('key', '.keys', format, packed, ({ keySchema }) => keyFileSchema(keySchema, isWrapped)),
    )
  }
  const plugin = await findPlugin(modules, FORMATS, config['format.class'], 'format.class')
  const format = plugin.create({ raw, view: valueView })
  views.push(fileView('value', '', format, compression, ({ schema }) => schema))
  return views
}

function fileView(
  name: FileView['name'],
  marker: string,
  format: Format,
  compression: Compression | null,
  fileSchema: FileView['fileSchema'],
): FileView {
  const extension = marker + format.extension + (compression?.extension ?? '')
  return { name, format, compression, extension, contentType: format.contentType, fileSchema }
}

/**
 * What appends a record to its file. One view's format does that by itself; several go through a gatherer, which costs
 * a copy that a connector without companions does not pay.
 *
 * @param hasNoValue tells tombstones, of which there is no value to write.
 */
export function appenderOf(
  views: readonly FileView[],
  hasNoValue: (record: SinkRecord) => boolean,
): { append(record: SinkRecord, file: FileBuffer): void } {
  const [only] = views
  if (only !== undefined && views.length === 1) return only.format
  const gatherer = new FrameGatherer(views.length)
  return {
    append(record, file) {
      gatherer.begin(file)
      for (let i = 0; i < views.length; i++) {
        const { name, format } = views[i] as FileView
        if (name === 'value' && hasNoValue(record)) continue
        gatherer.view = i
        format.append(record, gatherer)
      }
      gatherer.end()
    },
  }
}
