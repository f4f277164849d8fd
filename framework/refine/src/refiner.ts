import {
  DataError,
  isStruct,
  type LazyValue,
  type RawConfig,
  type SinkRecord,
  SlowRegexError,
} from '@spillway/api'
import { decodeUtf8, parseJson } from '@spillway/converters'
import { compileCondition, type Condition } from './compile-condition.ts'
import { MemberProjector } from './project-members.ts'
import { TextProjector } from './project-text.ts'
import { ValueProjector } from './project-value.ts'
import { projectionOf } from './projection.ts'
import { FieldNames, RecordFields } from './record-fields.ts'
import { projectionKeys, refineConfig } from './refine-config.ts'
import { compileTemplate, type TopicTemplate } from './topic-template.ts'

/** What one key did to a record, for a preview. */
export interface RefineAction {
  readonly key: string
  readonly did: 'kept' | 'dropped' | 'passed' | 'routed' | 'projected'
  /** The topic it has now, where it was routed. */
  readonly topic?: string
  /** The fields at its top that it has now, where it was projected. */
  readonly fields?: readonly string[]
}

/** The class name that errors and metrics show. */
export const REFINE_CLASS = 'io.spillway.refine.Refine'

/**
 * The steps of `refine.*`, in this order: keep, drop, route, project. All look at the record as the converters made it. Each
 * is a pure function of the record: reading a record again gives the same, so exactly-once stays what it was.
 */
export class Refiner {
  readonly #fields: RecordFields
  readonly #keep: Condition | undefined
  readonly #drop: Condition | undefined
  readonly #route: TopicTemplate | undefined
  readonly #otherwise: string
  readonly #members: MemberProjector | undefined
  readonly #text: TextProjector | undefined
  readonly #values: ValueProjector | undefined
  readonly #actions: RefineAction[] | undefined

  /**
   * Undefined where a configuration has none of the keys.
   *
   * @param tells where what is done to each record is added, for a preview.
   * @throws {ConfigProblemsError}
   */
  static of(raw: RawConfig, tells?: RefineAction[]): Refiner | undefined {
    const own = Object.entries(raw).filter(([key, value]) => key.startsWith('refine.') && value !== null)
    if (own.length === 0) return undefined
    return new Refiner(Object.fromEntries(own), tells)
  }

  private constructor(raw: RawConfig, tells: RefineAction[] | undefined) {
    const parsed = refineConfig.parse(raw)
    const names = new FieldNames()
    const condition = (key: 'refine.keep' | 'refine.drop'): Condition | undefined =>
      parsed[key] === '' ? undefined : compileCondition(parsed[key], key, names)
    this.#keep = condition('refine.keep')
    this.#drop = condition('refine.drop')
    const topic = parsed['refine.route.topic']
    this.#route = topic === '' ? undefined : compileTemplate(topic, names)
    this.#otherwise = parsed['refine.route.otherwise']
    const projection = projectionOf(projectionKeys(parsed))
    this.#members = projection && MemberProjector.of(projection, names)
    this.#text = projection && new TextProjector(projection)
    this.#values = projection && new ValueProjector(projection)
    this.#fields = new RecordFields(names)
    this.#actions = tells
  }

  /** Null drops the record. @throws {DataError} naming the key and the record. */
  apply(record: SinkRecord): SinkRecord | null {
    this.#fields.of(record)
    if (!this.#passes(record)) return null
    return this.#projected(this.#routed(record))
  }

  #passes(record: SinkRecord): boolean {
    return (
      this.#allows(record, 'refine.keep', this.#keep, true) &&
      this.#allows(record, 'refine.drop', this.#drop, false)
    )
  }

  #allows(record: SinkRecord, key: string, condition: Condition | undefined, wanted: boolean): boolean {
    if (condition === undefined) return true
    // A tombstone deletes something: a condition on fields that it cannot have is no word on it.
    if (condition.needsFields && isTombstone(record)) {
      this.#actions?.push({ key, did: 'passed' })
      return true
    }
    let isAllowed: boolean
    try {
      isAllowed = condition.test(this.#fields) === wanted
    } catch (error) {
      throw failure(error, key, record)
    }
    this.#actions?.push({ key, did: isAllowed ? 'kept' : 'dropped' })
    return isAllowed
  }

  #routed(record: SinkRecord): SinkRecord {
    const route = this.#route
    if (route === undefined) return record
    const key = 'refine.route.topic'
    const isUnknown = route.needsFields && isTombstone(record)
    const topic = (isUnknown ? undefined : route.fill(this.#fields)) ?? this.#otherwise
    if (topic === '') {
      if (!isUnknown) throw failure(route.problem(this.#fields), key, record)
      this.#actions?.push({ key, did: 'passed' })
      return record
    }
    this.#actions?.push({ key, did: 'routed', topic })
    return topic === record.topic ? record : record.with({ topic })
  }

  #projected(record: SinkRecord): SinkRecord {
    if (this.#text === undefined || this.#values === undefined || isTombstone(record)) return record
    const key = 'refine.project'
    try {
      const made =
        record.valueText === null
          ? withValue(record, this.#values)
          : withText(record, this.#projectedText(record.valueText, this.#text))
      // Only a preview has the value read.
      this.#actions?.push({ key, did: 'projected', fields: fieldsOf(made.value) })
      return made
    } catch (error) {
      throw failure(error, key, record)
    }
  }

  #projectedText(text: Buffer, projector: TextProjector): Buffer {
    const members = this.#members && this.#fields.members()
    return members === undefined || this.#members === undefined
      ? projector.project(text)
      : this.#members.project(text, members)
  }
}

function withValue(record: SinkRecord, projector: ValueProjector): SinkRecord {
  const { schema, value } = projector.project(record.valueSchema, record.value)
  return record.with({ valueSchema: schema, value, headers: record.headers })
}

/** The record as it was is gone: nobody else has its headers. */
function withText(record: SinkRecord, text: Buffer): SinkRecord {
  return record.with({
    lazyValue: new ProjectedText(text),
    valueText: text,
    isTextCompact: record.isTextCompact,
    headers: record.headers,
  })
}

function fieldsOf(value: unknown): string[] {
  if (isStruct(value)) return value.schema.fields.map(({ name }) => name)
  return value instanceof Map ? [...value.keys()].map(String) : Object.keys(value as object)
}

/** A value that came as text is neither null nor parsed to find that out. */
function isTombstone(record: SinkRecord): boolean {
  return record.valueText === null && (record.value ?? null) === null
}

function failure(error: unknown, key: string, record: SinkRecord): unknown {
  if (!(error instanceof DataError) || error instanceof SlowRegexError) return error
  return new DataError(`${key}: ${error.message} (${record.coordinates})`, { cause: error })
}

/** Parsed when somebody asks. */
class ProjectedText implements LazyValue {
  readonly #text: Buffer

  constructor(text: Buffer) {
    this.#text = text
  }

  get value(): unknown {
    return parseJson(decodeUtf8(this.#text)).value
  }
}
