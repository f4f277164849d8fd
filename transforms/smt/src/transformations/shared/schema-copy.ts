import { type Field, type Schema, SchemaBuilder, type Struct } from '@spillway/api'

/** Copies name, version, doc and parameters, and neither optional nor default (Java: `SchemaUtil.copySchemaBasics`). */
export function copyBasics(source: Schema, builder: SchemaBuilder): SchemaBuilder {
  builder.name(source.name).version(source.version).doc(source.doc)
  if (source.parameters !== undefined) builder.parameters(source.parameters)
  return builder
}

/** A struct's field as `replace.null.with.default` wants it. */
export function readField(struct: Struct, field: Field, replaceNullWithDefault: boolean): unknown {
  return replaceNullWithDefault ? struct.getField(field) : struct.at(field.index)
}

/** A builder for another struct schema with the basics of this one. */
export function structLike(source: Schema): SchemaBuilder {
  return copyBasics(source, SchemaBuilder.struct())
}
