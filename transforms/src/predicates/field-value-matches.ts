import {
  allOf,
  configDef,
  Decimal,
  isStruct,
  JavaRegex,
  javaRegexValidator,
  nonEmpty,
  type Predicate,
  type RawConfig,
  type Schema,
  type SinkRecord,
} from '@spillway/framework'
import { BoundedCache } from '../smt/shared/bounded-cache.ts'
import { castValue } from '../smt/shared/cast-value.ts'
import { dateText } from '../smt/shared/date-text.ts'
import { FieldPath, fieldSyntaxKey, type FieldSyntax } from '../smt/shared/field-path.ts'
import { lookUp } from '../smt/shared/look-up.ts'
import { isPlainObject } from '../smt/shared/plain-object.ts'
import type { RecordSide } from '../smt/shared/record-side.ts'
import { keyAndValuePredicates, SPILLWAY_TRANSFORMS } from '../smt/shared/smt-plugin.ts'

/** Texts up to this length are remembered with their result. */
const REMEMBERED_LENGTH = 100
const REMEMBERED_TEXTS = 1000

const config = configDef({
  field: {
    type: 'string',
    validator: nonEmpty,
    importance: 'high',
    ours: true,
    doc: 'The field whose value is looked at.',
  },
  pattern: {
    type: 'string',
    validator: allOf(nonEmpty, javaRegexValidator),
    importance: 'high',
    ours: true,
    doc: "Regular expression in Java's syntax that the whole value must match, as the text that Cast to string gives.",
  },
  'field.syntax.version': { ...fieldSyntaxKey('V2'), ours: true },
})

/** True where a field's value matches a regular expression; false where it is missing, null or no single value. */
class FieldValueMatches implements Predicate {
  readonly #side: RecordSide
  readonly #results = new BoundedCache<string, boolean>(REMEMBERED_TEXTS)
  #steps: readonly string[] = []
  #regex = JavaRegex.compile('')

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    const syntax = parsed['field.syntax.version'].toUpperCase() as FieldSyntax
    this.#steps = new FieldPath(parsed.field, syntax).steps
    this.#regex = JavaRegex.compile(parsed.pattern, { key: 'pattern' })
  }

  test(record: SinkRecord): boolean {
    const found = lookUp(this.#side.valueOf(record), this.#side.schemaOf(record), this.#steps)
    if (found === undefined || isNested(found.value)) return false
    const text = textOf(found.value, found.schema)
    if (text.length > REMEMBERED_LENGTH) return this.#regex.matches(text)
    return this.#results.get(text, (known) => this.#regex.matches(known))
  }
}

function isNested(value: unknown): boolean {
  return Array.isArray(value) || value instanceof Map || isStruct(value) || isPlainObject(value)
}

/** Dates and decimals are written the same without a schema, where Cast refuses them. */
function textOf(value: unknown, schema: Schema | null): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return dateText(value)
  return value instanceof Decimal ? value.toString() : String(castValue(value, schema, 'STRING'))
}

/** `io.spillway.transforms.predicates.FieldValueMatches$Key` and `$Value`; Kafka Connect has none. */
export const fieldValueMatchesPredicates = keyAndValuePredicates({
  className: `${SPILLWAY_TRANSFORMS}.predicates.FieldValueMatches`,
  doc: 'True for records in which the value of a field matches a regular expression.',
  config,
  create: (side) => new FieldValueMatches(side),
})
