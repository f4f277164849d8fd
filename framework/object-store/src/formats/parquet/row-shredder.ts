import type { Schema } from '@spillway/api'
import { AvroCursor } from '@spillway/converters'
import type { SchemaElement } from 'hyparquet'
import { LeafColumn } from './leaf-column.ts'
import { ONLY_COLUMN } from './parquet-schema.ts'
import { type ReadPart, valueReader } from './read-value.ts'

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
  readonly #read: ReadPart
  readonly #cursor = new AvroCursor()

  /**
   * @param elements the file's schema, made of `schema`.
   * @param schema that of the rows, which `rowEncoder` wrote.
   */
  constructor(elements: readonly SchemaElement[], schema: Schema) {
    const compiler = new ShredderCompiler(elements)
    this.#read = compiler.root(schema)
    this.columns = compiler.columns
  }

  /** Adds the row at those bytes. @throws {DataError} where they are none of the schema. */
  add(bytes: Buffer, from: number, to: number): void {
    this.#cursor.reset(bytes, from, to)
    this.#read(this.#cursor, 0)
  }
}

class ShredderCompiler {
  readonly columns: LeafColumn[] = []
  readonly #leaves: Iterator<SchemaElement>

  constructor(elements: readonly SchemaElement[]) {
    this.#leaves = elements.filter((element) => element.type !== undefined).values()
  }

  root(schema: Schema): ReadPart {
    const place: Place = { path: [], definition: 0, repetition: 0 }
    // A row is always there, whether or not its schema is optional.
    return schema.type === 'STRUCT'
      ? this.#struct(schema, place)
      : this.#part(schema, inside(place, ONLY_COLUMN))
  }

  #part(schema: Schema, around: Place): ReadPart {
    if (!schema.optional) return this.#value(schema, around)
    const { definition } = around
    const first = this.columns.length
    const read = this.#value(schema, { ...around, definition: definition + 1 })
    const leaves = this.columns.slice(first)
    return (cursor, repetition) => {
      if (cursor.boolean()) read(cursor, repetition)
      else addNulls(leaves, repetition, definition)
    }
  }

  #value(schema: Schema, place: Place): ReadPart {
    switch (schema.type) {
      case 'STRUCT':
        return this.#struct(schema, place)
      case 'ARRAY':
        return this.#items(place, () => [this.#part(schema.valueSchema, inside(place, 'list', 'element'))])
      case 'MAP':
        return this.#items(place, () => [
          // Never null, whatever its schema says.
          this.#value(schema.keySchema, inside(place, 'key_value', 'key')),
          this.#part(schema.valueSchema, inside(place, 'key_value', 'value')),
        ])
      default: {
        const element = this.#leaves.next().value as SchemaElement
        const column = new LeafColumn(element, place.path, place.definition, place.repetition)
        this.columns.push(column)
        return valueReader(column)
      }
    }
  }

  #struct(schema: Schema, place: Place): ReadPart {
    const reads = schema.fields.map((field) => this.#part(field.schema, inside(place, field.name)))
    return (cursor, repetition) => {
      for (let i = 0; i < reads.length; i++) (reads[i] as ReadPart)(cursor, repetition)
    }
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
