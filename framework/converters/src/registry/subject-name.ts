import { ConfigError, DataError } from '@spillway/api'

/** Names the subject that a topic's schemas are kept under (Java: `SubjectNameStrategy`). */
export type SubjectName = (topic: string, recordName: string | undefined) => string

/** AssociatedNameStrategy falls back to the topic's name, and nothing else is associated here. */
const TOPIC_STRATEGIES = ['TopicNameStrategy', 'AssociatedNameStrategy']

/**
 * The strategy of a configured class.
 *
 * @param recordName of the returned function: the full name of the schema's record; needed by all but the first.
 * @throws {ConfigError} for any other class.
 */
export function subjectName(className: string, isKey: boolean): SubjectName {
  const simple = className.slice(className.lastIndexOf('.') + 1)
  if (TOPIC_STRATEGIES.includes(simple)) return (topic) => `${topic}-${isKey ? 'key' : 'value'}`
  if (simple === 'RecordNameStrategy') return (_topic, name) => required(name, simple)
  if (simple === 'TopicRecordNameStrategy') return (topic, name) => `${topic}-${required(name, simple)}`
  const key = `${isKey ? 'key' : 'value'}.subject.name.strategy`
  throw new ConfigError(
    `Invalid value ${className} for configuration ${key}: use TopicNameStrategy, RecordNameStrategy or ` +
      'TopicRecordNameStrategy, with or without io.confluent.kafka.serializers.subject. before it',
    { key },
  )
}

function required(recordName: string | undefined, strategy: string): string {
  if (recordName !== undefined) return recordName
  throw new DataError(`${strategy} needs a schema with a name: only records have one`)
}
