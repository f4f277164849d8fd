import {
  type Converter,
  type ConverterPlugin,
  isStructValue,
  type MaybePromise,
  type RawConfig,
  type RawHeader,
  type Schema,
} from '@spillway/api'
import { IllegalArgumentException } from './errors.ts'
import type { Headers } from './headers.ts'
import type { Serde } from './serde.ts'
import { AsyncResultException, PendingException } from './synchronous.ts'

/** How a {@link converterSerde} is made. */
export interface ConverterSerdeOptions {
  /** The converter's keys, without `key.converter.` or `value.converter.`. Needed where a plugin is given. */
  readonly config?: RawConfig
  /** True for the serde of keys: registries keep their schemas apart. */
  readonly isKey?: boolean
  /** What values are written with. Left out: a `Struct` has its schema, other values are schemaless. */
  readonly schema?: Schema
}

/** So many times without an answer in between, a converter is one that never answers at once. */
const mostPending = 50
const mostRefusals = 100
const noHeaders: readonly RawHeader[] = []

let areInUse = false

/** Whether a serde of this process may have to wait, so that a record may have to be done again. */
export function mayHaveToWait(): boolean {
  return areInUse
}

/**
 * A serde from a converter of the worker: Avro, JSON Schema and Protobuf with a registry, JSON, text, numbers. Values are what
 * connectors see: `Struct` for records with a schema, `bigint` for int64, plain objects for schemaless JSON.
 *
 * Null is null both ways, and no converter is asked. A converter that must ask its registry first makes the task wait; a registry
 * that is down is told in the log, and asked again.
 *
 * @example
 * const orders = converterSerde<Struct>(converterNamed('AvroConverter'), { config: { 'schema.registry.url': 'http://localhost:8081' } })
 * @param converter a plugin, or a converter that is configured already
 * @throws IllegalArgumentException for a converter whose `configure` gives a promise: configure it and give it then
 */
export function converterSerde<T = unknown>(
  converter: Converter | ConverterPlugin,
  options: ConverterSerdeOptions = {},
): Serde<T> {
  const { schema } = options
  const made = 'kind' in converter ? configured(converter, options) : converter
  const [reads, writes] = [new Answers(), new Answers()]
  areInUse = true
  return {
    serializer: {
      serialize(topic, _headers, data) {
        if (data === null || data === undefined) return null
        const of = schema ?? (isStructValue(data) ? data.schema : null)
        return writes.of(
          () => made.fromConnectData(topic, of, data),
          () => `the converter that writes for topic ${topic}`,
          () => `${topic} ${of?.name ?? of?.type ?? ''}`,
        )
      },
    },
    deserializer: {
      deserialize(topic, headers, data) {
        if (data === null || data === undefined) return null
        const bytes = asBuffer(data)
        const raw = rawHeaders(headers)
        const { value } = reads.of(
          () => made.toConnectData(topic, bytes, raw),
          () => `the converter that reads from topic ${topic}`,
          () => `${topic} ${bytes.toString('latin1', 0, 64)}`,
        )
        return (value ?? null) as T | null
      },
    },
  }
}

/** Answers of one side of a converter, which come at once but for the first of a schema. */
class Answers {
  /** What a registry has refused, by what was asked: told when it is asked for again. */
  readonly #refusals = new Map<string, unknown>()
  #pending = 0

  of<A>(ask: () => MaybePromise<A>, what: () => string, keyOf: () => string): A {
    const answer = ask()
    if (!(answer instanceof Promise)) {
      this.#pending = 0
      return answer
    }
    const key = keyOf()
    if (this.#refusals.has(key)) {
      answer.then(undefined, () => undefined)
      const error = this.#refusals.get(key)
      this.#refusals.delete(key)
      throw error
    }
    if (++this.#pending > mostPending) {
      answer.then(undefined, () => undefined)
      throw new AsyncResultException(what())
    }
    throw new PendingException(what(), answer, ask, (error) => {
      if (this.#refusals.size >= mostRefusals) this.#refusals.clear()
      this.#refusals.set(key, error)
    })
  }
}

function configured(
  plugin: ConverterPlugin,
  { config = {}, isKey = false }: ConverterSerdeOptions,
): Converter {
  const converter = plugin.create()
  const done = converter.configure(config, isKey)
  if (!(done instanceof Promise)) return converter
  done.then(undefined, () => undefined)
  throw new IllegalArgumentException(
    `The converter ${plugin.className} is configured asynchronously: await its configure(), and give the converter itself.`,
  )
}

function rawHeaders(headers: Headers | null): readonly RawHeader[] {
  if (headers === null || headers.size === 0) return noHeaders
  return headers.toArray().map(({ key, value }) => ({ key, value: value === null ? null : asBuffer(value) }))
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
