import {
  configDef,
  DataError,
  isStruct,
  oneOf,
  type RawConfig,
  type SinkRecord,
  type Transformation,
} from '@spillway/api'
import { listOfNames } from './shared/common-keys.ts'
import { parseJsonText } from './shared/parse-json-text.ts'
import { getMember, setMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { requireMap } from './shared/requirements.ts'
import { keyAndValuePlugins, SPILLWAY_TRANSFORMS } from './shared/smt-plugin.ts'

const config = configDef({
  fields: {
    type: 'list',
    default: [],
    validator: listOfNames(true),
    importance: 'high',
    ours: true,
    doc: 'Fields of a schemaless map that hold JSON as text; empty where the whole key or value is such a text.',
  },
  'on.error': {
    type: 'string',
    default: 'fail',
    validator: oneOf('fail', 'keep'),
    importance: 'medium',
    ours: true,
    doc: 'What happens to a text that is no JSON: the record fails, and errors.tolerance decides, or the text stays.',
  },
})

/** Turns JSON that arrived as text into the structure it describes. Null and what is no text stay as they are. */
class ParseJson implements Transformation {
  readonly #side: RecordSide
  #fields: readonly string[] = []
  #keepsBadText = false

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#fields = parsed.fields
    this.#keepsBadText = parsed['on.error'] === 'keep'
  }

  apply(record: SinkRecord): SinkRecord {
    const value = this.#side.valueOf(record)
    if (value === null) return record
    if (this.#fields.length === 0) {
      const text = textOf(value)
      if (text === undefined) return record
      const parsed = this.#parse(text, `The ${this.#side.name.toLowerCase()}`)
      return parsed === undefined ? record : this.#side.replace(record, null, parsed.value)
    }
    if (isStruct(value)) {
      throw new DataError(
        'ParseJson cannot put a structure of unknown type into a struct: read the data without a schema, or parse the whole value',
      )
    }
    const updated = { ...requireMap(value, 'parsing JSON') }
    for (const name of this.#fields) {
      const text = textOf(getMember(updated, name))
      const parsed = text === undefined ? undefined : this.#parse(text, `Field ${name}`)
      if (parsed !== undefined) setMember(updated, name, parsed.value)
    }
    return this.#side.replace(record, null, updated)
  }

  /** Undefined for a text that stays. */
  #parse(text: string, what: string): { value: unknown } | undefined {
    try {
      return { value: parseJsonText(text, what) }
    } catch (error) {
      if (this.#keepsBadText && error instanceof DataError) return undefined
      throw error
    }
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined
}

/** `io.spillway.transforms.ParseJson$Key` and `$Value`; Kafka Connect has none. */
export const parseJsonPlugins = keyAndValuePlugins({
  className: `${SPILLWAY_TRANSFORMS}.ParseJson`,
  doc: 'Turns JSON in a text, whole or in fields of a schemaless map, into the structure it describes.',
  config,
  create: (side) => new ParseJson(side),
})
