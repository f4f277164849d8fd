import { BadRequestError, beyondLimits, type RawConfig } from '@spillway/api'
import type { AtTimestamp, OffsetChange, TargetState } from '../connector/herder.ts'
import { numberText } from './json-body.ts'
import { REQUEST_LIMITS } from './request-limits.ts'

/** A request to create a connector (Java: `CreateConnectorRequest`). */
export interface CreateConnectorRequest {
  readonly name: string
  readonly config: RawConfig
  readonly initialState?: TargetState
}

const INITIAL_STATES: Readonly<Record<string, TargetState>> = {
  RUNNING: 'STARTED',
  PAUSED: 'PAUSED',
  STOPPED: 'STOPPED',
}

/** @throws {BadRequestError} (Connect answers 500 here; docs/compatibility.md) */
export function createConnectorRequest(body: unknown): CreateConnectorRequest {
  const fields = object(body, 'the request')
  onlyFields(fields, 'name', 'config', 'initial_state')
  const config = configRequest(fields['config'] ?? {})
  const name = text(fields['name'] ?? config['name'] ?? '', 'name')
  const state = fields['initial_state'] ?? null
  if (state === null) return { name: name.trim(), config }
  const initialState = typeof state === 'string' ? INITIAL_STATES[state.toUpperCase()] : undefined
  if (initialState === undefined) {
    throw new BadRequestError(
      `Cannot deserialize value of "initial_state": ${JSON.stringify(state)} is none of RUNNING, PAUSED, STOPPED`,
    )
  }
  return { name: name.trim(), config, initialState }
}

/** A flat map of texts within CONFIG_LIMITS; numbers and booleans count as their text. @throws {BadRequestError} */
export function configRequest(body: unknown): RawConfig {
  const entries = Object.entries(object(body, 'the configuration')).map(([key, value]) => {
    return [key, value === null ? null : text(value, key)] as const
  })
  const config = Object.fromEntries(entries)
  const problem = beyondLimits(config)
  if (problem !== undefined) throw new BadRequestError(problem)
  return config
}

/** A text; numbers and booleans count as theirs. */
function text(value: unknown, field: string): string {
  if (typeof value === 'string') return value
  const number = numberText(value)
  if (number !== undefined) return number
  if (typeof value === 'boolean') return String(value)
  throw new BadRequestError(
    `Cannot deserialize value of "${field}": expected a string, not ${Array.isArray(value) ? 'an array' : 'an object'}`,
  )
}

/** The body of `PATCH /connectors/{c}/offsets` (Java: `ConnectorOffsets`, `SinkUtils.parseSinkConnectorOffsets`). */
export function offsetsRequest(body: unknown): OffsetChange[] {
  const fields = object(body, 'the request')
  onlyFields(fields, 'offsets')
  const offsets = fields['offsets']
  if (offsets !== undefined && offsets !== null && !Array.isArray(offsets)) {
    throw new BadRequestError('Cannot deserialize value of "offsets": expected an array')
  }
  if (offsets === undefined || offsets === null || offsets.length === 0) {
    throw new BadRequestError('Partitions / offsets need to be provided for an alter offsets request')
  }
  if (offsets.length > REQUEST_LIMITS.offsets) {
    throw new BadRequestError(
      `The request has offsets of ${offsets.length} partitions: at most ${REQUEST_LIMITS.offsets} are taken`,
    )
  }
  return offsets.map((entry) => offsetChange(entry))
}

function offsetChange(entry: unknown): OffsetChange {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new BadRequestError(`Cannot construct instance of an offset from ${JSON.stringify(entry)}`)
  }
  onlyFields(entry, 'partition', 'offset')
  const { partition, offset } = entry as { partition?: unknown; offset?: unknown }
  if (typeof partition !== 'object' || partition === null) {
    throw new BadRequestError('The partition for a sink connector offset cannot be null or missing')
  }
  const named = partition as { kafka_topic?: unknown; kafka_partition?: unknown }
  if (!('kafka_topic' in named) || !('kafka_partition' in named)) {
    throw new BadRequestError(
      "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
    )
  }
  if (named.kafka_topic === null || named.kafka_topic === undefined || named.kafka_topic === '') {
    throw new BadRequestError('Kafka topic names must be valid strings and may not be null')
  }
  if (named.kafka_partition === null || named.kafka_partition === undefined) {
    throw new BadRequestError('Kafka partitions must be valid numbers and may not be null')
  }
  return {
    topic: text(named.kafka_topic, 'kafka_topic'),
    partition: partitionNumber(named.kafka_partition),
    offset: offset === null || offset === undefined ? null : offsetValue(offset),
  }
}

function offsetValue(offset: unknown): bigint | AtTimestamp {
  const given = typeof offset === 'object' && offset !== null ? offset : {}
  if ('kafka_offset' in given && 'kafka_timestamp' in given) {
    throw new BadRequestError(
      "The offset for a sink connector should contain only one of the keys 'kafka_offset' and 'kafka_timestamp'",
    )
  }
  if ('kafka_timestamp' in given) {
    const timestamp = Number(integer(given.kafka_timestamp, 'timestamp', 'Timestamp'))
    if (timestamp >= 0 && Number.isSafeInteger(timestamp)) return { timestamp }
    throw new BadRequestError(`The Kafka timestamp ${timestamp} in the provided offsets is no time in ms`)
  }
  if ('kafka_offset' in given) {
    const value = integer(given.kafka_offset, 'offset', 'Offset')
    if (value < 0n) throw new BadRequestError(`The Kafka offset ${value} in the provided offsets is negative`)
    return value
  }
  throw new BadRequestError(
    "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
  )
}

function partitionNumber(value: unknown): number {
  const partition = integer(value, 'partition', 'Partition')
  if (partition >= 0n && partition < 2n ** 31n) return Number(partition)
  throw new BadRequestError(`The Kafka partition ${partition} in the provided offsets is out of range`)
}

/** A whole number that fits 64 bits, or the text of one. */
function integer(value: unknown, what: string, title: string): bigint {
  const text = typeof value === 'string' ? value : (numberText(value) ?? JSON.stringify(value))
  if (/^-?\d{1,19}$/.test(text)) {
    const exact = BigInt(text)
    if (exact === BigInt.asIntN(64, exact)) return exact
  }
  throw new BadRequestError(
    `Failed to parse the following Kafka ${what} value in the provided offsets: '${text}'. ${title} values for sink ` +
      'connectors need to be integers.',
  )
}

/** @throws {BadRequestError} naming a field that is none of those known. */
function onlyFields(value: object, ...known: string[]): void {
  const field = Object.keys(value).find((name) => !known.includes(name))
  if (field === undefined) return
  const properties = `${known.length === 1 ? 'one known property' : `${known.length} known properties`}`
  throw new BadRequestError(
    `Unrecognized field "${field}", not marked as ignorable (${properties}: ${known.map((name) => `"${name}"`).join(', ')})`,
  )
}

function object(body: unknown, what: string): Record<string, unknown> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  if (isObject && numberText(body) === undefined) return body as Record<string, unknown>
  throw new BadRequestError(`Cannot deserialize value of ${what}: expected a JSON object`)
}
