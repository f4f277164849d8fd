import { DataError } from '@spillway/api'
import { parseJson } from '../json/json-text.ts'

/** Primitive types of Avro. */
export const AVRO_PRIMITIVES = [
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
] as const

export type AvroPrimitive = (typeof AVRO_PRIMITIVES)[number]

/** Everything written beside a type: `logicalType`, `connect.*`, and the type's own keys. */
export type AvroProps = Readonly<Record<string, unknown>>

export interface AvroField {
  readonly name: string
  readonly type: AvroType
  readonly doc: string | undefined
  readonly hasDefault: boolean
  /** As JSON; meant for the first branch of a union. */
  readonly defaultValue: unknown
  readonly props: AvroProps
}

interface Named {
  /** With its namespace. */
  readonly name: string
  readonly doc: string | undefined
  readonly props: AvroProps
}

export interface AvroRecord extends Named {
  readonly kind: 'record'
  readonly fields: readonly AvroField[]
}

export interface AvroEnum extends Named {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  readonly defaultSymbol: string | undefined
}

export interface AvroFixed extends Named {
  readonly kind: 'fixed'
  readonly size: number
}

/** An Avro schema with all names resolved; a record that contains itself is a circle of objects. */
export type AvroType =
  | { readonly kind: AvroPrimitive; readonly props: AvroProps }
  | { readonly kind: 'array'; readonly items: AvroType; readonly props: AvroProps }
  | { readonly kind: 'map'; readonly values: AvroType; readonly props: AvroProps }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[]; readonly props: AvroProps }
  | AvroRecord
  | AvroEnum
  | AvroFixed

const MAX_DEPTH = 300
const NAME = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u
const NO_PROPS: AvroProps = {}

/**
 * Reads an Avro schema.
 *
 * @param references texts of schemas whose named types this one uses, each after those it uses itself.
 * @throws {DataError} for a text that is no Avro schema, with the place in it.
 */
export function parseAvroSchema(text: string, references: readonly string[] = []): AvroType {
  const parser = new SchemaParser()
  for (const reference of references) parser.parse(reference)
  return parser.parse(text)
}

/** The name under which unions and errors know a type. */
export function avroTypeName(type: AvroType): string {
  return 'name' in type ? type.name : type.kind
}

type JsonObject = Readonly<Record<string, unknown>>
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

class SchemaParser {
  readonly #named = new Map<string, AvroType>()

  parse(text: string): AvroType {
    // A bare name is a schema too, though no JSON.
    const trimmed = text.trim()
    const json = /^[\w.]+$/.test(trimmed) ? trimmed : readJson(text)
    return this.#type(json, '', 'schema', 0)
  }

  #type(json: unknown, namespace: string, path: string, depth: number): AvroType {
    if (depth > MAX_DEPTH) throw invalid(path, `it is nested deeper than ${MAX_DEPTH}`)
    if (typeof json === 'string') return this.#byName(json, namespace, path, NO_PROPS)
    if (Array.isArray(json)) return this.#union(json, namespace, path, depth)
    if (typeof json !== 'object' || json === null) throw invalid(path, `a ${typeof json} is no type`)
    const source = json as JsonObject
    const { type } = source
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(source, namespace, path, depth)
      case 'enum':
        return this.#enum(source, namespace, path)
      case 'fixed':
        return this.#fixed(source, namespace, path)
      case 'array':
        return {
          kind: 'array',
          items: this.#type(source['items'], namespace, `${path}[]`, depth + 1),
          props: source,
        }
      case 'map':
        return {
          kind: 'map',
          values: this.#type(source['values'], namespace, `${path}{}`, depth + 1),
          props: source,
        }
      default:
        return typeof type === 'string'
          ? this.#byName(type, namespace, path, source)
          : this.#type(type, namespace, path, depth + 1)
    }
  }

  #byName(name: string, namespace: string, path: string, props: AvroProps): AvroType {
    if ((AVRO_PRIMITIVES as readonly string[]).includes(name)) return { kind: name as AvroPrimitive, props }
    const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
    const type = this.#named.get(full) ?? this.#named.get(name)
    if (type === undefined)
      throw invalid(path, `there is no type ${full}, nor a schema reference that defines it`)
    return type
  }

  #union(json: readonly unknown[], namespace: string, path: string, depth: number): AvroType {
    const branches = json.map((branch, i) => this.#type(branch, namespace, `${path}|${i}`, depth + 1))
    const names = new Set<string>()
    for (const name of branches.map(avroTypeName)) {
      if (names.has(name)) throw invalid(path, `a union holds ${name} twice`)
      if (name === 'union') throw invalid(path, 'a union holds a union')
      names.add(name)
    }
    return { kind: 'union', branches, props: NO_PROPS }
  }

  #record(source: JsonObject, namespace: string, path: string, depth: number): AvroType {
    const { name, space } = fullName(source, namespace, path)
    const record: Mutable<AvroRecord> = {
      kind: 'record',
      name,
      doc: textOf(source['doc']),
      props: source,
      fields: [],
    }
    this.#define(record, path)
    const { fields } = source
    if (!Array.isArray(fields)) throw invalid(path, `record ${name} has no list of fields`)
    const seen = new Set<string>()
    record.fields = fields.map((field: unknown) => {
      const part = field as JsonObject | null
      const fieldName = part?.['name']
      if (typeof fieldName !== 'string' || !NAME.test(fieldName) || seen.has(fieldName)) {
        throw invalid(path, `record ${name} has a field without a name of its own`)
      }
      seen.add(fieldName)
      return {
        name: fieldName,
        type: this.#type(part?.['type'], space, `${path}.${fieldName}`, depth + 1),
        doc: textOf(part?.['doc']),
        hasDefault: part !== null && Object.hasOwn(part, 'default'),
        defaultValue: part?.['default'],
        props: part ?? NO_PROPS,
      }
    })
    return record
  }

  #enum(source: JsonObject, namespace: string, path: string): AvroType {
    const { name } = fullName(source, namespace, path)
    const { symbols } = source
    if (!Array.isArray(symbols) || symbols.some((symbol) => typeof symbol !== 'string')) {
      throw invalid(path, `enum ${name} has no list of symbols`)
    }
    return this.#define(
      {
        kind: 'enum',
        name,
        doc: textOf(source['doc']),
        symbols: symbols as string[],
        defaultSymbol: textOf(source['default']),
        props: source,
      },
      path,
    )
  }

  #fixed(source: JsonObject, namespace: string, path: string): AvroType {
    const { name } = fullName(source, namespace, path)
    const { size } = source
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) {
      throw invalid(path, `fixed ${name} has no size`)
    }
    return this.#define({ kind: 'fixed', name, doc: textOf(source['doc']), size, props: source }, path)
  }

  #define<T extends AvroRecord | AvroEnum | AvroFixed>(type: T, path: string): T {
    if (this.#named.has(type.name)) throw invalid(path, `${type.name} is defined twice`)
    this.#named.set(type.name, type)
    return type
  }
}

function fullName(source: JsonObject, enclosing: string, path: string): { name: string; space: string } {
  const { name, namespace } = source
  if (typeof name !== 'string' || !NAME.test(name)) throw invalid(path, `${JSON.stringify(name)} is no name`)
  if (name.includes('.')) return { name, space: name.slice(0, name.lastIndexOf('.')) }
  const space = typeof namespace === 'string' ? namespace : enclosing
  return { name: space === '' ? name : `${space}.${name}`, space }
}

function readJson(text: string): unknown {
  try {
    return parseJson(text).value
  } catch (cause) {
    throw new DataError(`The Avro schema is no JSON: ${(cause as Error).message}`, { cause })
  }
}

function invalid(path: string, why: string): DataError {
  return new DataError(`Invalid Avro schema at ${path}: ${why}`)
}

function textOf(json: unknown): string | undefined {
  return typeof json === 'string' ? json : undefined
}
