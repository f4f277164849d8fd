import {
  allOf,
  atMost,
  type CheckInput,
  CONFIG_LIMITS,
  ConfigDef,
  configDef,
  type ConfigKey,
  type ConfigOf,
  type ConfigProblem,
  distinctItems,
  type Importance,
  JavaRegex,
  jobOf,
  javaRegexValidator,
  oneOf,
  range,
  rule,
  shortAliases,
  type SinkConnectorPlugin,
  SlowRegexError,
  uniqueAliases,
  type Width,
} from '@spillway/api'
import { refineConfig } from '@spillway/refine'
import { errorHandlingConfig, sinkErrorConfig } from '../failures/error-config.ts'

const group = 'Common'

/** Java's rule, and that the name can stand in a path: else nobody could ask for the connector, or delete it. */
const connectorName = rule('non-empty string without ISO control characters', (value) => {
  const name = String(value)
  if (name === '') return 'String may not be empty'
  if (name.length > CONFIG_LIMITS.nameLength) {
    return `String may not have more than ${CONFIG_LIMITS.nameLength} characters`
  }
  if (!name.isWellFormed()) return 'String may not contain half of a surrogate pair'
  if (name === '.' || name === '..') return 'String may not be a part of a path that names a folder'
  const controls = [...name].filter((c) => c < ' ' || c === '\u007f')
  return controls.length === 0
    ? undefined
    : `String may not contain control sequences but had the following ASCII chars: ${controls.map((c) => c.charCodeAt(0)).join(', ')}`
})

const aliases = allOf(uniqueAliases, atMost(CONFIG_LIMITS.aliases), shortAliases)

/** A key of KIP-891: a worker of ours has one version of each plugin, so it chooses nothing. */
const pluginVersion = (displayName: string, order: number, importance: Importance, width: Width) =>
  ({
    type: 'string',
    default: null,
    importance,
    group,
    order,
    width,
    displayName,
    internal: true,
    doc: 'Accepted and not used: a worker has one version of each plugin.',
  }) as const

/** Keys of every sink connector (Java: `ConnectorConfig` and `SinkConnectorConfig`), without those of its own class. */
export const sinkConnectorConfig = configDef(
  {
    name: {
      type: 'string',
      validator: connectorName,
      importance: 'high',
      group,
      order: 1,
      width: 'medium',
      displayName: 'Connector name',
      doc: 'Name of the connector, unique in the cluster; its consumer group is `connect-<name>`.',
    },
    'connector.class': {
      type: 'string',
      importance: 'high',
      group,
      order: 2,
      width: 'long',
      displayName: 'Connector class',
      doc: 'Class of the connector: full name, simple name, or that without "Connector".',
    },
    'connector.plugin.version': pluginVersion('Connector version', 3, 'medium', 'medium'),
    'tasks.max': {
      type: 'int',
      default: 1,
      validator: range(1),
      importance: 'high',
      group,
      order: 4,
      width: 'short',
      displayName: 'Tasks max',
      doc: 'Largest number of tasks to run.',
    },
    'tasks.max.enforce': {
      type: 'boolean',
      default: true,
      importance: 'low',
      group,
      order: 5,
      width: 'short',
      displayName: 'Enforce tasks max',
      doc: 'Fails a connector that plans more tasks than tasks.max.',
    },
    'key.converter': {
      type: 'class',
      default: null,
      importance: 'low',
      group,
      order: 6,
      width: 'short',
      displayName: 'Key converter class',
      doc: "Converter of record keys, instead of the worker's and its settings.",
    },
    'key.converter.plugin.version': pluginVersion('Key converter version', 7, 'low', 'short'),
    'value.converter': {
      type: 'class',
      default: null,
      importance: 'low',
      group,
      order: 8,
      width: 'short',
      displayName: 'Value converter class',
      doc: "Converter of record values, instead of the worker's and its settings.",
    },
    'value.converter.plugin.version': pluginVersion('Value converter version', 9, 'low', 'short'),
    'header.converter': {
      type: 'class',
      default: null,
      importance: 'low',
      group,
      order: 10,
      width: 'short',
      displayName: 'Header converter class',
      doc: "Converter of header values, instead of the worker's and its settings.",
    },
    'header.converter.plugin.version': pluginVersion('Header converter version', 11, 'low', 'short'),
    transforms: {
      type: 'list',
      default: [],
      validator: aliases,
      importance: 'low',
      group: 'Transforms',
      order: 12,
      width: 'long',
      displayName: 'Transforms',
      doc: 'Aliases of the transformations records pass, in order; each has its class in `transforms.<alias>.type`.',
    },
    predicates: {
      type: 'list',
      default: [],
      validator: aliases,
      importance: 'low',
      group: 'Predicates',
      order: 13,
      width: 'long',
      displayName: 'Predicates',
      doc: 'Aliases of predicates that transformations may ask; each has its class in `predicates.<alias>.type`.',
    },
    'config.action.reload': {
      type: 'string',
      default: 'restart',
      validator: oneOf('none', 'restart'),
      recommend: () => [],
      importance: 'low',
      group,
      order: 14,
      width: 'medium',
      displayName: 'Reload Action',
      doc: 'What to do when a configuration provider announces a new value.',
    },
    ...errorHandlingConfig.keys,
    topics: {
      type: 'list',
      default: [],
      validator: allOf(distinctItems, atMost(CONFIG_LIMITS.topics)),
      importance: 'high',
      group,
      order: 4,
      width: 'long',
      displayName: 'Topics',
      doc: 'Topics to read, separated by commas.',
    },
    'topics.regex': {
      type: 'string',
      default: '',
      validator: javaRegexValidator,
      importance: 'high',
      group,
      order: 4,
      width: 'long',
      displayName: 'Topics regex',
      doc: 'Regular expression, in Java’s syntax, that whole topic names must match; topics created later are found too.',
    },
    ...sinkErrorConfig.keys,
    ...refineConfig.keys,
  },
  [topicsOrRegex, deadLetterTopicIsNoInput, ...refineConfig.checks],
)

export type SinkConnectorConfig = ConfigOf<typeof sinkConnectorConfig>

/** Keys that say nothing of records: those of a job, whose tasks read Kafka themselves. */
const OF_JOBS =
  /^(?:name|connector\.class|connector\.plugin\.version|tasks\.max(?:\.enforce)?|config\.action\.reload|errors\.restart\..*)$/

/** The common keys of connectors of that plugin. */
export function commonConfigOf(plugin: SinkConnectorPlugin): ConfigDef {
  if (jobOf(plugin) === undefined) return sinkConnectorConfig as ConfigDef
  return new ConfigDef(
    Object.fromEntries(
      Object.entries<ConfigKey>(sinkConnectorConfig.keys).filter(([key]) => OF_JOBS.test(key)),
    ),
  )
}

/** Longest match on the thread that answers requests, ms. */
const REQUEST_LIMIT_MS = 20

function* topicsOrRegex({ values }: CheckInput): Iterable<ConfigProblem> {
  const topics = values['topics'] as string[] | undefined
  const pattern = values['topics.regex'] as string | undefined
  if (topics === undefined || pattern === undefined) return
  const hasTopics = topics.length > 0
  const hasRegex = pattern !== ''
  if (hasTopics === hasRegex) {
    const message = hasTopics
      ? 'topics and topics.regex are mutually exclusive options, but both are set.'
      : 'Must configure one of topics or topics.regex'
    yield { key: 'topics', message }
    yield { key: 'topics.regex', message }
  }
}

function* deadLetterTopicIsNoInput({ values }: CheckInput): Iterable<ConfigProblem> {
  const queue = values['errors.deadletterqueue.topic.name'] as string | undefined
  const topics = values['topics'] as string[] | undefined
  const pattern = values['topics.regex'] as string | undefined
  if (queue === undefined || queue === '') return
  if (topics?.includes(queue)) {
    yield {
      key: 'topics',
      message:
        `The DLQ topic '${queue}' may not be included in the list of topics ('topics=[${topics.join(', ')}]') ` +
        'consumed by the connector',
    }
  }
  if (pattern === undefined || pattern === '') return
  const problem = matchProblem(pattern, queue)
  if (problem !== undefined) yield { key: 'topics.regex', message: problem }
}

const MAX_TOPIC_NAME = 249

/** What is wrong with a pattern beside a dead letter queue. */
function matchProblem(pattern: string, queue: string): string | undefined {
  // No topic has a longer name.
  if (queue.length > MAX_TOPIC_NAME) return undefined
  try {
    if (!JavaRegex.compile(pattern, { key: 'topics.regex', limitMs: REQUEST_LIMIT_MS }).matches(queue))
      return undefined
  } catch (error) {
    if (error instanceof SlowRegexError) {
      return `Whether the DLQ topic '${queue}' is among the topics cannot be told. ${error.message}`
    }
    throw error
  }
  return (
    `The DLQ topic '${queue}' may not be matched by the regex for the topics ('topics.regex=${pattern}') ` +
    'consumed by the connector'
  )
}

const PREFIXES = [
  'transforms.',
  'predicates.',
  'key.converter.',
  'value.converter.',
  'header.converter.',
  'consumer.override.',
  'producer.override.',
  'admin.override.',
]

/** True for keys that transformations, predicates, converters or Kafka clients read. */
export function isForeignConnectorKey(key: string): boolean {
  return PREFIXES.some((prefix) => key.startsWith(prefix))
}
