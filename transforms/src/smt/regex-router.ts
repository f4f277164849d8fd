import {
  configDef,
  JavaRegex,
  javaRegexValidator,
  replacementProblem,
  type RawConfig,
  type SinkRecord,
  type Transformation,
} from '@spillway/framework'
import { BoundedCache } from './shared/bounded-cache.ts'
import { CONNECT_TRANSFORMS, smtPlugin } from './shared/smt-plugin.ts'

/** A connector reads few topics; more than these come only from earlier renaming. */
const TOPIC_LIMIT = 1000

const config = configDef(
  {
    regex: {
      type: 'string',
      validator: javaRegexValidator,
      importance: 'high',
      doc: "Regular expression in Java's syntax that the whole topic must match.",
    },
    replacement: {
      type: 'string',
      importance: 'high',
      doc: 'The new topic; $1 or ${name} stand for groups of the expression.',
    },
  },
  [
    function* ({ values: { regex, replacement } }) {
      const message = replacementProblem(regex, replacement)
      if (message !== undefined) yield { key: 'replacement', message }
    },
  ],
)

/** Renames topics by a regular expression (Java: `RegexRouter`). */
class RegexRouter implements Transformation {
  // The expression is run once for a topic, not once for a record.
  readonly #routes = new BoundedCache<string, string>(TOPIC_LIMIT)
  #regex = JavaRegex.compile('')
  #replacement = this.#regex.replacement('')

  configure(raw: RawConfig): void {
    const { regex, replacement } = config.parse(raw)
    this.#regex = JavaRegex.compile(regex, { key: 'regex' })
    this.#replacement = this.#regex.replacement(replacement)
  }

  apply(record: SinkRecord): SinkRecord {
    const topic = this.#routes.get(record.topic, (from) => this.#route(from))
    return topic === record.topic ? record : record.with({ topic })
  }

  #route(topic: string): string {
    return this.#regex.matches(topic) ? this.#regex.replaceFirst(topic, this.#replacement) : topic
  }
}

/** Java: `org.apache.kafka.connect.transforms.RegexRouter`. */
export const regexRouterPlugin = smtPlugin({
  className: `${CONNECT_TRANSFORMS}.RegexRouter`,
  doc: 'Changes the topic of records whose topic matches a regular expression.',
  config,
  create: () => new RegexRouter(),
})
