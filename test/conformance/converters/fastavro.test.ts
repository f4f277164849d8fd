/** Against fastavro. Needs python3 with pip; it fails where they are missing. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { avroEncoder, DATE, Decimal, type Schema, Struct, TIME, valuesEqual } from '@spillway/framework'

import { AvroCursor } from '../../../framework/src/converters/avro/avro-cursor.ts'
import { DEFAULT_AVRO_OPTIONS } from '../../../framework/src/converters/avro/avro-options.ts'
import { avroReader } from '../../../framework/src/converters/avro/avro-reader.ts'
import { parseAvroSchema } from '../../../framework/src/converters/avro/avro-schema.ts'
import { connectSchemaOf } from '../../../framework/src/converters/avro/connect-schema-of.ts'
import { samples } from '../../../framework/src/converters/conformance/connect-arbitraries.ts'
import { check } from '../../../framework/src/converters/conformance/property-runs.ts'
import { Oracle } from './oracle.ts'

interface Answer {
  readonly value?: unknown
  readonly bytes?: string
  readonly error?: string
}

let python: Oracle
before(async () => {
  python = await Oracle.python('avro_oracle.py')
})
after(() => python.close())

const MILLIS_PER_DAY = 86_400_000

/** A value as avro_oracle.py describes what fastavro reads. */
function described(schema: Schema, value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return { int: value.toString() }
  if (typeof value === 'string') return { string: value }
  if (typeof value === 'number') {
    if (schema.type.startsWith('INT')) return { int: String(value) }
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return { float: bytes.toString('hex') }
  }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Decimal) return { decimal: [value.unscaled.toString(), value.scale] }
  if (value instanceof Date) {
    if (schema.name === DATE) return { date: value.getTime() / MILLIS_PER_DAY }
    return { [schema.name === TIME ? 'time' : 'timestamp']: value.getTime() }
  }
  if (Array.isArray(value)) return value.map((item) => described(schema.valueSchema, item))
  if (value instanceof Struct) {
    return fields(value.schema.fields.map((f) => [f.name, described(f.schema, value.at(f.index))]))
  }
  const entries = [...(value as Map<unknown, unknown>)].map(
    ([key, item]) => [key, described(schema.valueSchema, item)] as const,
  )
  if (schema.keySchema.type === 'STRING') return fields(entries as [string, unknown][])
  return entries.map(([key, item]) =>
    fields([
      ['key', described(schema.keySchema, key)],
      ['value', item],
    ]),
  )
}

function fields(entries: (readonly [string, unknown])[]): unknown {
  const byCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
  return { fields: entries.toSorted(([a], [b]) => byCodePoints(a, b)) }
}

it('fastavro reads every value we write, and we read what it writes of it', async () => {
  await check(samples(), 300, async ({ schema, value }) => {
    const encoder = avroEncoder(schema)
    const bytes = encoder.encode(value)
    const text = encoder.schemaText
    const answer = await python.ask<Answer>({ schema: JSON.parse(text), bytes: bytes.toString('base64') })
    assert.equal(answer.error, undefined, text)
    assert.deepEqual(answer.value, described(schema, value), text)
    const type = parseAvroSchema(text)
    const cursor = new AvroCursor()
    cursor.reset(Buffer.from(answer.bytes ?? '', 'base64'))
    const back = avroReader(type, connectSchemaOf(type, DEFAULT_AVRO_OPTIONS))(cursor)
    cursor.finish()
    assert.ok(valuesEqual(back, value), text)
  })
})
