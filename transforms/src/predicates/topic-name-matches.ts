import {
  allOf,
  configDef,
  JavaRegex,
  javaRegexValidator,
  nonEmpty,
  type Predicate,
  type RawConfig,
  type SinkRecord,
} from '@spillway/framework'
import { BoundedCache } from '../smt/shared/bounded-cache.ts'
import { CONNECT_TRANSFORMS, predicatePlugin } from '../smt/shared/smt-plugin.ts'

const TOPIC_LIMIT = 1000

const config = configDef({
  pattern: {
    type: 'string',
    validator: allOf(nonEmpty, javaRegexValidator),
    importance: 'medium',
    doc: "Regular expression in Java's syntax that the record's whole topic must match.",
  },
})

/** True for records of topics that match a regular expression (Java: `TopicNameMatches`). */
class TopicNameMatches implements Predicate {
  readonly #results = new BoundedCache<string, boolean>(TOPIC_LIMIT)
  #regex = JavaRegex.compile('')

  configure(raw: RawConfig): void {
    this.#regex = JavaRegex.compile(config.parse(raw).pattern, { key: 'pattern' })
  }

  test(record: SinkRecord): boolean {
    return this.#results.get(record.topic, (topic) => this.#regex.matches(topic))
  }
}

/** Java: `org.apache.kafka.connect.transforms.predicates.TopicNameMatches`. */
export const topicNameMatchesPredicate = predicatePlugin({
  className: `${CONNECT_TRANSFORMS}.predicates.TopicNameMatches`,
  doc: 'True for records whose topic matches a regular expression.',
  config,
  create: () => new TopicNameMatches(),
})
