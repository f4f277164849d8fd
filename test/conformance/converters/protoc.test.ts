/** Against protoc and its Python. Needs python3 with pip; it fails where they are missing. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { DATE, Decimal, type Schema, Struct, TIME } from '@spillway/framework'

import { check, plainValue, samples } from '@spillway/converters/testing'
import { connectSchemaOfProto } from '../../../framework/converters/src/protobuf/connect-schema-of-proto.ts'
import { ProtoSchema } from '../../../framework/converters/src/protobuf/proto-model.ts'
import { protoReader } from '../../../framework/converters/src/protobuf/proto-reader.ts'
import { ProtoSink } from '../../../framework/converters/src/protobuf/proto-sink.ts'
import { protoTextOf } from '../../../framework/converters/src/protobuf/proto-text-of.ts'
import { protoWriter } from '../../../framework/converters/src/protobuf/proto-writer.ts'
import {
  protobufDataConfig,
  protobufOptions,
} from '../../../framework/converters/src/protobuf/protobuf-options.ts'
import { Oracle } from './oracle.ts'

interface Answer {
  readonly value?: unknown
  readonly bytes?: string
  readonly error?: string
}

let python: Oracle
before(async () => {
  python = await Oracle.python('proto_oracle.py')
})
after(() => python.close())

const options = protobufOptions(protobufDataConfig.parse({ 'optional.for.nullables': 'true' }))

type Pairs = (readonly [string, unknown])[]

function fields(pairs: Pairs): unknown {
  return { fields: pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)) }
}

function numbers(parts: Readonly<Record<string, number>>): unknown {
  return fields(
    Object.entries(parts)
      .filter(([, part]) => part !== 0)
      .map(([name, part]) => [name, { int: String(part) }]),
  )
}

/** A value as proto_oracle.py describes what protoc's Python reads. */
function described(schema: Schema, value: unknown): unknown {
  if (typeof value === 'boolean') return value
  if (typeof value === 'bigint') return { int: value.toString() }
  if (typeof value === 'string') return { string: value }
  if (typeof value === 'number') {
    if (schema.type.startsWith('INT')) return { int: String(value) }
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return { float: bytes.toString('hex') }
  }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Decimal) {
    const precision = value.unscaled.toString().replace('-', '').length
    const rest: Pairs = value.scale === 0 ? [] : [['scale', { int: String(value.scale) }]]
    return fields([
      ['precision', { int: String(precision) }],
      ['value', { bytes: value.toBytes().toString('hex') }],
      ...rest,
    ])
  }
  if (value instanceof Date) return describedDate(schema, value)
  if (Array.isArray(value)) return value.map((item) => described(schema.valueSchema, item))
  if (value instanceof Map) {
    const pairs = [...(value as Map<unknown, unknown>)].map(([key, item]) => [
      described(schema.keySchema, key),
      described(schema.valueSchema, item),
    ])
    return { map: pairs.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) }
  }
  const struct = value as Struct
  const set = struct.schema.fields.filter((field) => isWritten(field.schema, struct.at(field.index)))
  return fields(set.map((field) => [field.name, described(field.schema, struct.at(field.index))]))
}

function describedDate(schema: Schema, date: Date): unknown {
  if (schema.name === DATE) {
    return numbers({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() })
  }
  if (schema.name === TIME) {
    return numbers({
      hours: date.getUTCHours(),
      minutes: date.getUTCMinutes(),
      seconds: date.getUTCSeconds(),
      nanos: date.getUTCMilliseconds() * 1e6,
    })
  }
  const seconds = Math.floor(date.getTime() / 1000)
  return numbers({ seconds, nanos: (date.getTime() - seconds * 1000) * 1e6 })
}

/** Empty collections, and plain values that are not optional and what readers assume anyway, are not written. */
function isWritten(schema: Schema, value: unknown): boolean {
  if (value === null) return false
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Map) return value.size > 0
  if (schema.optional || value instanceof Struct || value instanceof Date || value instanceof Decimal)
    return true
  if (value instanceof Uint8Array) return value.length > 0
  return Object.is(value, -0) || !(value === 0 || value === 0n || value === '' || value === false)
}

it('protoc reads every message we write, and we read what it writes of it', async () => {
  const limits = { anyTop: false, defaults: false, nullItems: false, plainCollections: true }
  await check(samples(limits), 100, async ({ schema, value }) => {
    if (value === null) return
    const { text, message } = protoTextOf(schema, options)
    const file = new ProtoSchema(text)
    const type = file.message(file.indexesOf(message) ?? [])
    const sink = new ProtoSink()
    protoWriter(type, schema, options)(sink, value)
    const bytes = sink.take()
    const answer = await python.ask<Answer>({ text, message, bytes: bytes.toString('base64') })
    assert.equal(answer.error, undefined, text)
    // The order of a map's entries means nothing; ours is that of the JSON texts, as theirs.
    assert.deepEqual(sorted(answer.value), sorted(described(schema, value)), text)
    const read = protoReader(type, connectSchemaOfProto(type, options), options)
    assert.deepEqual(
      inOrder(plainValue(read(Buffer.from(answer.bytes ?? '', 'base64')))),
      inOrder(plainValue(value)),
      text,
    )
  })
})

/** Lists of pairs under `map` in one order, whatever printed them. */
function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted)
  if (typeof json !== 'object' || json === null) return json
  const entries = Object.entries(json).map(([key, item]) => {
    const inner = sorted(item)
    return [key, key === 'map' ? (inner as unknown[]).toSorted(byText) : inner] as const
  })
  return Object.fromEntries(entries)
}

/** Every list in one order: maps come back in another, and lists of equal parts are equal all the same. */
function inOrder(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(inOrder).toSorted(byText)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, inOrder(item)]))
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}
