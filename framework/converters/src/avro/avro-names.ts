import type { Schema } from '@spillway/api'
import type { AvroType } from './avro-schema.ts'
import type { AvroDataOptions } from './avro-options.ts'

/** Names that Confluent's converter writes into schemas, and that others read there. */
export const NAMESPACE = 'io.confluent.connect.avro'
export const DEFAULT_RECORD = `${NAMESPACE}.ConnectDefault`
export const ANYTHING = `${NAMESPACE}.Anything`
export const UNION = `${NAMESPACE}.Union`
export const MAP_ENTRY = 'MapEntry'
export const ENUM_PARAMETER = `${NAMESPACE}.Enum`
export const RECORD_DOC = `${NAMESPACE}.record.doc`
export const ENUM_DOC = `${NAMESPACE}.enum.doc.`
export const FIELD_DOC = `${NAMESPACE}.field.doc.`
export const ENUM_DEFAULT = `${NAMESPACE}.enum.default.`
export const FIELD_DEFAULT = `${NAMESPACE}.field.default`
export const FIXED_SIZE = 'connect.fixed.size'
export const DECIMAL_PRECISION = 'connect.decimal.precision'
export const DEFAULT_PRECISION = 64
/** Connect's general union and enum, of `generalized.sum.type.support`. */
export const GENERAL_UNION = 'org.apache.kafka.connect.data.Union'
export const GENERAL_ENUM = 'org.apache.kafka.connect.data.Enum'

/** True for a STRUCT that stands for a union: one field per branch, one of them set. */
export function isUnionStruct(schema: Schema): boolean {
  return (
    schema.type === 'STRUCT' && (schema.name === UNION || schema.parameters?.[GENERAL_UNION] !== undefined)
  )
}

/** True for an array element that stands for a map's entry. */
export function isMapEntry(type: AvroType): boolean {
  if (type.kind !== 'record') return false
  return type.name === `${NAMESPACE}.${MAP_ENTRY}` || type.props['connect.internal.type'] === MAP_ENTRY
}

/** The field of a union struct that stands for a branch of an Avro union. */
export function branchField(branch: AvroType, index: number, options: AvroDataOptions): string {
  if (options.generalizedSums) return `connect_union_field_${index}`
  if (!('name' in branch)) return branch.kind
  return options.enhanced ? branch.name : simpleName(branch.name)
}

export function simpleName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** True for a name that Java's parser takes: letters of any script, digits and underscores, but no digit at the start. */
export function isAvroName(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name) && !/[\ud800-\udfff]/.test(name)
}

/**
 * The same of a name with a namespace. Readers do not look at the parts of a namespace, and Debezium's hold hyphens, as its
 * topics do.
 */
export function isAvroFullName(name: string): boolean {
  const parts = name.split('.')
  return parts.every((part) => part !== '' && part.isWellFormed()) && isAvroName(parts.at(-1) as string)
}

/** A name as the specification has it, in ASCII: symbols of enums have to be such for all readers. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}

/** A name that Avro allows: other characters as Java's URLEncoder writes them, with `_` for what names may not have. */
export function scrubName(name: string): string {
  if (isPlainName(name)) return name
  const encoded = encodeURIComponent(name.toWellFormed())
    .replaceAll('%20', '+')
    .replaceAll(/[!'()~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
  return (/^[A-Za-z_]/.test(encoded) ? encoded : `x${encoded}`).replaceAll(/[^A-Za-z0-9_]/g, '_')
}

/** Each part of a dotted name scrubbed. */
export function scrubFullName(name: string, options: AvroDataOptions): string {
  return options.scrubNames ? name.split('.').map(scrubName).join('.') : name
}

export function fieldName(name: string, options: AvroDataOptions): string {
  return options.scrubNames ? scrubName(name) : name
}

/** True for a map that Avro's own map type can hold; others become arrays of entries. */
export function isAvroMap(schema: Schema, options: AvroDataOptions): boolean {
  const key = schema.keySchemaIfAny
  return key?.type === 'STRING' && key.name === undefined && (!key.optional || options.optionalMapKeys)
}

/**
 * The name of the enum that a STRING schema stands for, where enums are kept. Symbols that are no names of Avro make
 * it a text.
 */
export function enumNameOf(schema: Schema, options: AvroDataOptions): string | undefined {
  if (schema.type !== 'STRING' || schema.parameters === undefined) return undefined
  const name = options.generalizedSums
    ? schema.parameters[GENERAL_ENUM]
    : options.enhanced
      ? schema.parameters[ENUM_PARAMETER]
      : undefined
  if (name === undefined) return undefined
  const symbols = enumSymbolsOf(schema, options)
  return symbols.length > 0 && symbols.every(isPlainName) ? name : undefined
}

/** The symbols of that enum. */
export function enumSymbolsOf({ parameters = {} }: Schema, options: AvroDataOptions): string[] {
  const prefix = `${options.generalizedSums ? GENERAL_ENUM : ENUM_PARAMETER}.`
  return Object.keys(parameters)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
}

/** A named BYTES schema of a size, or a Decimal of one; the latter has no name of its own to keep. */
export function isFixed(schema: Schema): boolean {
  if (schema.type !== 'BYTES' || schema.name === undefined) return false
  const size = Number(schema.parameters?.[FIXED_SIZE])
  return Number.isSafeInteger(size) && size >= 0
}
