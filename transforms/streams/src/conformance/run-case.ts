import { Buffer } from 'node:buffer'
import type { Serde, StoreEngine, StreamsConfig, Topology } from '../index.ts'
import { Serdes, TestRecord, TopologyTestDriver, Windowed } from '../index.ts'
import type { GoldenCase, GoldenError, GoldenOutput } from './golden-case.ts'

/** Everything a case says about a run. */
export interface CaseResult {
  readonly outputs: readonly GoldenOutput[]
  readonly error: GoldenError | null
  readonly droppedRecords: number | null
  readonly stores: GoldenCase['stores'] | null
  readonly changelogs: GoldenCase['changelogs'] | null
  readonly describe: string | null
  readonly internalTopics: readonly unknown[] | null
  readonly producedTopics: readonly string[] | null
}

function serdeOf(kind: string): Serde<unknown> {
  return (kind === 'long' ? Serdes.int64() : Serdes.string()) as Serde<unknown>
}

const plain = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error
}

/** Reads errors as the cases name them: short class, message, and those of the root cause where there is one. */
function described(step: GoldenError['step'], error: unknown): GoldenError {
  const thrown = error as Error
  const base = { step, class: thrown.name, message: thrown.message }
  const root = rootOf(thrown)
  return root === thrown ? base : { ...base, rootClass: root.name, rootMessage: root.message }
}

/** The rows of a store as the cases write them. */
function rowsOf(driver: TopologyTestDriver, name: string): readonly Readonly<Record<string, unknown>>[] {
  const stamped = driver.getTimestampedKeyValueStore<unknown, unknown>(name)
  if (stamped !== null) {
    return [...stamped.all()].map(({ key, value }) => ({
      key,
      value: plain(value.value),
      timestamp: value.timestamp,
    }))
  }
  const keyed = driver.getKeyValueStore<unknown, unknown>(name)
  if (keyed !== null) return [...keyed.all()].map(({ key, value }) => ({ key, value: plain(value) }))
  const windowed = driver.getTimestampedWindowStore<unknown, unknown>(name)
  if (windowed !== null) {
    return [...windowed.all()].map(({ key, value }) => ({
      key: key.key,
      windowStart: key.window.start,
      value: plain(value.value),
      timestamp: value.timestamp,
    }))
  }
  const sessions = driver.getSessionStore<unknown, unknown>(name)
  if (sessions === null) throw new Error(`no store named ${name}`)
  return [...sessions.all()].map(({ key, value }) => ({
    key: key instanceof Windowed ? key.key : key,
    windowStart: key.window.start,
    windowEnd: key.window.end,
    value: plain(value),
  }))
}

/** Runs one case from beginning to end, or to its error. */
export function runCase(
  golden: GoldenCase,
  build: (config: StreamsConfig) => Topology,
  engines: { readonly persistent?: StoreEngine } = {},
): CaseResult {
  const config: StreamsConfig = {
    ...golden.config,
    'default.key.serde': Serdes.string() as Serde<unknown>,
    'default.value.serde': Serdes.string() as Serde<unknown>,
  }
  const outputs: GoldenOutput[] = []
  const nothing = { droppedRecords: null, stores: null, changelogs: null, producedTopics: null }
  let topology: Topology
  try {
    topology = build(config)
  } catch (error) {
    return { ...nothing, outputs, error: described('build', error), describe: null, internalTopics: null }
  }
  const describe = topology.describe().toString()
  const internalTopics = topology
    .internalTopics(config)
    .map(({ name, kind, config: topicConfig, partitions }) =>
      partitions === null
        ? { name, kind, config: topicConfig }
        : { name, kind, partitions, config: topicConfig },
    )
  let driver: TopologyTestDriver
  try {
    const options = engines.persistent === undefined ? {} : { persistentStores: engines.persistent }
    driver = new TopologyTestDriver(topology, config, { initialWallClockTime: 0, ...options })
  } catch (error) {
    return { ...nothing, outputs, error: described('start', error), describe, internalTopics }
  }
  let failure: GoldenError | null = null
  for (const [step, input] of golden.inputs.entries()) {
    try {
      if (input.advanceWallClockMs !== undefined) driver.advanceWallClockTime(input.advanceWallClockMs)
      else pipe(driver, golden, input)
    } catch (error) {
      failure = described(step, error)
    }
    outputs.push(...outputsOf(driver, golden, step))
    if (failure !== null) break
  }
  const result: CaseResult = {
    outputs,
    error: failure,
    describe,
    internalTopics,
    droppedRecords: driver.droppedRecords(),
    stores:
      golden.stores === undefined
        ? null
        : Object.fromEntries(Object.keys(golden.stores).map((name) => [name, rowsOf(driver, name)])),
    changelogs:
      golden.changelogs === undefined
        ? null
        : Object.fromEntries(
            Object.keys(golden.changelogs).map((topic) => [topic, changelogOf(driver, topic)]),
          ),
    producedTopics: [...driver.producedTopicNames()].sort(),
  }
  driver.close()
  return result
}

function pipe(driver: TopologyTestDriver, golden: GoldenCase, input: GoldenCase['inputs'][number]): void {
  const topic = input.topic as string
  const kinds = golden.topics[topic] ?? { key: 'string', value: 'string' }
  const values = kinds.value === 'long' ? serdeOf('long') : serdeOf('string')
  const value = typeof input.value === 'number' ? BigInt(input.value) : (input.value ?? null)
  driver
    .createInputTopic(topic, Serdes.string(), values)
    .pipeInput(new TestRecord(input.key ?? null, value, input.headers ?? null, input.timestamp ?? 0))
}

function outputsOf(driver: TopologyTestDriver, golden: GoldenCase, step: number): GoldenOutput[] {
  const outputs: GoldenOutput[] = []
  for (const [topic, { role, key, value }] of Object.entries(golden.topics)) {
    if (role === 'input') continue
    const output = driver.createOutputTopic(topic, serdeOf(key), serdeOf(value))
    for (const record of output.readRecordsToList()) {
      const headers = record.headers.toObject() as Record<string, string>
      // Stack traces differ between languages; the cases leave them out.
      delete headers['__streams.errors.stacktrace']
      const found = {
        step,
        topic,
        key: record.key as string | null,
        value: plain(record.value) as string | number | null,
        timestamp: record.timestamp as number,
      }
      outputs.push(Object.keys(headers).length === 0 ? found : { ...found, headers })
    }
  }
  return outputs
}

function changelogOf(driver: TopologyTestDriver, topic: string) {
  const hex = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes).toString('hex')
  return driver
    .createOutputTopic(topic, Serdes.bytes(), Serdes.bytes())
    .readRecordsToList()
    .map(({ key, value, timestamp }) => ({
      keyHex: hex(key) as string,
      valueHex: hex(value),
      timestamp,
    }))
}
