import { createHash } from 'node:crypto'
import { butNot, configDef, oneOf, type Schema, type SinkRecord } from '@spillway/api'
import { avroEncoder, type AvroEncoder } from '@spillway/converters'
import type { FileBuffer } from '../../spill/spill-buffer.ts'
import type { FinishedFile, Format, FormatPlugin, FormatSettings } from '../format.ts'
import { RowEncoders } from '../row-encoders.ts'
import { rowGroups } from '../row-spill.ts'
import { inferRows } from '../schemaless/schemaless-rows.ts'
import { AVRO_CODECS, type AvroCodec } from './avro-codecs.ts'

const group = 'Format'
/** Bytes of a block before compression; what Avro's own writer takes. */
const BLOCK_BYTES = 64_000
const MAGIC = Buffer.from([0x4f, 0x62, 0x6a, 1])

const config = configDef({
  'avro.codec': {
    type: 'string',
    default: 'null',
    validator: butNot(oneOf(...Object.keys(AVRO_CODECS)), {
      bzip2:
        'bzip2 is not written here: there is no well-kept library for it; zstandard packs about as tightly',
    }),
    importance: 'low',
    group,
    doc: 'How AvroFormat compresses the blocks of a file.',
  },
  'enhanced.avro.schema.support': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group,
    doc: 'Keep enums, unions and namespaces of Avro in AvroFormat.',
  },
  'connect.meta.data': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group,
    doc: 'Put Connect’s own metadata into the schemas that AvroFormat writes.',
  },
  'scrub.invalid.names': {
    type: 'boolean',
    default: false,
    importance: 'low',
    group,
    ours: true,
    doc:
      'Replaces names that Avro does not allow, in AvroFormat and in keys and headers in it. Other characters become `_` as in ' +
      'Confluent’s converter (`user.id` is `user_id`, `@timestamp` is `x_40timestamp`). A second type of one name gets a number. ' +
      'Without this key, a record with such a name is a bad one.',
  },
  'allow.optional.map.keys': {
    type: 'boolean',
    default: false,
    importance: 'low',
    group,
    doc: 'Write maps with optional text keys as maps of Avro.',
  },
})

/** Avro object container files (Java: `io.confluent.connect.s3.format.avro.AvroFormat`). */
export const avroFormat: FormatPlugin & { readonly config: typeof config } = {
  kind: 'format',
  className: 'io.confluent.connect.s3.format.avro.AvroFormat',
  aliases: ['AvroFormat', 'avro'],
  doc: 'Avro container files with the schema of their records.',
  config,
  compressible: false,
  create: (settings) => new AvroFiles(settings),
}

class AvroFiles implements Format {
  readonly extension = '.avro'
  readonly contentType = 'application/avro'
  readonly #encoders: RowEncoders<AvroEncoder>
  readonly #codecName: string
  readonly #codec: AvroCodec

  constructor({ raw, view }: FormatSettings) {
    const parsed = config.parse(raw)
    this.#codecName = parsed['avro.codec']
    this.#codec = AVRO_CODECS[this.#codecName] as AvroCodec
    const options = {
      enhanced: parsed['enhanced.avro.schema.support'],
      metadata: parsed['connect.meta.data'],
      optionalMapKeys: parsed['allow.optional.map.keys'],
      scrubNames: parsed['scrub.invalid.names'],
    }
    this.#encoders = new RowEncoders(view, (schema) => avroEncoder(schema, options, view.name))
  }

  append(record: SinkRecord, file: FileBuffer): void {
    this.#encoders.append(record, file)
  }

  async *encode({ schema, spilled }: FinishedFile): AsyncIterable<Uint8Array> {
    const inferred = schema === null ? await inferRows(spilled) : undefined
    const encoder =
      inferred === undefined
        ? this.#encoders.of(schema as Schema)
        : avroEncoder(inferred.schema, { scrubNames: true })
    const { schemaText } = encoder
    // Of the schema instead of chance: the same records make the same bytes when they are read again.
    const sync = createHash('md5').update(schemaText).digest()
    yield Buffer.concat([MAGIC, metadata({ 'avro.schema': schemaText, 'avro.codec': this.#codecName }), sync])
    for await (const spilledRows of rowGroups(spilled, BLOCK_BYTES)) {
      const rows =
        inferred === undefined ? spilledRows : spilledRows.map((row) => encoder.encode(inferred.read(row)))
      const blocks: Buffer[] = []
      for (const block of cutBlocks(rows)) {
        const bytes = await this.#codec(Buffer.concat(block))
        blocks.push(long(block.length), long(bytes.length), bytes, sync)
      }
      yield Buffer.concat(blocks)
    }
  }
}

function* cutBlocks(rows: readonly Buffer[]): Iterable<readonly Buffer[]> {
  let from = 0
  let bytes = 0
  for (let i = 0; i < rows.length; i++) {
    bytes += (rows[i] as Buffer).length
    if (bytes < BLOCK_BYTES && i < rows.length - 1) continue
    yield rows.slice(from, i + 1)
    from = i + 1
    bytes = 0
  }
}

/** A map of bytes, as the header has it. */
function metadata(entries: Readonly<Record<string, string>>): Buffer {
  const parts = [long(Object.keys(entries).length)]
  for (const text of Object.entries(entries).flat())
    parts.push(long(Buffer.byteLength(text)), Buffer.from(text))
  return Buffer.concat([...parts, long(0)])
}

/** A whole number that is not negative, in Avro's zigzag. */
function long(value: number): Buffer {
  const bytes: number[] = []
  let rest = value * 2
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
