import { configDef, type RawConfig, type SinkRecord, type Transformation } from '@spillway/api'
import { replaceNullWithDefault } from './shared/common-keys.ts'
import { FieldPath, fieldSyntaxKey, type FieldSyntax } from './shared/field-path.ts'
import type { RecordSide } from './shared/record-side.ts'
import { IllegalArgumentError, requireMapOrNull, requireStructOrNull } from './shared/requirements.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const PURPOSE = 'field extraction'

const config = configDef({
  field: { type: 'string', importance: 'medium', doc: 'The field to take out.' },
  'replace.null.with.default': replaceNullWithDefault,
  'field.syntax.version': fieldSyntaxKey('V1'),
})

/** Puts a field in the place of the struct or map that holds it (Java: `ExtractField`). */
class ExtractField implements Transformation {
  readonly #side: RecordSide
  #name = ''
  #path = new FieldPath('', 'V1')
  #replaceNull = true

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#name = parsed.field
    this.#path = new FieldPath(parsed.field, parsed['field.syntax.version'].toUpperCase() as FieldSyntax)
    this.#replaceNull = parsed['replace.null.with.default']
  }

  apply(record: SinkRecord): SinkRecord {
    const schema = this.#side.schemaOf(record)
    const value = this.#side.valueOf(record)
    if (schema === null) {
      const map = requireMapOrNull(value, PURPOSE)
      return this.#side.replace(record, null, this.#path.valueInMap(map))
    }
    const struct = requireStructOrNull(value, PURPOSE, schema)
    const field = this.#path.fieldIn(schema)
    if (field === undefined) throw new IllegalArgumentError(`Unknown field: ${this.#name}`)
    return this.#side.replace(record, field.schema, this.#path.valueInStruct(struct, this.#replaceNull))
  }
}

/** Java: `org.apache.kafka.connect.transforms.ExtractField$Key` and `$Value`. */
export const extractFieldPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.ExtractField`,
  doc: 'Replaces a struct or map by one of its fields; nulls pass unchanged.',
  config,
  create: (side) => new ExtractField(side),
})
