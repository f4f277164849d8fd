import { DEFAULT_AVRO_OPTIONS } from '../../../converters/avro/avro-options.ts'
import type { AvroType } from '../../../converters/avro/avro-schema.ts'
import { AvroSink } from '../../../converters/avro/avro-sink.ts'
import { avroWriter } from '../../../converters/avro/avro-writer.ts'
import type { Schema } from '../../../data/schema.ts'
import { DataError } from '../../../errors/connect-errors.ts'

/** Rows without a schema of their own in the encoding of those that have one. */
export interface InferredRowEncoder {
  readonly rowType: AvroType
  /** A value of the inferred schema, in a buffer that the next call uses again. */
  encode(value: unknown): Buffer
}

/** @param schema one that was inferred: fields may have names that a schema of Avro could not. */
export function inferredRowEncoder(schema: Schema): InferredRowEncoder {
  const rowType = rowTypeOf(schema)
  const write = avroWriter(rowType, schema, DEFAULT_AVRO_OPTIONS)
  const sink = new AvroSink()
  return {
    rowType,
    encode(value) {
      sink.reset()
      write(sink, value)
      return sink.view()
    },
  }
}

const props = {}

function rowTypeOf(schema: Schema): AvroType {
  const branches: AvroType[] = [{ kind: 'null', props }, presentTypeOf(schema)]
  return { kind: 'union', branches, props }
}

function presentTypeOf(schema: Schema): AvroType {
  switch (schema.type) {
    case 'BOOLEAN':
      return { kind: 'boolean', props }
    case 'INT64':
      return { kind: 'long', props }
    case 'FLOAT64':
      return { kind: 'double', props }
    case 'STRING':
      return { kind: 'string', props }
    case 'ARRAY':
      return { kind: 'array', items: rowTypeOf(schema.valueSchema), props }
    case 'STRUCT':
      return {
        kind: 'record',
        name: schema.name ?? 'record',
        doc: undefined,
        fields: schema.fields.map((field) => ({
          name: field.name,
          type: rowTypeOf(field.schema),
          doc: undefined,
          hasDefault: false,
          defaultValue: undefined,
          props,
        })),
        props,
      }
    default:
      throw new DataError(`${schema.type} is no type of an inferred schema`)
  }
}
