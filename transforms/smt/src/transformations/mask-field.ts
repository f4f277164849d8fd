import {
  configDef,
  DataError,
  Decimal,
  nonEmpty,
  type RawConfig,
  SCALE_PARAMETER,
  type Schema,
  type SinkRecord,
  Struct,
  type Transformation,
} from '@spillway/api'
import { listOfNames, replaceNullWithDefault } from './shared/common-keys.ts'
import { javaClassName } from './shared/java-class-name.ts'
import { decimalToLong, parseDouble } from './shared/java-number.ts'
import { getMember, isPlainObject, setMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { requireMap, requireStruct } from './shared/requirements.ts'
import { readField } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const PURPOSE = 'mask fields'

const config = configDef({
  fields: { type: 'list', validator: listOfNames(), importance: 'high', doc: 'Fields to mask.' },
  replacement: {
    type: 'string',
    default: null,
    validator: nonEmpty,
    importance: 'low',
    doc: 'What stands in masked fields; only for fields that hold a number or a text. Without it a field gets the zero of its type.',
  },
  'replace.null.with.default': replaceNullWithDefault,
})

/** Hides the values of fields (Java: `MaskField`). */
class MaskField implements Transformation {
  readonly #side: RecordSide
  #fields: ReadonlySet<string> = new Set()
  #replacement: string | null = null
  #replaceNull = true

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#fields = new Set(parsed.fields)
    this.#replacement = parsed.replacement
    this.#replaceNull = parsed['replace.null.with.default']
  }

  apply(record: SinkRecord): SinkRecord {
    const schema = this.#side.schemaOf(record)
    const value = this.#side.valueOf(record)
    if (schema === null) {
      const updated = { ...requireMap(value, PURPOSE) }
      for (const name of this.#fields) {
        setMember(updated, name, this.#mask(getMember(updated, name), null))
      }
      return this.#side.replace(record, null, updated)
    }
    const struct = requireStruct(value, PURPOSE, schema)
    const values = struct.schema.fields.map((field) => {
      const original = readField(struct, field, this.#replaceNull)
      return this.#fields.has(field.name) ? this.#mask(original, field.schema) : original
    })
    return this.#side.replace(record, schema, Struct.ofTrusted(struct.schema, values))
  }

  #mask(value: unknown, schema: Schema | null): unknown {
    if (value === null || value === undefined) return null
    return this.#replacement === null
      ? zeroOf(value, schema)
      : replacementFor(value, schema, this.#replacement)
  }
}

function zeroOf(value: unknown, schema: Schema | null): unknown {
  switch (typeof value) {
    case 'boolean':
      return false
    case 'number':
      return 0
    case 'bigint':
      return schema === null ? 0 : 0n
    case 'string':
      return ''
    default:
      return objectZeroOf(value, schema)
  }
}

function objectZeroOf(value: unknown, schema: Schema | null): unknown {
  if (value instanceof Date) return new Date(0)
  // Java gives 0 without a scale, which no converter then accepts for a schema that has one.
  if (value instanceof Decimal) return new Decimal(0n, scaleOf(schema))
  if (Array.isArray(value)) return []
  if (value instanceof Map) return new Map()
  if (isPlainObject(value)) return {}
  throw new DataError(`Cannot mask value of type: class ${javaClassName(value, schema)}`)
}

function scaleOf(schema: Schema | null): number {
  return Number(schema?.parameters?.[SCALE_PARAMETER] ?? 0)
}

/** Integers are cut and wrapped to the field's width: 300 in an int8 is 44, as in Kafka Connect since 4.2. */
function replacementFor(value: unknown, schema: Schema | null, replacement: string): unknown {
  if (typeof value === 'string') return replacement
  const className = javaClassName(value, schema)
  switch (className) {
    case 'java.lang.Byte':
      return Number(BigInt.asIntN(8, longOf(replacement)))
    case 'java.lang.Short':
      return Number(BigInt.asIntN(16, longOf(replacement)))
    case 'java.lang.Integer':
      return Number(BigInt.asIntN(32, longOf(replacement)))
    case 'java.lang.Long': {
      const long = longOf(replacement)
      return schema === null && Number.isSafeInteger(Number(long)) ? Number(long) : long
    }
    case 'java.lang.Float':
      return Math.fround(doubleOf(replacement))
    case 'java.lang.Double':
      return doubleOf(replacement)
    case 'java.math.BigDecimal': {
      const decimal = decimalOf(replacement, 'number')
      return schema === null ? decimal : decimal.withScale(scaleOf(schema))
    }
  }
  throw new DataError(`Cannot mask value of type class ${className} with custom replacement.`)
}

function longOf(replacement: string): bigint {
  return decimalToLong(decimalOf(replacement, 'a number'))
}

function decimalOf(replacement: string, what: string): Decimal {
  try {
    return Decimal.parse(replacement)
  } catch (cause) {
    throw unconvertible(replacement, what, cause)
  }
}

function doubleOf(replacement: string): number {
  try {
    return parseDouble(replacement)
  } catch (cause) {
    throw unconvertible(replacement, 'a number', cause)
  }
}

function unconvertible(replacement: string, what: string, cause: unknown): DataError {
  return new DataError(`Unable to convert ${replacement} (class java.lang.String) to ${what}`, { cause })
}

/** Java: `org.apache.kafka.connect.transforms.MaskField$Key` and `$Value`. */
export const maskFieldPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.MaskField`,
  doc: 'Replaces the values of fields by the zero of their type, or by a given number or text.',
  config,
  create: (side) => new MaskField(side),
})
