import type { SchemaElement } from 'hyparquet'
import { AvroCursor } from '../../../converters/avro/avro-cursor.ts'
import { isUnionStruct } from '../../../converters/avro/avro-names.ts'
import { DEFAULT_AVRO_OPTIONS } from '../../../converters/avro/avro-options.ts'
import { type AvroRecord, type AvroType, avroTypeName } from '../../../converters/avro/avro-schema.ts'
import { AvroSink } from '../../../converters/avro/avro-sink.ts'
import { avroWriter } from '../../../converters/avro/avro-writer.ts'
import type { Schema } from '../../../data/schema.ts'
import { DataError } from '../../../errors/connect-errors.ts'
import { LeafColumn } from './leaf-column.ts'
import { ONLY_COLUMN } from './parquet-schema.ts'
import { type ReadPart, valueReader } from './read-value.ts'

/** How one part of a schema goes into its columns. */
interface Part {
  /** Takes the value at the cursor. */
  readonly read: ReadPart
  /** The value is null, though all around it is there: its default, or a place without value. */
  absent(repetition: number): void
}

/** Where a part lies: its names, and the levels there. */
interface Place {
  readonly path: readonly string[]
  readonly definition: number
  readonly repetition: number
}

/**
 * Takes spilled rows apart into columns with their levels (the record shredding of the Dremel paper), straight from their
 * bytes: no value of a row becomes an object.
 */
export class RowShredder {
  /** In the order of the file's schema. */
  readonly columns: readonly LeafColumn[]
  readonly #root: Part
  readonly #cursor = new AvroCursor()

  /**
   * @param elements the file's schema, made of `schema`.
   * @param type that of the rows, made of `schema` too.
   */
  constructor(elements: readonly SchemaElement[], schema: Schema, type: AvroType) {
    const compiler = new ShredderCompiler(elements)
    this.#root = compiler.root(type, schema)
    this.columns = compiler.columns
  }

  /** Adds the row at those bytes. @throws {DataError} where they are none of the schema. */
  add(bytes: Buffer, from: number, to: number): void {
    this.#cursor.reset(bytes, from, to)
    this.#root.read(this.#cursor, 0)
  }
}

class ShredderCompiler {
  readonly columns: LeafColumn[] = []
  readonly #leaves: Iterator<SchemaElement>

  constructor(elements: readonly SchemaElement[]) {
    this.#leaves = elements.filter((element) => element.type !== undefined).values()
  }

  root(type: AvroType, schema: Schema): Part {
    const place: Place = { path: [], definition: 0, repetition: 0 }
    if (schema.type !== 'STRUCT') return this.#part(type, schema, inside(place, ONLY_COLUMN))
    const fields: Part[] = []
    const reads = this.#reads(type, schema, place, fields)
    // A row is always there: where its value is null, its fields are.
    return partOf(type, reads, (repetition) => {
      for (const field of fields) field.absent(repetition)
    })
  }

  /** @param isKey true for the key of a map, which is never null. */
  #part(type: AvroType, schema: Schema, around: Place, isKey = false): Part {
    const isOptional = schema.optional && !isKey
    const place = isOptional ? { ...around, definition: around.definition + 1 } : around
    const first = this.columns.length
    const reads = this.#reads(type, schema, place, [])
    const { defaultValue } = schema
    if (!schema.optional || defaultValue === undefined || defaultValue === null) {
      const leaves = this.columns.slice(first)
      return partOf(type, reads, (repetition) => {
        if (isOptional) addNulls(leaves, repetition, around.definition)
        else throw new DataError(`A row holds a null where its schema has none (at ${place.path.join('.')})`)
      })
    }
    const sink = new AvroSink()
    avroWriter(type, schema, DEFAULT_AVRO_OPTIONS)(sink, defaultValue)
    const row = sink.take()
    const cursor = new AvroCursor()
    const part = partOf(type, reads, (repetition) => {
      cursor.reset(row)
      part.read(cursor, repetition)
    })
    return part
  }

  /**
   * How values are read, by the branches of a union; undefined for null.
   *
   * @param fields receives the fields of a struct.
   */
  #reads(type: AvroType, schema: Schema, place: Place, fields: Part[]): (ReadPart | undefined)[] {
    if (type.kind !== 'union') return [this.#value(type, schema, place, fields)]
    const { branches } = type
    if (!isUnionStruct(schema)) {
      const held = branches.filter((branch) => branch.kind !== 'null')
      const [branch] = held
      if (branch === undefined || held.length > 1) throw misfit(type, schema)
      const read = this.#value(branch, schema, place, fields)
      return branches.map((one) => (one === branch ? read : undefined))
    }
    let next = 0
    return branches.map((branch) => {
      const field = branch.kind === 'null' ? undefined : schema.fields[next++]
      if (field === undefined) return undefined
      const own = this.#part(branch, field.schema, inside(place, field.name))
      fields.push(own)
      return (cursor, repetition) => {
        for (const part of fields) {
          if (part === own) part.read(cursor, repetition)
          else part.absent(repetition)
        }
      }
    })
  }

  #value(type: AvroType, schema: Schema, place: Place, fields: Part[]): ReadPart {
    switch (schema.type) {
      case 'STRUCT':
        return this.#struct(type, schema, place, fields)
      case 'ARRAY':
        return this.#array(type, schema, place)
      case 'MAP':
        return this.#map(type, schema, place)
      default: {
        const element = this.#leaves.next().value as SchemaElement
        const column = new LeafColumn(element, place.path, place.definition, place.repetition)
        this.columns.push(column)
        return valueReader(type, column) ?? misfit(type, schema)
      }
    }
  }

  #struct(type: AvroType, schema: Schema, place: Place, fields: Part[]): ReadPart {
    if (type.kind !== 'record' || type.fields.length !== schema.fields.length) throw misfit(type, schema)
    for (const [i, field] of schema.fields.entries()) {
      const fieldType = (type.fields[i] as AvroRecord['fields'][number]).type
      fields.push(this.#part(fieldType, field.schema, inside(place, field.name)))
    }
    const reads = fields.map((field) => field.read)
    return (cursor, repetition) => {
      for (let i = 0; i < reads.length; i++) (reads[i] as ReadPart)(cursor, repetition)
    }
  }

  #array(type: AvroType, schema: Schema, place: Place): ReadPart {
    if (type.kind !== 'array') throw misfit(type, schema)
    const items = inside(place, 'list', 'element')
    return this.#items(place, () => [this.#part(type.items, schema.valueSchema, items).read])
  }

  #map(type: AvroType, schema: Schema, place: Place): ReadPart {
    const { key, value, keyFirst } = entryOf(type) ?? misfit(type, schema)
    return this.#items(place, () => {
      const readKey = this.#part(key, schema.keySchema, inside(place, 'key_value', 'key'), true).read
      const readValue = this.#part(value, schema.valueSchema, inside(place, 'key_value', 'value')).read
      return keyFirst ? [readKey, readValue] : [readValue, readKey]
    })
  }

  /** Reads blocks of items. @param compile makes how the parts of an item are read, in turn. */
  #items({ definition, repetition }: Place, compile: () => ReadPart[]): ReadPart {
    const start = this.columns.length
    const reads = compile()
    const leaves = this.columns.slice(start)
    return (cursor, first) => {
      let level = first
      let count = cursor.blockCount(1)
      if (count === 0) addNulls(leaves, first, definition)
      for (; count > 0; count = cursor.blockCount(1)) {
        for (let i = 0; i < count; i++) {
          for (let j = 0; j < reads.length; j++) (reads[j] as ReadPart)(cursor, level)
          level = repetition + 1
        }
      }
    }
  }
}

function partOf(
  type: AvroType,
  reads: readonly (ReadPart | undefined)[],
  absent: (repetition: number) => void,
): Part {
  if (type.kind !== 'union') return { read: reads[0] as ReadPart, absent }
  const all = reads.map((read): ReadPart => read ?? ((_cursor, repetition) => absent(repetition)))
  return { read: (cursor, repetition) => (all[cursor.int()] ?? noBranch)(cursor, repetition), absent }
}

/** A group of lists or maps adds a name that repeats, and with it a level of both kinds. */
function inside(place: Place, ...names: readonly string[]): Place {
  const levels = names.length - 1
  return {
    path: [...place.path, ...names],
    definition: place.definition + levels,
    repetition: place.repetition + levels,
  }
}

function addNulls(leaves: readonly LeafColumn[], repetition: number, definition: number): void {
  for (const leaf of leaves) leaf.addNull(repetition, definition)
}

/** Key and value of a map's entries, as Avro has them: its own maps, or lists of records. */
function entryOf(type: AvroType): { key: AvroType; value: AvroType; keyFirst: boolean } | undefined {
  if (type.kind === 'map') return { key: { kind: 'string', props: {} }, value: type.values, keyFirst: true }
  if (type.kind !== 'array' || type.items.kind !== 'record') return undefined
  const [first, second] = type.items.fields
  if (first === undefined || second === undefined) return undefined
  const keyFirst = first.name === 'key'
  return { key: (keyFirst ? first : second).type, value: (keyFirst ? second : first).type, keyFirst }
}

function noBranch(): never {
  throw new DataError('A row names a branch of a union that it does not have')
}

function misfit(type: AvroType, schema: Schema): never {
  throw new DataError(`Rows of Avro type ${avroTypeName(type)} do not hold ${schema.name ?? schema.type}`)
}
