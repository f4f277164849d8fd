import {
  BOOLEAN,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  type Schema,
  SchemaBuilder,
  STRING,
} from '@spillway/framework'

/** The struct that most cases write; version 1. */
export const V1: Schema = base(1).build()

/** Version 2: one more field, with a default. */
export const V2: Schema = base(2)
  .field('string', new SchemaBuilder('STRING').defaultValue('abc').build())
  .build()

function base(version: number): SchemaBuilder {
  return SchemaBuilder.struct()
    .name('record')
    .version(version)
    .field('boolean', BOOLEAN)
    .field('int', INT32)
    .field('long', INT64)
    .field('float', FLOAT32)
    .field('double', FLOAT64)
}

/** Fields of a record of {@link V1}; of {@link V2} with its default. */
export function fieldsOf(int: number): Readonly<Record<string, unknown>> {
  return { boolean: true, int, long: BigInt(int), float: 12.5, double: 12.5 }
}

export const NESTED: Schema = SchemaBuilder.struct()
  .field('outer', SchemaBuilder.struct().field('inner', INT32).field('note', STRING).build())
  .build()
