import fc from 'fast-check'
import {
  dateSchema,
  Decimal,
  decimalSchema,
  type Field,
  Schema,
  Struct,
  timeSchema,
  timestampSchema,
} from '@spillway/framework'

const ENUM = 'io.confluent.connect.avro.Enum'
export const UNION = 'io.confluent.connect.avro.Union'
export const ONE_OF = 'io.confluent.connect.json.OneOf'
const DAY = 86_400_000

/** Names of fields as applications, Flatten and JSON Schema have them, some of them close to each other. */
const FIELD_NAMES = [
  'id',
  'a',
  'b',
  'A',
  'value',
  'key',
  'list',
  'element',
  'constructor',
  '__proto__',
  'user.id',
  'user_id',
  '@timestamp',
  'x_40timestamp',
  'user-agent',
  '1st',
  'x1st',
  'with space',
  'größe',
  '名前',
  '',
  '"',
  'a\nb',
  'a\0b',
  '\ud800',
  `${ONE_OF}.field.0`,
]
const TYPE_NAMES = [
  undefined,
  undefined,
  'T',
  'T',
  'com.example.T',
  'com.example.T',
  'T2',
  'my-db.my table.Value',
  '1st',
  'string',
  'a..b',
  '',
  'io.confluent.connect.avro.ConnectDefault',
  'io.confluent.connect.avro.MapEntry',
]
const SYMBOLS = ['RED', 'GREEN', 'in-progress', '1', 'größe', '']

/** Records of one schema, legal in Connect, of which each format has to make the best it can. */
export interface WildRecords {
  readonly schema: Schema
  /** Values of the schema. */
  readonly values: readonly unknown[]
  /** Values that came out wrong: without what is required, too large, of another type. */
  readonly faulty: readonly unknown[]
}

/**
 * @param depth how many structs, lists and maps may lie in each other.
 * @param tops `structs`: values are structs, as of nearly all topics.
 */
export function wildRecords(tops: 'structs' | 'any', depth = 3): fc.Arbitrary<WildRecords> {
  const others = tops === 'any' ? [{ weight: 1, arbitrary: schemas(depth) }] : []
  return fc.oneof({ weight: 4, arbitrary: structs(depth) }, ...others).chain((schema) => {
    // A null in place of the whole is another matter (behavior.on.null.values).
    const some = (isFaulty: boolean): fc.Arbitrary<unknown> =>
      schema.type === 'STRUCT' ? presentOf(schema, isFaulty) : valueOf(schema, isFaulty)
    return fc.record({
      schema: fc.constant(schema),
      values: fc.array(some(false), { minLength: 1, maxLength: 4 }),
      faulty: fc.array(some(true), { maxLength: 2 }),
    })
  })
}

function schemas(depth: number): fc.Arbitrary<Schema> {
  const leaves = fc.oneof(plain, decimals, logical, enums, fixed)
  if (depth <= 0) return leaves
  const inner = schemas(depth - 1)
  return fc.oneof(
    { weight: 5, arbitrary: leaves },
    { weight: 3, arbitrary: structs(depth) },
    { weight: 1, arbitrary: unions(depth) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(inner, fc.boolean())
        .map(([valueSchema, optional]) => new Schema({ type: 'ARRAY', optional, valueSchema })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(keys, inner, fc.boolean(), fc.constantFrom(undefined, undefined, 'labels', 'my-map'))
        .map(
          ([keySchema, valueSchema, optional, name]) =>
            new Schema({ type: 'MAP', optional, keySchema, valueSchema, name }),
        ),
    },
  )
}

function structs(depth: number): fc.Arbitrary<Schema> {
  return fc
    .tuple(
      fc.uniqueArray(fc.tuple(fc.constantFrom(...FIELD_NAMES), schemas(depth - 1)), {
        // A struct without fields is rare, and makes a whole schema one that Parquet refuses.
        minLength: 1,
        maxLength: 5,
        selector: ([name]) => name,
      }),
      fc.constantFrom(...TYPE_NAMES),
      fc.boolean(),
      fc.integer({ min: 0, max: 30 }),
    )
    .map(([fields, name, optional, isEmpty]) => structOf(isEmpty === 0 ? [] : fields, { name, optional }))
}

/** A field per branch, one of which is set: as unions of Avro, JSON Schema and Protobuf come. */
function unions(depth: number): fc.Arbitrary<Schema> {
  return fc
    .tuple(
      fc.uniqueArray(schemas(depth - 1), { minLength: 1, maxLength: 3, selector: ({ type }) => type }),
      fc.constantFrom(UNION, ONE_OF, 'io.confluent.connect.protobuf.Union.choice'),
    )
    .map(([branches, name]) => {
      const fields = branches.map((branch, i): readonly [string, Schema] => [
        name === ONE_OF ? `${ONE_OF}.field.${i}` : `branch${i}`,
        withOptional(branch),
      ])
      return structOf(fields, { name, optional: true })
    })
}

function structOf(
  fields: readonly (readonly [string, Schema])[],
  parts: { readonly name: string | undefined; readonly optional: boolean },
): Schema {
  const made = fields.map(([name, schema], index): Field => ({ name, index, schema }))
  return new Schema({ type: 'STRUCT', ...parts, fields: made })
}

function withOptional(schema: Schema): Schema {
  const { type, name, version, parameters } = schema
  return new Schema({
    type,
    name,
    version,
    parameters,
    optional: true,
    ...(type === 'STRUCT' && { fields: schema.fields }),
    ...(schema.keySchemaIfAny && { keySchema: schema.keySchemaIfAny }),
    ...(schema.valueSchemaIfAny && { valueSchema: schema.valueSchemaIfAny }),
  })
}

const DEFAULTS = {
  INT8: -1,
  INT16: 300,
  INT32: -(2 ** 31),
  INT64: 2n ** 63n - 1n,
  FLOAT32: Number.NaN,
  FLOAT64: Number.NEGATIVE_INFINITY,
  BOOLEAN: true,
  STRING: '"\0\ud83d\ude00',
  BYTES: Buffer.from([0, 128, 255]),
} as const

const plain: fc.Arbitrary<Schema> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[])),
    fc.boolean(),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(
    ([type, optional, hasDefault]) =>
      new Schema({ type, optional, ...(hasDefault === 0 && { defaultValue: DEFAULTS[type] }) }),
  )

const decimals: fc.Arbitrary<Schema> = fc
  .tuple(
    fc.constantFrom(0, 2, 5, 9, 38, 2, 0, 5, 40, -2),
    fc.constantFrom(undefined, '1', '3', '9', '18', '38', '64', '100', '0', '-1', 'x'),
    fc.boolean(),
  )
  .map(([scale, precision, optional]) => {
    const { type, name, version, parameters } = decimalSchema(scale)
    const more = precision === undefined ? {} : { 'connect.decimal.precision': precision }
    return new Schema({ type, name, version, optional, parameters: { ...parameters, ...more } })
  })

const logical: fc.Arbitrary<Schema> = fc
  .tuple(fc.constantFrom(dateSchema, timeSchema, timestampSchema), fc.boolean())
  .map(([schema, optional]) => schema({ optional }))

const enums: fc.Arbitrary<Schema> = fc
  .tuple(fc.subarray(SYMBOLS, { minLength: 1 }), fc.constantFrom('Color', 'Color', 'a-b.Color'), fc.boolean())
  .map(([symbols, name, optional]) => {
    const entries = symbols.map((symbol) => [`${ENUM}.${symbol}`, symbol])
    return new Schema({
      type: 'STRING',
      optional,
      parameters: { [ENUM]: name, ...Object.fromEntries(entries) },
    })
  })

const fixed: fc.Arbitrary<Schema> = fc.tuple(fc.constantFrom(0, 1, 16), fc.boolean()).map(
  ([size, optional]) =>
    new Schema({
      type: 'BYTES',
      name: 'Fixed',
      optional,
      parameters: { 'connect.fixed.size': String(size) },
    }),
)

const keys: fc.Arbitrary<Schema> = fc.constantFrom(
  new Schema({ type: 'STRING' }),
  new Schema({ type: 'STRING', optional: true }),
  new Schema({ type: 'INT32' }),
  new Schema({ type: 'INT64' }),
)

/** @param isFaulty whether it may be a value that the schema does not allow. */
function valueOf(schema: Schema, isFaulty: boolean): fc.Arbitrary<unknown> {
  const present = presentOf(schema, isFaulty)
  const value = schema.optional ? fc.option(present, { freq: 4 }) : present
  if (!isFaulty) return value
  return fc.oneof(
    { weight: 12, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom(null, 'x', 1.5, new Map(), []) },
  )
}

function presentOf(schema: Schema, isFaulty: boolean): fc.Arbitrary<unknown> {
  const { type, name, parameters = {} } = schema
  const part = (inner: Schema): fc.Arbitrary<unknown> => valueOf(inner, isFaulty)
  if (parameters['scale'] !== undefined) return decimalOf(schema, isFaulty)
  if (name?.endsWith('.Date') === true) {
    return fc.integer({ min: -719_000, max: 2_900_000 }).map((days) => new Date(days * DAY))
  }
  if (name?.endsWith('.Time') === true) {
    return fc.integer({ min: isFaulty ? -5 : 0, max: DAY - (isFaulty ? -5 : 1) }).map((ms) => new Date(ms))
  }
  if (name?.endsWith('.Timestamp') === true) {
    return fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }).map((ms) => new Date(ms))
  }
  switch (type) {
    case 'STRUCT':
      return name === UNION || name === ONE_OF
        ? fc.integer({ min: 0, max: schema.fields.length - 1 }).chain((set) =>
            presentOf((schema.fields[set] as Field).schema, isFaulty).map(
              (value) =>
                new Struct(
                  schema,
                  schema.fields.map((_, i) => (i === set ? value : null)),
                ),
            ),
          )
        : fc
            .tuple(...schema.fields.map((field) => part(field.schema)))
            .map((values) => new Struct(schema, values))
    case 'ARRAY':
      return fc.array(part(schema.valueSchema), { maxLength: 3 })
    case 'MAP':
      return fc
        .uniqueArray(fc.tuple(keyOf(schema.keySchema, isFaulty), part(schema.valueSchema)), {
          maxLength: 3,
          selector: ([key]) => key,
        })
        .map((entries) => new Map(entries))
    case 'STRING':
      return parameters[ENUM] === undefined
        ? texts
        : fc.constantFrom(...symbolsOf(schema), ...(isFaulty ? ['NONE'] : []))
    case 'BYTES': {
      const size = Number(parameters['connect.fixed.size'] ?? 9)
      const isFixed = parameters['connect.fixed.size'] !== undefined && !isFaulty
      return fc
        .uint8Array({ minLength: isFixed ? size : 0, maxLength: size })
        .map((bytes) => Buffer.from(bytes))
    }
    default:
      return numberOf(type)
  }
}

function keyOf(schema: Schema, isFaulty: boolean): fc.Arbitrary<unknown> {
  const key = schema.type === 'STRING' ? texts : numberOf(schema.type)
  return schema.optional && isFaulty ? fc.option(key) : key
}

function symbolsOf({ parameters = {} }: Schema): string[] {
  return Object.keys(parameters)
    .filter((key) => key.startsWith(`${ENUM}.`))
    .map((key) => key.slice(ENUM.length + 1))
}

function numberOf(type: Schema['type']): fc.Arbitrary<unknown> {
  const floats = [0, -0, 1.5, -2.25, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  switch (type) {
    case 'BOOLEAN':
      return fc.boolean()
    case 'FLOAT32':
      // The others have more digits in some formats than in others.
      return fc.constantFrom(...floats)
    case 'FLOAT64':
      return fc.oneof(fc.constantFrom(...floats), fc.double())
    case 'INT64':
      return fc.oneof(
        fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      )
    default: {
      const limit = type === 'INT8' ? 2 ** 7 : type === 'INT16' ? 2 ** 15 : 2 ** 31
      return fc.oneof(fc.constantFrom(-limit, limit - 1), fc.integer({ min: -limit, max: limit - 1 }))
    }
  }
}

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('', '\0', 'null', 'x'.repeat(70_000), '😀', ' a ', 'a,"b"\n'),
)

function decimalOf({ parameters = {} }: Schema, isFaulty: boolean): fc.Arbitrary<Decimal> {
  const scale = Number(parameters['scale'])
  const given = Number(parameters['connect.decimal.precision'])
  const digits = isFaulty ? 70 : Math.min(38, Math.max(given > 0 ? given : 38, scale))
  const limit = 10n ** BigInt(digits)
  return fc
    .oneof(fc.constantFrom(0n, limit - 1n, 1n - limit), fc.bigInt({ min: 1n - limit, max: limit - 1n }))
    .map((unscaled) => new Decimal(unscaled, isFaulty && unscaled % 7n === 1n ? scale + 1 : scale))
}
