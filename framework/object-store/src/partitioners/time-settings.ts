import {
  ConfigError,
  type ConfigProblem,
  ConfigProblemsError,
  JodaPattern,
  timeZone,
  type TimeZone,
} from '@spillway/api'
import type { PartitionerConfig } from './partitioner-config.ts'

/** What a class brings of its own, whatever the keys say. */
export interface ForcedTime {
  readonly durationMs?: number
  readonly pathFormat?: string
}

export interface TimeSettings {
  readonly durationMs: number
  readonly zone: TimeZone
  readonly locale: string
  readonly pattern: JodaPattern
}

/**
 * The time keys, checked as Confluent's partitioners check them when a task starts, with its words first; every problem at once.
 *
 * @throws {ConfigProblemsError}
 */
export function timeSettings(
  config: PartitionerConfig,
  directoryDelimiter: string,
  forced: ForcedTime = {},
): TimeSettings {
  const problems: ConfigProblem[] = []
  const complain = (key: string, value: unknown, why: string): void => {
    problems.push({ key, message: ConfigError.invalidValue(key, value, why).message })
  }
  const durationMs = forced.durationMs ?? config['partition.duration.ms']
  const format = forced.pathFormat ?? config['path.format']
  if (durationMs <= 0) {
    const span = finestSpan(format)
    const hint = `It is the span of time of one directory: ${span} ms${format === '' ? ' is a day' : ' fits this path.format'}.`
    complain('partition.duration.ms', durationMs, `Partition duration needs to be a positive. ${hint}`)
  }
  if (format === '' || format === directoryDelimiter) {
    complain('path.format', format, `Path format cannot be empty. ${PATTERN_HINT}`)
  }
  if (config.locale === '') complain('locale', config.locale, 'Locale cannot be empty. en is English.')
  const zone = zoneOf(config.timezone, complain)
  let pattern: JodaPattern | undefined
  if (format !== '' && format !== directoryDelimiter) {
    pattern = patternOf(format, directoryDelimiter, zone, config.locale, complain)
  }
  if (problems.length > 0 || zone === undefined || pattern === undefined)
    throw new ConfigProblemsError(problems)
  return { durationMs, zone, locale: config.locale, pattern }
}

const PATTERN_HINT =
  "Letters stand for parts of a time, text goes in single quotes: 'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH."

const HOUR_MS = 3_600_000

/** The span of the finest field a pattern prints, so that each text is one bucket. */
export function finestSpan(pattern: string): number {
  const letters = pattern.replaceAll(/'[^']*'/g, '')
  if (letters.includes('S')) return 1
  if (letters.includes('s')) return 1000
  if (letters.includes('m')) return 60_000
  // Zones with offsets of half and quarter hours begin their days on them, and names change at such an instant.
  return /[HhKka]/.test(letters) ? HOUR_MS : 24 * HOUR_MS
}

/** What stands in quotes in a pattern although it looks like a part of a time: `'YYYY'` is those four letters. */
export function quotedFieldIn(pattern: string): string | undefined {
  return /'(?:YYYY|yyyy|MM|dd|HH|mm|ss)'/.exec(pattern)?.[0]
}

type Complain = (key: string, value: unknown, why: string) => void

function zoneOf(id: string, complain: Complain): TimeZone | undefined {
  if (id === '') {
    complain('timezone', id, 'Timezone cannot be empty. Write UTC, or an id such as Europe/Berlin.')
    return undefined
  }
  try {
    return timeZone(id)
  } catch (error) {
    complain('timezone', id, (error as Error).message)
    return undefined
  }
}

/** One delimiter at the end is left out. A wrong pattern is found even where the zone is wrong as well. */
function patternOf(
  format: string,
  delimiter: string,
  zone: TimeZone | undefined,
  locale: string,
  complain: Complain,
): JodaPattern | undefined {
  const trimmed = delimiter !== '' && format.endsWith(delimiter) ? format.slice(0, -delimiter.length) : format
  try {
    return new JodaPattern(trimmed, zone ?? timeZone('UTC'), locale)
  } catch (error) {
    complain('path.format', format, `${(error as Error).message}. ${PATTERN_HINT}`)
    return undefined
  }
}
