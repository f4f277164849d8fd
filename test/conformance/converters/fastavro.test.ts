/** Against fastavro. Needs python3 with pip; it fails where they are missing. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { avroEncoder, valuesEqual } from '@spillway/framework'

import { check, samples } from '@spillway/converters/testing'
import { AvroCursor } from '../../../framework/converters/src/avro/avro-cursor.ts'
import { DEFAULT_AVRO_OPTIONS } from '../../../framework/converters/src/avro/avro-options.ts'
import { avroReader } from '../../../framework/converters/src/avro/avro-reader.ts'
import { parseAvroSchema } from '../../../framework/converters/src/avro/avro-schema.ts'
import { connectSchemaOf } from '../../../framework/converters/src/avro/connect-schema-of.ts'
import { described } from './described.ts'
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
