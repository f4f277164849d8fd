import { DataError, isStruct, type Schema, type Struct, type ErrorRow } from '@spillway/api'
import { javaClassName } from './java-class-name.ts'
import { isPlainObject, type PlainObject } from './plain-object.ts'
import { smtErrors } from '../../error-rows.ts'

/**
 * What a transformation asks of the data it is given, in the words of Kafka Connect's `Requirements`; `purpose` is
 * what the transformation was about to do.
 */
export function requireMap(value: unknown, purpose: string): PlainObject {
  if (isPlainObject(value)) return value
  throw new DataError(
    `Only Map objects supported in absence of schema for [${purpose}], found: ${javaClassName(value)}`,
  )
}

export function requireMapOrNull(value: unknown, purpose: string): PlainObject | null {
  return value === null || value === undefined ? null : requireMap(value, purpose)
}

/** @param schema of the value, for naming what was found. */
export function requireStruct(value: unknown, purpose: string, schema: Schema | null = null): Struct {
  if (isStruct(value)) return value as Struct
  throw new DataError(
    `Only Struct objects supported for [${purpose}], found: ${javaClassName(value, schema)}`,
  )
}

export function requireStructOrNull(
  value: unknown,
  purpose: string,
  schema: Schema | null = null,
): Struct | null {
  return value === null || value === undefined ? null : requireStruct(value, purpose, schema)
}

/** An argument a transformation cannot work with (Java: `IllegalArgumentException`). */
export class IllegalArgumentError extends DataError {
  static override readonly row: ErrorRow = smtErrors.rows.IllegalArgumentError
}
