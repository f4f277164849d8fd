import { readFile } from 'node:fs/promises'
import { ConfigError, type TopicPartition } from '@spillway/api'
import type { ConfigOptions } from './streams-config-file.ts'

/** The command line of `spillway streams reset`, whose options are those of `kafka-streams-application-reset`. */
export interface ResetOptions extends ConfigOptions {
  readonly commandConfig?: string
  readonly configFile?: string
  readonly inputTopics?: string
  readonly intermediateTopics?: string
  readonly internalTopics?: string
  readonly toEarliest?: true
  readonly toLatest?: true
  readonly toOffset?: string
  readonly toDatetime?: string
  readonly byDuration?: string
  readonly shiftBy?: string
  readonly fromFile?: string
  readonly stateDir?: string
  readonly force?: true
  readonly dryRun?: true
  readonly yes?: true
}

/** Where input topics are to be read from. */
export type ResetTarget =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'offset'; readonly offset: bigint }
  | { readonly kind: 'time'; readonly timestamp: number }
  | { readonly kind: 'shift'; readonly by: bigint }
  | { readonly kind: 'file'; readonly offsets: readonly { at: TopicPartition; offset: bigint }[] }

const CHOICES = [
  'toEarliest',
  'toLatest',
  'toOffset',
  'toDatetime',
  'byDuration',
  'shiftBy',
  'fromFile',
] as const

/** @throws {ConfigError} for a value that is none, and for two targets at once */
export async function resetTarget(options: ResetOptions, now: number): Promise<ResetTarget> {
  const given = CHOICES.filter((choice) => options[choice] !== undefined)
  if (given.length > 1) {
    throw new ConfigError(`Only one of ${given.map(optionName).join(', ')} can be used.`)
  }
  const choice = given[0]
  switch (choice) {
    case 'toLatest':
      return { kind: 'latest' }
    case 'toOffset':
      return { kind: 'offset', offset: wholeNumber(choice, options.toOffset ?? '', false) }
    case 'shiftBy':
      return { kind: 'shift', by: wholeNumber(choice, options.shiftBy ?? '', true) }
    case 'toDatetime':
      return { kind: 'time', timestamp: timeOf(options.toDatetime ?? '') }
    case 'byDuration':
      return { kind: 'time', timestamp: Math.max(0, now - durationOf(options.byDuration ?? '')) }
    case 'fromFile':
      return { kind: 'file', offsets: await offsetsOf(options.fromFile ?? '') }
    default:
      return { kind: 'earliest' }
  }
}

/** A list of names, as it stands in an option. */
export function namesIn(list: string | undefined): readonly string[] {
  const names = (list ?? '').split(',').map((name) => name.trim())
  return [...new Set(names.filter((name) => name !== ''))]
}

function optionName(choice: string): string {
  return `--${choice.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function wholeNumber(choice: string, text: string, maybeNegative: boolean): bigint {
  if ((maybeNegative ? /^[+-]?\d{1,18}$/ : /^\d{1,18}$/).test(text)) return BigInt(text.replace('+', ''))
  throw new ConfigError(`Invalid value ${text} for ${optionName(choice)}: it must be a whole number.`)
}

/** ISO 8601, UTC where no zone is given, as Java's tool reads it. */
function timeOf(text: string): number {
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  const time = match === null ? NaN : Date.parse(match[1] === undefined ? `${text}Z` : text)
  if (!Number.isNaN(time)) return time
  throw new ConfigError(`Invalid value ${text} for --to-datetime: it must be as 2026-12-01T10:30:00.000.`)
}

/** `PnDTnHnMnS`, as Java's `Duration` reads it. */
function durationOf(text: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?)?$/i.exec(text)
  const parts = match?.slice(1, 5) ?? []
  if (parts.every((part) => part === undefined))
    throw new ConfigError(`Invalid value ${text} for --by-duration: it must be as P1DT2H30M or PT15M.`)
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0))
  return (
    (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + Number((match?.[5] ?? '0').padEnd(3, '0'))
  )
}

async function offsetsOf(file: string): Promise<{ at: TopicPartition; offset: bigint }[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`${file}: ${(cause as Error).message}`, { cause })
  })
  const offsets: { at: TopicPartition; offset: bigint }[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const match = /^\s*"?([\w.-]+)"?\s*,\s*(\d{1,9})\s*,\s*(\d{1,18})\s*$/.exec(line)
    if (match === null)
      throw new ConfigError(
        `${file}:${index + 1}: a line must be topic,partition,offset; it is ${line.slice(0, 100)}`,
      )
    const [topic = '', partition, offset] = match.slice(1)
    offsets.push({ at: { topic, partition: Number(partition) }, offset: BigInt(offset ?? 0) })
  }
  return offsets
}
