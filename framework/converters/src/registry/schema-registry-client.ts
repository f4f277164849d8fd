import { type Clock, DataError, type MaybePromise, systemClock } from '@spillway/api'
import { BoundedCache } from '../bounded-cache.ts'
import { checkSchemaText, MOST_REFERENCES, MOST_TEXT_WITH_REFERENCES } from '../schema-budget.ts'
import type { RegistryConfig } from './registry-config.ts'
import { RegistryAnswerError, RegistryHttp } from './registry-http.ts'

export type RegistrySchemaType = 'AVRO' | 'JSON' | 'PROTOBUF'

/** A schema another one builds on: its name there, and where the registry keeps it. */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** A schema as the registry keeps it. */
export interface RegisteredSchema {
  readonly id: number
  readonly type: RegistrySchemaType
  readonly text: string
  /** The version under its subject, where the registry said. */
  readonly version: number | undefined
  /** What it builds on itself, as the registry says it. */
  readonly directReferences: readonly SchemaReference[]
  /** All that it builds on, by name, each after what it builds on itself. */
  readonly references: readonly { readonly name: string; readonly text: string }[]
}

/** What is written: a schema not yet known by an id. */
export interface SchemaToWrite {
  readonly type: RegistrySchemaType
  readonly text: string
  readonly references?: readonly SchemaReference[]
}

/** A schema that is not there now may be there soon: how long a refusal is repeated without asking, in ms. */
const MISSING_TTL = 10_000
/** Characters of all the schemas that are kept, with what they refer to. */
const MOST_KEPT_TEXT = 8 * MOST_TEXT_WITH_REFERENCES

/**
 * Looks schemas up and registers them (Java: `CachedSchemaRegistryClient`). What is in the cache comes at once; the
 * same question asked twice at the same time is sent once.
 */
export class SchemaRegistryClient {
  readonly #http: RegistryHttp
  readonly #config: RegistryConfig
  readonly #clock: Clock
  readonly #schemas: BoundedCache<string, RegisteredSchema>
  readonly #ids: BoundedCache<string, number>
  readonly #missing: BoundedCache<string, { readonly error: Error; readonly until: number }>
  readonly #pending = new Map<string, Promise<unknown>>()

  constructor(config: RegistryConfig, clock: Clock = systemClock, random?: () => number) {
    const size = config['max.schemas.per.subject']
    this.#config = config
    this.#clock = clock
    this.#http = new RegistryHttp(config, clock, random)
    this.#schemas = new BoundedCache(size, MOST_KEPT_TEXT)
    this.#ids = new BoundedCache(size)
    this.#missing = new BoundedCache(size)
  }

  /**
   * The schema of an id.
   *
   * @param subject told to the registry where known: it may keep ids apart by context.
   * @throws {DataError} where the registry has no such schema. @throws {RetriableError} where it does not answer.
   */
  byId(id: number, subject?: string): MaybePromise<RegisteredSchema> {
    return this.#cached(`id ${id}`, () => {
      const query = subject === undefined ? '' : `&subject=${encodeURIComponent(subject)}`
      return this.#fetch(`/schemas/ids/${id}?fetchMaxId=false${query}`, `schema id ${id}`, id)
    })
  }

  /** The schema of a GUID, as the newer wire format carries it. @throws as {@link byId} */
  byGuid(guid: string): MaybePromise<RegisteredSchema> {
    return this.#cached(`guid ${guid}`, () =>
      this.#fetch(`/schemas/guids/${guid}`, `schema GUID ${guid}`, -1),
    )
  }

  /** The latest schema of a subject, asked anew each time a minute has passed. */
  latest(subject: string): MaybePromise<RegisteredSchema> {
    return this.#latestOf(subject, this.#minute())
  }

  /**
   * The latest schema as far as it is known: for a minute more while it is asked for anew, so that nobody has to wait who cannot.
   */
  knownLatest(subject: string): RegisteredSchema | undefined {
    const minute = this.#minute()
    const before = this.#schemas.get(`latest ${minute - 1} ${subject}`)
    const known = this.#schemas.get(`latest ${minute} ${subject}`)
    if (known !== undefined || before === undefined) return known
    Promise.resolve(this.#latestOf(subject, minute)).catch(() => {
      // Whoever needs it then asks again, and is told.
    })
    return before
  }

  #minute(): number {
    return Math.floor(this.#clock.now() / 60_000)
  }

  #latestOf(subject: string, minute: number): MaybePromise<RegisteredSchema> {
    return this.#cached(`latest ${minute} ${subject}`, () => {
      const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`
      return this.#fetch(path, `a latest schema of subject ${subject}`, -1)
    })
  }

  /**
   * The id under which a subject has a schema, registered first where `auto.register.schemas` says so.
   *
   * @throws {DataError} where the registry refuses the schema, for instance as incompatible, or does not have it.
   */
  idOf(subject: string, schema: SchemaToWrite): MaybePromise<number> {
    const key = idKey(subject, schema)
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    return this.#once(`write ${key}`, async () => {
      const id = await this.#writeId(subject, schema)
      this.#ids.set(key, id)
      return id
    })
  }

  /** As {@link idOf}, undefined where the registry must be asked. */
  knownIdOf(subject: string, schema: SchemaToWrite): number | undefined {
    return this.#ids.get(idKey(subject, schema))
  }

  /** The version a schema has under a subject; undefined where the subject does not have it. */
  async versionOf(subject: string, schema: RegisteredSchema): Promise<number | undefined> {
    const body = {
      schema: schema.text,
      ...(schema.type !== 'AVRO' && { schemaType: schema.type }),
      ...(schema.directReferences.length > 0 && { references: schema.directReferences }),
    }
    try {
      const path = `/subjects/${encodeURIComponent(subject)}?deleted=true`
      return integerOf(await this.#http.send('POST', path, body), 'version', 0) || undefined
    } catch (error) {
      if (error instanceof RegistryAnswerError && error.status === 404) return undefined
      throw error
    }
  }

  /** Ends requests under way. Idempotent. */
  close(): void {
    this.#http.close()
  }

  async #writeId(subject: string, { type, text, references }: SchemaToWrite): Promise<number> {
    const normalize = this.#config['normalize.schemas'] ? '?normalize=true' : ''
    const registers = this.#config['auto.register.schemas']
    const path = `/subjects/${encodeURIComponent(subject)}${registers ? '/versions' : ''}${normalize}`
    const body = {
      schema: text,
      ...(type !== 'AVRO' && { schemaType: type }),
      ...(references !== undefined && references.length > 0 && { references }),
    }
    try {
      return integerOf(await this.#http.send('POST', path, body), 'id')
    } catch (cause) {
      if (!(cause instanceof RegistryAnswerError)) throw cause
      const what = registers ? 'Failed to register a schema under' : 'The schema is not registered under'
      throw new DataError(`${what} subject ${subject}: ${cause.message}`, { cause })
    }
  }

  #cached(key: string, load: () => Promise<RegisteredSchema>): MaybePromise<RegisteredSchema> {
    const known = this.#schemas.get(key)
    if (known !== undefined) return known
    const missing = this.#missing.get(key)
    if (missing !== undefined) {
      if (missing.until > this.#clock.now()) throw missing.error
      this.#missing.delete(key)
    }
    return this.#once(key, async () => {
      try {
        const schema = await load()
        this.#schemas.set(key, schema, textLength(schema))
        return schema
      } catch (error) {
        if (error instanceof DataError) {
          this.#missing.set(key, { error, until: this.#clock.now() + MISSING_TTL })
        }
        throw error
      }
    })
  }

  #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#pending.get(key)
    if (running !== undefined) return running as Promise<T>
    const started = work().finally(() => this.#pending.delete(key))
    this.#pending.set(key, started)
    return started
  }

  async #fetch(path: string, what: string, id: number): Promise<RegisteredSchema> {
    let answer: unknown
    try {
      answer = await this.#http.send('GET', path)
    } catch (cause) {
      if (!(cause instanceof RegistryAnswerError) || cause.status !== 404) throw cause
      throw new DataError(
        `The schema registry has no ${what}: ${cause.message}. Is this the registry the producer used?`,
        { cause },
      )
    }
    const { schema, schemaType = 'AVRO', version, references } = answer as Record<string, unknown>
    if (typeof schema !== 'string') throw new DataError(`The schema registry answered no schema for ${what}`)
    checkSchemaText(schema, what)
    const texts = new Map<string, string>()
    await this.#collect(references, texts, [], { left: MOST_TEXT_WITH_REFERENCES - schema.length })
    return {
      id: id >= 0 ? id : integerOf(answer, 'id', -1),
      type: String(schemaType) as RegistrySchemaType,
      text: schema,
      version: typeof version === 'number' ? version : undefined,
      directReferences: Array.isArray(references) ? (references as SchemaReference[]) : [],
      references: [...texts].map(([name, text]) => ({ name, text })),
    }
  }

  /** Depth first, so that each text comes after those it builds on. */
  async #collect(
    references: unknown,
    texts: Map<string, string>,
    trail: readonly string[],
    characters: { left: number },
  ): Promise<void> {
    if (!Array.isArray(references)) return
    for (const reference of references as (SchemaReference | null)[]) {
      const { name, subject, version } = reference ?? {}
      if (typeof name !== 'string' || typeof subject !== 'string') {
        throw new DataError('The schema registry answered a reference without a name or subject')
      }
      if (texts.has(name)) continue
      if (trail.includes(name)) {
        throw new DataError(`Schema references form a circle: ${[...trail, name].join(' -> ')}`)
      }
      if (texts.size + trail.length >= MOST_REFERENCES) {
        throw new DataError(`The schema refers to more than ${MOST_REFERENCES} others`)
      }
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}?deleted=true`
      const answer = (await this.#http.send('GET', path)) as { schema?: unknown; references?: unknown }
      if (typeof answer.schema !== 'string') {
        throw new DataError(`The schema registry answered no schema for reference ${name}`)
      }
      checkSchemaText(answer.schema, `Schema reference ${name}`)
      characters.left -= answer.schema.length
      if (characters.left < 0) {
        throw new DataError(
          `The schema and those it refers to have more than ${MOST_TEXT_WITH_REFERENCES} characters`,
        )
      }
      await this.#collect(answer.references, texts, [...trail, name], characters)
      texts.set(name, answer.schema)
    }
  }
}

function idKey(subject: string, { type, text }: SchemaToWrite): string {
  return `${subject}\n${type}\n${text}`
}

function textLength({ text, references }: RegisteredSchema): number {
  return references.reduce((sum, reference) => sum + reference.text.length, text.length)
}

function integerOf(answer: unknown, field: string, otherwise?: number): number {
  const value = (answer as Record<string, unknown> | null)?.[field] ?? otherwise
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw new DataError(`The schema registry answered no ${field}`)
}
