import {
  configDef,
  ConfigError,
  DataError,
  type RawConfig,
  type SinkRecord,
  type Transformation,
  type Validator,
} from '@spillway/api'
import { CONNECT_TRANSFORMS, smtPlugin } from './shared/smt-plugin.ts'
import { SimpleDateFormat } from './simple-date-format/simple-date-format.ts'

const formatValidator: Validator = {
  describe: () => 'SimpleDateFormat pattern',
  check(key, value) {
    try {
      new SimpleDateFormat(value as string)
    } catch (cause) {
      throw new ConfigError(
        `Invalid value ${String(value)} for configuration ${key}: ${(cause as Error).message}`,
        { key, cause },
      )
    }
  },
}

const config = configDef({
  'topic.format': {
    type: 'string',
    default: '${topic}-${timestamp}',
    importance: 'high',
    doc: 'The new topic; ${topic} and ${timestamp} stand for the old topic and the formatted timestamp.',
  },
  'timestamp.format': {
    type: 'string',
    default: 'yyyyMMdd',
    validator: formatValidator,
    importance: 'high',
    doc: "How to write the timestamp, as a pattern of Java's SimpleDateFormat, in UTC.",
  },
})

/** Puts the record's timestamp into its topic (Java: `TimestampRouter`). */
class TimestampRouter implements Transformation {
  #topicFormat = ''
  #timestampFormat = new SimpleDateFormat('')

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#topicFormat = parsed['topic.format']
    this.#timestampFormat = new SimpleDateFormat(parsed['timestamp.format'])
  }

  apply(record: SinkRecord): SinkRecord {
    if (record.timestamp === null) throw new DataError(`Timestamp missing on record: ${record.coordinates}`)
    const timestamp = this.#timestampFormat.format(record.timestamp)
    // One after the other, as Java does it: a topic that itself holds ${timestamp} is filled in too.
    const topic = this.#topicFormat
      .replaceAll('${topic}', () => record.topic)
      .replaceAll('${timestamp}', () => timestamp)
    return record.with({ topic })
  }
}

/** Java: `org.apache.kafka.connect.transforms.TimestampRouter`. */
export const timestampRouterPlugin = smtPlugin({
  className: `${CONNECT_TRANSFORMS}.TimestampRouter`,
  doc: 'Changes the topic of a record by its old topic and its timestamp.',
  config,
  create: () => new TimestampRouter(),
})
