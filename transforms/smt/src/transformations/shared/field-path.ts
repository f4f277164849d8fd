import {
  type Field,
  fieldSteps,
  oneOfIgnoringCase,
  type Schema,
  type Struct,
  type Validator,
} from '@spillway/api'
import { getMember, type PlainObject } from './plain-object.ts'
import { requireMapOrNull, requireStructOrNull } from './requirements.ts'

const PURPOSE = 'nested field access'

/** `V1`: the text is the name of a field. `V2`: dots lead into nested fields (KIP-821). */
export type FieldSyntax = 'V1' | 'V2'

/** The key `field.syntax.version` (Java: `FieldSyntaxVersion`). */
export function fieldSyntaxKey(dflt: FieldSyntax): {
  type: 'string'
  default: FieldSyntax
  validator: Validator
  importance: 'high'
  doc: string
} {
  return {
    type: 'string',
    default: dflt,
    validator: oneOfIgnoringCase('V1', 'V2'),
    importance: 'high',
    doc: 'How field names are read. V1: as the name of a field at the top. V2: as a path, where dots lead into nested fields; a name that itself holds dots stands between backticks, as in `foo.bar`.baz.',
  }
}

/** Where a field is to be found in a struct or map (Java: `SingleFieldPath`). */
export class FieldPath {
  readonly #parents: readonly string[]
  readonly #last: string

  /** @throws {ConfigError} for a V2 path with a backtick that is not closed. */
  constructor(path: string, syntax: FieldSyntax) {
    const steps = syntax === 'V1' ? [path] : fieldSteps(path)
    this.#parents = steps.slice(0, -1)
    this.#last = steps.at(-1) ?? ''
  }

  /** The names on the way, the last one included. */
  get steps(): readonly string[] {
    return [...this.#parents, this.#last]
  }

  /** Null where the field or one on the way is missing. @throws {DataError} where one on the way is no map. */
  valueInMap(map: PlainObject | null): unknown {
    let current = map
    for (const name of this.#parents) {
      if (current === null) return null
      current = requireMapOrNull(getMember(current, name), PURPOSE)
    }
    return current === null ? null : getMember(current, this.#last)
  }

  /** @throws {DataError} where a field is unknown or one on the way is no struct. */
  valueInStruct(struct: Struct | null, withDefault: boolean): unknown {
    let current = struct
    for (const name of this.#parents) {
      if (current === null) return null
      current = requireStructOrNull(current.get(name), PURPOSE)
    }
    if (current === null) return null
    return withDefault ? current.get(this.#last) : current.getWithoutDefault(this.#last)
  }

  /** Undefined where the schema has no such field. @throws {DataError} where one on the way is no struct. */
  fieldIn(schema: Schema): Field | undefined {
    let current = schema
    for (const name of this.#parents) {
      const field = current.field(name)
      if (field === undefined) return undefined
      current = field.schema
    }
    return current.field(this.#last)
  }
}
