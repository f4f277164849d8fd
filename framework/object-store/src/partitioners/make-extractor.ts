import {
  ConfigError,
  processTimeZone,
  timestampFormat,
  type TimestampFormat,
  timeZone,
  type TimeZone,
} from '@spillway/api'
import { HeaderExtractor } from './header-extractor.ts'
import type { PartitionerConfig } from './partitioner-config.ts'
import { RecordFieldExtractor } from './record-field-extractor.ts'
import {
  FallbackExtractor,
  type TimestampExtractor,
  recordExtractor,
  wallclockExtractor,
} from './timestamp-extractor.ts'

/**
 * The extractor of `timestamp.extractor` with its fallbacks.
 *
 * @param first the one that is named; absent where there is none of that name.
 * @throws {ConfigError} `Invalid timestamp extractor: X`
 */
export function makeExtractor(
  config: PartitionerConfig,
  first: TimestampExtractor | undefined,
): TimestampExtractor {
  if (first === undefined) {
    throw new ConfigError(
      `Invalid timestamp extractor: ${config['timestamp.extractor']}. Write Wallclock, Record or RecordField in ` +
        'timestamp.extractor, the class of one of a plugin package, or the module of your own one (./my-extractor.js).',
      { key: 'timestamp.extractor' },
    )
  }
  const others = config['timestamp.fallback'].map((text) => fallback(text, config))
  return others.length === 0 ? first : new FallbackExtractor([first, ...others])
}

function fallback(text: string, config: PartitionerConfig): TimestampExtractor {
  if (text === 'wallclock') return wallclockExtractor
  if (text === 'record') return recordExtractor
  if (text.startsWith('field:'))
    return fieldExtractor('timestamp.fallback', text.slice('field:'.length), config)
  if (text.startsWith('header:') && text !== 'header:') {
    return new HeaderExtractor(text.slice('header:'.length), formatsOf(config), textZone())
  }
  throw ConfigError.invalidValue(
    'timestamp.fallback',
    text,
    'write field:<path>, header:<name>, record or wallclock',
  )
}

/** The time in a field, with the formats of the configuration. @throws {ConfigError} */
export function fieldExtractor(key: string, path: string, config: PartitionerConfig): TimestampExtractor {
  if (path.split('.').some((segment) => segment.trim() === ''))
    throw ConfigError.invalidValue(
      key,
      path,
      'it names no field; write a name, or a path such as meta.created',
    )
  return new RecordFieldExtractor(path, formatsOf(config), textZone())
}

function formatsOf(config: PartitionerConfig): TimestampFormat[] {
  const zone = config.timezone === '' ? processTimeZone() : timeZone(config.timezone)
  return config['timestamp.field.format'].map((name) => {
    try {
      return timestampFormat(name, zone, config.locale)
    } catch (error) {
      throw ConfigError.invalidValue(
        'timestamp.field.format',
        name,
        `${(error as Error).message}; write seconds, millis, micros, nanos, iso or a Joda-Time pattern`,
      )
    }
  })
}

/** Without a format, a text that names no offset is read in the zone of the process, as Java reads it. */
function textZone(): TimeZone {
  return processTimeZone()
}
