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
 * The time keys, checked as Confluent's partitioners check them when a task starts; every problem at once.
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
  if (durationMs <= 0) {
    complain('partition.duration.ms', durationMs, 'Partition duration needs to be a positive.')
  }
  const format = forced.pathFormat ?? config['path.format']
  if (format === '' || format === directoryDelimiter) {
    complain('path.format', format, 'Path format cannot be empty.')
  }
  if (config.locale === '') complain('locale', config.locale, 'Locale cannot be empty.')
  const zone = zoneOf(config.timezone, complain)
  let pattern: JodaPattern | undefined
  if (format !== '' && format !== directoryDelimiter) {
    pattern = patternOf(format, directoryDelimiter, zone, config.locale, complain)
  }
  if (problems.length > 0 || zone === undefined || pattern === undefined)
    throw new ConfigProblemsError(problems)
  return { durationMs, zone, locale: config.locale, pattern }
}

type Complain = (key: string, value: unknown, why: string) => void

function zoneOf(id: string, complain: Complain): TimeZone | undefined {
  if (id === '') {
    complain('timezone', id, 'Timezone cannot be empty.')
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
    complain('path.format', format, (error as Error).message)
    return undefined
  }
}
