import {
  DataError,
  dateSchema,
  decimalSchema,
  type Field,
  own,
  Schema,
  type SchemaParts,
  type SchemaType,
  timeSchema,
  timestampSchema,
} from '@spillway/api'
import { checkDepth, SchemaBudget } from '../schema-budget.ts'
import { partsOf } from '../schema-parts.ts'
import type { ProtobufOptions } from './protobuf-options.ts'
import type { ProtoEnum, ProtoField, ProtoMessage, ProtoScalar } from './proto-model.ts'

const NAMESPACE = 'io.confluent.connect.protobuf'
export const TAG = `${NAMESPACE}.Tag`
export const TYPE = `${NAMESPACE}.Type`
export const ENUM = `${NAMESPACE}.Enum`
export const UNION_PREFIX = `${NAMESPACE}.Union.`
export const WRAPPER = `${NAMESPACE}.Wrapper`
export const GENERAL_UNION = 'org.apache.kafka.connect.data.Union'
export const GENERAL_ENUM = 'org.apache.kafka.connect.data.Enum'
export const PRECISION = 'connect.decimal.precision'

const SCALARS: Readonly<Record<ProtoScalar, SchemaType>> = {
  int32: 'INT32',
  sint32: 'INT32',
  sfixed32: 'INT32',
  uint32: 'INT64',
  fixed32: 'INT64',
  int64: 'INT64',
  sint64: 'INT64',
  sfixed64: 'INT64',
  uint64: 'INT64',
  fixed64: 'INT64',
  float: 'FLOAT32',
  double: 'FLOAT64',
  bool: 'BOOLEAN',
  string: 'STRING',
  bytes: 'BYTES',
}

/** Messages that hold one value, and its type. */
const WRAPPERS: Readonly<Record<string, SchemaType>> = {
  'google.protobuf.DoubleValue': 'FLOAT64',
  'google.protobuf.FloatValue': 'FLOAT32',
  'google.protobuf.Int64Value': 'INT64',
  'google.protobuf.UInt64Value': 'INT64',
  'google.protobuf.Int32Value': 'INT32',
  'google.protobuf.UInt32Value': 'INT64',
  'google.protobuf.BoolValue': 'BOOLEAN',
  'google.protobuf.StringValue': 'STRING',
  'google.protobuf.BytesValue': 'BYTES',
}

/** The type inside a wrapper message; undefined for any other message. */
export function wrappedType(message: ProtoMessage): SchemaType | undefined {
  return own(WRAPPERS, message.fullName)
}

/** The name of the field that stands for a oneof. */
export function unionField(name: string, index: number, options: ProtobufOptions): string {
  return options.indexForUnions ? `${name}_${index}` : name
}

/**
 * The Connect schema of a message (Java: `ProtobufData.toConnectSchema`).
 *
 * @param budget counts the parts of the schema.
 * @throws {DataError} for a message that contains itself, and for one of too many parts.
 */
export function connectSchemaOfProto(
  message: ProtoMessage,
  options: ProtobufOptions,
  version?: number,
  budget = new SchemaBudget(),
): Schema {
  const wrapped = options.wrapperForRawPrimitives ? wrappedType(message) : undefined
  const schema =
    wrapped === undefined
      ? new Conversion(options, budget).message(message, 'value')
      : new Schema({ type: wrapped })
  return version === undefined ? schema : new Schema({ ...partsOf(schema), version })
}

class Conversion {
  readonly #options: ProtobufOptions
  readonly #budget: SchemaBudget
  readonly #open: ProtoMessage[] = []
  /** Messages are often used in many places; each is converted once, and the parts that each use takes are known. */
  readonly #done = new Map<ProtoMessage, { readonly schema: Schema; readonly parts: number }>()

  constructor(options: ProtobufOptions, budget: SchemaBudget) {
    this.#options = options
    this.#budget = budget
  }

  message(message: ProtoMessage, path: string): Schema {
    const known = this.#done.get(message)
    if (known !== undefined) {
      this.#budget.spend(known.parts)
      return known.schema
    }
    const before = this.#budget.spent
    const schema = this.#message(message, path)
    this.#done.set(message, { schema, parts: this.#budget.spent - before })
    return schema
  }

  #message(message: ProtoMessage, path: string): Schema {
    checkDepth(this.#open.length)
    if (this.#open.includes(message)) {
      throw new DataError(
        `Message ${message.fullName} contains itself (at ${path}): recursive schemas are not supported. Read the value ` +
          'as bytes with org.apache.kafka.connect.converters.ByteArrayConverter, or bound its depth in the schema.',
      )
    }
    this.#open.push(message)
    const fields: [string, Schema][] = []
    for (const [i, oneof] of message.oneofs.entries()) {
      const members = oneof.fields.map((f): [string, Schema] => [
        f.name,
        this.#field(f, true, `${path}.${f.name}`),
      ])
      if (this.#options.flattenUnions) fields.push(...members)
      else fields.push([unionField(oneof.name, i, this.#options), this.#union(message, oneof.name, members)])
    }
    for (const field of message.fields) {
      if (field.oneof === undefined)
        fields.push([field.name, this.#field(field, false, `${path}.${field.name}`)])
    }
    this.#open.pop()
    const name = this.#options.enhanced ? message.fullName : message.name
    return new Schema({ type: 'STRUCT', name, fields: numbered(fields) })
  }

  #union(message: ProtoMessage, name: string, members: [string, Schema][]): Schema {
    const fields = numbered(members)
    if (this.#options.generalizedSums) {
      return new Schema({
        type: 'STRUCT',
        optional: true,
        name,
        parameters: { [GENERAL_UNION]: name },
        fields,
      })
    }
    const shown = this.#options.enhanced ? `${message.fullName}.${name}` : name
    return new Schema({ type: 'STRUCT', optional: true, name: UNION_PREFIX + shown, fields })
  }

  #field(field: ProtoField, isBranch: boolean, path: string): Schema {
    const { optionalForNullables, wrapperForNullables } = this.#options
    this.#budget.spend(1)
    let parts: SchemaParts
    if (field.mapKey !== undefined) parts = { ...this.#map(field, path), optional: true }
    else if (field.repeated) {
      parts = {
        type: 'ARRAY',
        optional: true,
        valueSchema: this.#with(this.#single(field, path), { optional: true }),
      }
    } else parts = this.#single(field, path)
    const parameters: Record<string, string> = { ...parts.parameters }
    let { optional = false } = parts
    if (isBranch) {
      optional = true
      const { type } = field
      const isWrapper = typeof type === 'object' && type.kind === 'message' && wrappedType(type) !== undefined
      if (wrapperForNullables && isWrapper) parameters[WRAPPER] = 'true'
    } else if (optionalForNullables) optional ||= field.optional
    else if (!wrapperForNullables) optional = true
    parameters[TAG] = String(field.number)
    return this.#with(parts, { optional, parameters })
  }

  #with(parts: SchemaParts, more: Partial<SchemaParts>): Schema {
    return new Schema({ ...parts, ...more })
  }

  #map(field: ProtoField, path: string): SchemaParts {
    const entry = (name: string, number: number, type: ProtoField['type']): ProtoField => ({
      name,
      number,
      type,
      repeated: false,
      mapKey: undefined,
      optional: false,
      isProto3Optional: false,
      packed: false,
      oneof: undefined,
      params: {},
    })
    return {
      type: 'MAP',
      name: mapName(field.name),
      keySchema: this.#field(entry('key', 1, field.mapKey ?? 'string'), false, `${path}{key}`),
      // What is said of a map's field is meant for its values: there is no other place to say it.
      valueSchema: this.#field(
        { ...entry('value', 2, field.type), params: field.params },
        false,
        `${path}{}`,
      ),
    }
  }

  /** The schema of one value, as parts: a place may still add to them. */
  #single({ type, params }: ProtoField, path: string): SchemaParts {
    if (typeof type === 'string') return scalarParts(type, params)
    if (type.kind === 'enum') return this.#enum(type)
    switch (type.fullName) {
      case 'confluent.type.Decimal': {
        const schema = decimalSchema(integerOr(params['scale'], 0), { optional: true })
        const precision = integerOr(params['precision'], -1)
        if (precision < 0) return partsOf(schema)
        return { ...partsOf(schema), parameters: { ...schema.parameters, [PRECISION]: String(precision) } }
      }
      case 'google.type.Date':
        return partsOf(dateSchema({ optional: true }))
      case 'google.type.TimeOfDay':
        return partsOf(timeSchema({ optional: true }))
      case 'google.protobuf.Timestamp':
        return partsOf(timestampSchema({ optional: true }))
    }
    const wrapped = this.#options.wrapperForNullables ? wrappedType(type) : undefined
    if (wrapped !== undefined) return { type: wrapped, optional: true }
    return { ...partsOf(this.message(type, path)), optional: true }
  }

  #enum(type: ProtoEnum): SchemaParts {
    const { enhanced, generalizedSums, intForEnums } = this.#options
    const parameter = generalizedSums ? GENERAL_ENUM : ENUM
    this.#budget.spend(type.numbers.size / 10)
    const symbols = [...type.numbers].map(([symbol, number]) => [`${parameter}.${symbol}`, String(number)])
    return {
      type: intForEnums ? 'INT32' : 'STRING',
      optional: true,
      name: enhanced ? type.fullName : type.name,
      parameters: { [parameter]: type.name, ...Object.fromEntries(symbols) },
    }
  }
}

function scalarParts(type: ProtoScalar, params: ProtoField['params']): SchemaParts {
  if (type === 'int32' || type === 'sint32' || type === 'sfixed32') {
    if (params['connect.type'] === 'int8') return { type: 'INT8' }
    if (params['connect.type'] === 'int16') return { type: 'INT16' }
  }
  const schemaType = SCALARS[type]
  const isPlain = !schemaType.startsWith('INT') || type === 'int32' || type === 'int64'
  return isPlain ? { type: schemaType } : { type: schemaType, parameters: { [TYPE]: type } }
}

function numbered(fields: readonly (readonly [string, Schema])[]): Field[] {
  return fields.map(([name, schema], index) => ({ name, index, schema }))
}

/** Java makes the name from that of the entry message, which is the field's in capitals: `itemCount` gives `item_count`. */
function mapName(field: string): string {
  return field.replaceAll(/(?<=.)([A-Z])/g, '_$1').toLowerCase()
}

function integerOr(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^-?\d{1,4}$/.test(text) ? Number(text) : otherwise
}
