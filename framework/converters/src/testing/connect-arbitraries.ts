import {
  DATE,
  dateSchema,
  Decimal,
  DECIMAL,
  decimalSchema,
  type Field,
  isLogical,
  MILLIS_PER_DAY,
  SCALE_PARAMETER,
  Schema,
  type SchemaType,
  Struct,
  TIME,
  timeSchema,
  timestampSchema,
} from '@spillway/api'
import fc from 'fast-check'

/** A schema with a value that fits it. */
export interface Sample {
  readonly schema: Schema
  readonly value: unknown
}

export interface SampleLimits {
  /** Types to leave out, for formats that have no such thing. */
  readonly without?: readonly (SchemaType | 'DECIMAL' | 'DATE' | 'TIME' | 'TIMESTAMP')[]
  /** False for formats in which only a STRUCT can stand at the top. */
  readonly anyTop?: boolean
  /** False for formats without defaults. */
  readonly defaults?: boolean
  /** False for formats whose collections hold no nulls. */
  readonly nullItems?: boolean
  /** Key types of maps; STRING alone where a format has no others. */
  readonly keys?: readonly MapKey[]
  /** True for formats in which a map or array stands only in a struct's field, and is never null. */
  readonly plainCollections?: boolean
}

/** Texts that may be null are a type of keys to themselves: formats differ in what they make of them. */
type MapKey = 'STRING' | 'OPTIONAL STRING' | 'INT32'

/** How a schema is drawn, before names are given. */
interface Shape {
  readonly kind: string
  readonly optional: boolean
  readonly withDefault: boolean
  readonly scale: number
  readonly key: MapKey
  readonly items: readonly Shape[]
}

const LEAVES = [
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FLOAT32',
  'FLOAT64',
  'BOOLEAN',
  'STRING',
  'BYTES',
  'DECIMAL',
  'DATE',
  'TIME',
  'TIMESTAMP',
] as const

/** Random schemas, up to three levels deep, each with a random value. */
export function samples(limits: SampleLimits = {}): fc.Arbitrary<Sample> {
  return schemas(limits).chain((schema) => valueOf(schema).map((value) => ({ schema, value })))
}

/** Random schemas of a format. */
export function schemas(limits: SampleLimits = {}): fc.Arbitrary<Schema> {
  const without = limits.without ?? []
  const leaves = LEAVES.filter((leaf) => !without.includes(leaf))
  const containers = ['ARRAY', 'MAP', 'STRUCT'].filter((kind) => !without.includes(kind as SchemaType))
  const shape = (depth: number, kinds: readonly string[]): fc.Arbitrary<Shape> => {
    const inner = limits.plainCollections === true ? [...leaves, 'STRUCT'] : [...leaves, ...containers]
    const child = depth <= 0 ? leaves : inner
    return fc.constantFrom(...kinds).chain((kind) => {
      const isStruct = kind === 'STRUCT'
      const childKinds = isStruct && depth > 0 ? [...leaves, ...containers] : child
      const items =
        kind === 'ARRAY' || kind === 'MAP' || isStruct
          ? fc.array(shape(depth - 1, childKinds), { minLength: 1, maxLength: isStruct ? 5 : 1 })
          : fc.constant([])
      return fc.record({
        kind: fc.constant(kind),
        optional: fc.boolean(),
        withDefault: limits.defaults === false ? fc.constant(false) : fc.boolean(),
        scale: fc.integer({ min: 0, max: 6 }),
        key: fc.constantFrom(...(limits.keys ?? (['STRING', 'OPTIONAL STRING', 'INT32'] as const))),
        items,
      })
    })
  }
  const top = limits.anyTop === false ? ['STRUCT'] : [...leaves, ...containers]
  return shape(3, top).map((drawn) => build(drawn, { next: 0 }, limits, false))
}

function build(shape: Shape, names: { next: number }, limits: SampleLimits, inCollection: boolean): Schema {
  const isCollection = shape.kind === 'ARRAY' || shape.kind === 'MAP'
  const mayBeNull =
    !(inCollection && limits.nullItems === false) && !(isCollection && limits.plainCollections)
  const optional = shape.optional && mayBeNull
  const child = (i: number): Schema => build(shape.items[i] as Shape, names, limits, true)
  switch (shape.kind) {
    case 'ARRAY':
      return new Schema({ type: 'ARRAY', optional, valueSchema: child(0) })
    case 'MAP': {
      const name = shape.key === 'STRING' ? undefined : `test.Entry${names.next++}`
      return new Schema({
        type: 'MAP',
        optional,
        name,
        keySchema: new Schema({
          type: shape.key === 'INT32' ? 'INT32' : 'STRING',
          optional: shape.key === 'OPTIONAL STRING',
        }),
        valueSchema: child(0),
      })
    }
    case 'STRUCT': {
      const name = `test.Struct${names.next++}`
      const fields = shape.items.map((item, index): Field => ({
        name: `f${index}`,
        index,
        schema: build(item, names, limits, false),
      }))
      return new Schema({ type: 'STRUCT', optional, name, fields })
    }
    default:
      return leaf(shape, optional)
  }
}

function leaf(shape: Shape, optional: boolean): Schema {
  const options = {
    optional,
    ...(shape.withDefault && { defaultValue: DEFAULTS[shape.kind]?.(shape.scale) }),
  }
  switch (shape.kind) {
    case 'DECIMAL':
      return decimalSchema(shape.scale, options)
    case 'DATE':
      return dateSchema(options)
    case 'TIME':
      return timeSchema(options)
    case 'TIMESTAMP':
      return timestampSchema(options)
    default:
      return new Schema({ type: shape.kind as SchemaType, ...options })
  }
}

const DEFAULTS: Readonly<Record<string, (scale: number) => unknown>> = {
  INT8: () => -5,
  INT16: () => 300,
  INT32: () => 100_000,
  INT64: () => 2n ** 60n,
  FLOAT32: () => 1.5,
  FLOAT64: () => -2.25,
  BOOLEAN: () => true,
  STRING: () => 'déjà "vu"',
  BYTES: () => Buffer.from([0, 127, 128, 255]),
  DECIMAL: (scale) => new Decimal(-12345n, scale),
  DATE: () => new Date(3 * MILLIS_PER_DAY),
  TIME: () => new Date(1234),
  TIMESTAMP: () => new Date(1_700_000_000_123),
}

/** A random value of a schema. Where a null would become the default, none is drawn; nor is one for a key of a map. */
export function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  const value = isLogical(schema) ? logicalValue(schema) : plainValue(schema)
  const mayBeNull = schema.optional && schema.defaultValue === undefined
  return mayBeNull ? fc.option(value, { freq: 4 }) : value
}

function plainValue(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'INT8':
      return fc.integer({ min: -(2 ** 7), max: 2 ** 7 - 1 })
    case 'INT16':
      return fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 })
    case 'INT32':
      return fc.integer()
    case 'INT64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'FLOAT32':
      return fc.float({ noNaN: true, noDefaultInfinity: true })
    case 'FLOAT64':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'BOOLEAN':
      return fc.boolean()
    case 'STRING':
      return fc.string({ unit: 'grapheme' })
    case 'BYTES':
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))
    case 'ARRAY':
      return fc.array(valueOf(schema.valueSchema), { maxLength: 4 })
    case 'MAP':
      return fc
        .uniqueArray(fc.tuple(plainValue(schema.keySchema), valueOf(schema.valueSchema)), {
          maxLength: 4,
          selector: ([key]) => key,
        })
        .map((entries) => new Map(entries))
    case 'STRUCT':
      return fc
        .tuple(...schema.fields.map((field) => valueOf(field.schema)))
        .map((values) => Struct.ofTrusted(schema, values))
  }
}

function logicalValue(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.name) {
    case DECIMAL: {
      const scale = Number(schema.parameters?.[SCALE_PARAMETER])
      return fc
        .bigInt({ min: -(10n ** 25n), max: 10n ** 25n })
        .map((unscaled) => new Decimal(unscaled, scale))
    }
    case DATE:
      return fc.integer({ min: -700_000, max: 700_000 }).map((days) => new Date(days * MILLIS_PER_DAY))
    case TIME:
      return fc.integer({ min: 0, max: MILLIS_PER_DAY - 1 }).map((millis) => new Date(millis))
    default:
      return fc
        .integer({ min: -60_000_000_000_000, max: 250_000_000_000_000 })
        .map((millis) => new Date(millis))
  }
}
