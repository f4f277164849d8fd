import { ConfigError, type ConsumerRecord, type ProducerRecord, type RawHeader } from '@spillway/api'

const PREFIX = '__connect.errors.'

/** A dead letter as text: one line of `spillway dlq show --json`, which may be edited and given to `dlq replay --input`. */
export interface DeadLetter {
  /** Where it lies in the dead letter queue. */
  readonly offset: string
  readonly partition: number
  /** Why it failed; empty where the queue was written without context headers. */
  readonly error: {
    readonly topic?: string
    readonly partition?: string
    readonly offset?: string
    readonly 'connector.name'?: string
    readonly 'task.id'?: string
    readonly stage?: string
    readonly 'class.name'?: string
    readonly 'exception.class.name'?: string
    readonly 'exception.message'?: string
  }
  readonly timestamp: number
  readonly key: Text | null
  readonly value: Text | null
  readonly headers: readonly { readonly key: string; readonly value: Text | null }[]
}

/** Bytes that are valid UTF-8 as a string, all others as base64. */
export type Text = string | { readonly base64: string }

const ERROR_KEYS = [
  'topic',
  'partition',
  'offset',
  'connector.name',
  'task.id',
  'stage',
  'class.name',
  'exception.class.name',
  'exception.message',
] as const

export function deadLetterOf(record: ConsumerRecord): DeadLetter {
  const context = (key: string): string | undefined =>
    record.headers.findLast((header) => header.key === `${PREFIX}${key}`)?.value?.toString()
  return {
    offset: String(record.offset),
    partition: record.partition,
    error: Object.fromEntries(
      ERROR_KEYS.flatMap((key) => (context(key) === undefined ? [] : [[key, context(key)]])),
    ),
    timestamp: record.timestamp,
    key: asText(record.key),
    value: asText(record.value),
    headers: record.headers
      .filter((header) => !header.key.startsWith(PREFIX))
      .map(({ key, value }) => ({ key, value: asText(value) })),
  }
}

/**
 * The record to send back, without the context headers.
 *
 * @param to the topic to send to instead of the one the record came from.
 * @throws {ConfigError} where neither says which topic.
 */
export function replayOf(letter: DeadLetter, to: string | undefined): ProducerRecord {
  const topic = to ?? letter.error.topic
  if (topic === undefined) {
    throw new ConfigError(
      `The dead letter at ${letter.partition}@${letter.offset} does not say which topic it came from (it was written ` +
        'without errors.deadletterqueue.context.headers.enable=true): name one with --to <topic>.',
    )
  }
  const headers: RawHeader[] = letter.headers.map(({ key, value }) => ({ key, value: asBytes(value) }))
  return {
    topic,
    key: asBytes(letter.key),
    value: asBytes(letter.value),
    headers,
    ...(letter.timestamp >= 0 && { timestamp: letter.timestamp }),
  }
}

/** The lines a person reads. */
export function describeDeadLetter(letter: DeadLetter): string {
  const { error } = letter
  const from =
    error.topic === undefined ? 'unknown origin' : `${error.topic}-${error.partition}@${error.offset}`
  const lines = [
    `${letter.partition}@${letter.offset}  from ${from}  connector ${error['connector.name'] ?? '?'}, task ${error['task.id'] ?? '?'}`,
    `  ${error.stage ?? 'stage unknown'} (${error['class.name'] ?? '?'}): ${error['exception.class.name'] ?? ''} ${error['exception.message'] ?? ''}`.trimEnd(),
    `  key   ${show(letter.key)}`,
    `  value ${show(letter.value)}`,
  ]
  return lines.join('\n')
}

const SHOWN_CHARACTERS = 200

function show(text: Text | null): string {
  if (text === null) return 'null'
  const whole = typeof text === 'string' ? text : `base64 ${text.base64}`
  return whole.length > SHOWN_CHARACTERS
    ? `${whole.slice(0, SHOWN_CHARACTERS)}… (${whole.length} characters)`
    : whole
}

function asText(bytes: Buffer | null): Text | null {
  if (bytes === null) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { base64: bytes.toString('base64') }
  }
}

function asBytes(text: Text | null): Buffer | null {
  if (text === null) return null
  return typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.base64, 'base64')
}
