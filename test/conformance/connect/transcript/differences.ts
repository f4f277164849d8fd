import { isDeepStrictEqual } from 'node:util'
import { assertDocumented } from '../cases/differs.ts'
import type { Mode } from '../cases/case-worker.ts'

interface Compared {
  readonly mode: Mode
  readonly request: string
  /** Essences of the answers. */
  readonly kafkaConnect: Readonly<Record<string, unknown>>
  readonly spillway: Readonly<Record<string, unknown>>
}

interface Difference {
  /** Heading in docs/compatibility.md that gives the reason. */
  readonly heading: string
  /** True where it explains all that differs between two answers. */
  explains(compared: Compared): boolean
}

const differences: readonly Difference[] = [
  {
    heading: 'Malformed JSON, unknown field, value of a wrong type',
    explains: ({ kafkaConnect, spillway }) =>
      kafkaConnect['status'] === 500 && messageOf(spillway) !== '' && spillway['status'] === 400,
  },
  {
    heading: 'A plugin nobody knows, at validation',
    explains: ({ request, kafkaConnect, spillway }) =>
      request.includes('/config/validate') &&
      kafkaConnect['status'] === 500 &&
      spillway['status'] === 404 &&
      messageOf(spillway).startsWith('Failed to find any class'),
  },
  {
    heading: 'A log level that is an empty text',
    explains: ({ request, kafkaConnect, spillway }) =>
      request.includes('/admin/loggers/') && kafkaConnect['status'] === 500 && spillway['status'] === 404,
  },
  {
    heading: 'Paths that Jetty refuses: empty parts, `%2F`, `%25`, bad escapes',
    explains: ({ request, kafkaConnect, spillway }) =>
      /\/\/|%2F|%25|%zz/.test(request) && kafkaConnect['status'] === 400 && spillway['status'] !== 500,
  },
  {
    heading: 'Standalone: stop and restart of a connector that is not there',
    explains: ({ mode, request, kafkaConnect, spillway }) =>
      mode === 'standalone' &&
      /\/connectors\/nope\/(stop|restart|tasks\/0\/restart)$/.test(request) &&
      kafkaConnect['status'] === 500 &&
      spillway['status'] === 404,
  },
  {
    heading: 'The connectors listed by an unknown `connector.class`',
    explains: ({ kafkaConnect, spillway }) => {
      const until = (message: string): string => message.split('available connectors are: ')[0] ?? ''
      return (
        kafkaConnect['status'] === spillway['status'] &&
        messageOf(spillway).includes('PluginDesc{klass=class ') &&
        until(messageOf(kafkaConnect)) === until(messageOf(spillway))
      )
    },
  },
  {
    heading: 'The order of keys in `Connector config {…} contains no connector type`',
    explains: ({ kafkaConnect, spillway }) =>
      messageOf(spillway).startsWith('Connector config {') &&
      sameLetters(messageOf(kafkaConnect), messageOf(spillway)),
  },
  {
    heading: 'A value of a wrong type in a configuration',
    explains: ({ kafkaConnect, spillway }) =>
      messageOf(spillway) !== '' &&
      withoutNullErrors(messageOf(kafkaConnect)) === withoutCount(messageOf(spillway)),
  },
  {
    heading: 'A value that is close to one that is allowed',
    explains: ({ kafkaConnect, spillway }) =>
      messageOf(spillway) !== '' &&
      messageOf(kafkaConnect) === messageOf(spillway).replace(/ \(did you mean [^)]*\?\)/, ''),
  },
  {
    heading: 'PATCH of a configuration with another `name`',
    explains: ({ request, kafkaConnect, spillway }) =>
      (request.startsWith('PATCH /connectors/<c>/config') &&
        kafkaConnect['status'] === 200 &&
        spillway['status'] === 400) ||
      (/^(PATCH|GET) \/connectors\/<c>\/config/.test(request) &&
        JSON.stringify(kafkaConnect).includes('other')),
  },
  {
    heading: 'Short names of plugins with `$`, such as `Cast$Value`',
    explains: ({ request, kafkaConnect, spillway }) =>
      request.includes('%24') && kafkaConnect['status'] === 404 && spillway['status'] === 200,
  },
  {
    heading: 'Keys that only one of both has',
    explains: ({ request, kafkaConnect, spillway }) => {
      if (!request.includes('/connector-plugins/') || !Array.isArray(kafkaConnect['body'])) return false
      const ours = new Map((spillway['body'] as { name: string }[]).map((key) => [key.name, key]))
      const theirs = kafkaConnect['body'] as { name: string }[]
      return theirs.every(
        (key) => key.name === 'converter.type' || isDeepStrictEqual(ours.get(key.name), key),
      )
    },
  },
  {
    heading: 'Validation without `connector.class`',
    explains: ({ request, kafkaConnect }) =>
      request.endsWith('}') && kafkaConnect['status'] === 500 && !request.includes('"connector.class"'),
  },
  {
    heading: 'Client overrides in a validation',
    explains: ({ request, kafkaConnect, spillway }) =>
      request.includes('consumer.override') &&
      spillway['status'] === 200 &&
      (kafkaConnect['status'] === 500 || sameVerdict(kafkaConnect['body'], spillway['body'])),
  },
  {
    heading: 'Texts and number of errors of single keys in a validation',
    explains: ({ request, kafkaConnect, spillway }) =>
      request.includes('/config/validate') && sameVerdict(kafkaConnect['body'], spillway['body']),
  },
]

/** The heading in docs/compatibility.md that explains why two answers differ; undefined where none does. */
export function explanation(compared: Compared): string | undefined {
  const found = differences.find((difference) => difference.explains(compared))
  if (found !== undefined) assertDocumented(found.heading)
  return found?.heading
}

/** All headings that explain differences. */
export const explainedHeadings: readonly string[] = differences.map(({ heading }) => heading)

function messageOf({ body }: Readonly<Record<string, unknown>>): string {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : ''
}

function sameLetters(a: string, b: string): boolean {
  return [...a].toSorted().join('') === [...b].toSorted().join('')
}

/** Without the second error that Kafka's validators have for a value that could not be read. */
function withoutNullErrors(message: string): string {
  const lines = message.split('\n').filter((line) => !line.startsWith('Invalid value null for configuration'))
  return withoutCount(lines.join('\n'))
}

function withoutCount(message: string): string {
  return message.replace(/contains the following \d+ error/, 'contains errors')
}

interface Verdict {
  readonly name: string
  readonly configs: Readonly<Record<string, readonly (string | null)[]>>
}

/** Keys that one of both checks and the other does not. */
const STRICTER = [
  'errors.retry.delay.max.ms',
  'transforms.t.predicate',
  'transforms.a.topic.field',
  'value.converter.schemas.cache.size',
  'key.converter.converter.encoding',
]

/** True where the same keys are there, and the same are wrong. */
function sameVerdict(theirs: unknown, ours: unknown): boolean {
  if (!isVerdict(theirs) || !isVerdict(ours) || theirs.name !== ours.name) return false
  return Object.entries(theirs.configs).every(([key, [value, ...errors]]) => {
    if (key.endsWith('.converter.type') || key.startsWith('consumer.override.')) return true
    const found = ours.configs[key]
    if (found === undefined) return false
    const [ourValue, ...ourErrors] = found
    if (errors.length === 0 && ourErrors.length === 0)
      return value === ourValue || isClassName(value, ourValue)
    return errors.length > 0 === ourErrors.length > 0 || STRICTER.includes(key)
  })
}

/** Kafka Connect answers the whole name of a class that was written as an alias. */
function isClassName(whole: string | null | undefined, written: string | null | undefined): boolean {
  return typeof whole === 'string' && typeof written === 'string' && whole.endsWith(`.${written}`)
}

function isVerdict(body: unknown): body is Verdict {
  return typeof body === 'object' && body !== null && 'configs' in body
}
