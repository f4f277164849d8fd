import type { Schema } from './schema.ts'

/** Paths of the fields that are lost where a value of one schema is projected to another that is compatible with it. */
export function droppedFields(source: Schema, target: Schema): readonly string[] {
  return [...dropped(source, target, '')]
}

function* dropped(source: Schema, target: Schema, path: string): Iterable<string> {
  if (source === target || source.type !== target.type) return
  switch (source.type) {
    case 'STRUCT':
      for (const { name, schema } of source.fields) {
        const inner = path === '' ? name : `${path}.${name}`
        const found = target.field(name)
        if (found === undefined) yield inner
        else yield* dropped(schema, found.schema, inner)
      }
      break
    case 'ARRAY':
      yield* dropped(source.valueSchema, target.valueSchema, `${path}[]`)
      break
    case 'MAP':
      yield* dropped(source.keySchema, target.keySchema, `${path}{key}`)
      yield* dropped(source.valueSchema, target.valueSchema, `${path}{}`)
  }
}
