import { configDef, type ConfigOf, oneOf, range } from '@spillway/api'

const group = 'Error Handling'

/** Keys of every connector (Java: `ConnectorConfig`). */
export const errorHandlingConfig = configDef({
  'errors.retry.timeout': {
    type: 'long',
    default: 0,
    validator: range(-1),
    importance: 'medium',
    group,
    order: 1,
    width: 'medium',
    displayName: 'Retry Timeout for Errors',
    doc: 'How long, in ms, a failed operation is tried again before it counts as an error. 0 tries once, -1 tries without end.',
  },
  'errors.retry.delay.max.ms': {
    type: 'long',
    default: 60_000,
    validator: range(1),
    importance: 'medium',
    group,
    order: 2,
    width: 'medium',
    displayName: 'Maximum Delay Between Retries for Errors',
    doc: 'Longest pause between two tries, in ms; the first is 300 ms and doubles, beyond this bound it is random.',
  },
  'errors.tolerance': {
    type: 'string',
    default: 'none',
    validator: oneOf('none', 'all'),
    recommend: () => [],
    importance: 'medium',
    group,
    order: 3,
    width: 'short',
    displayName: 'Error Tolerance',
    doc: '`none` fails the task at the first bad record; `all` skips bad records (and reports them where a report is configured).',
  },
  'errors.log.enable': {
    type: 'boolean',
    default: false,
    importance: 'medium',
    group,
    order: 4,
    width: 'short',
    displayName: 'Log Errors',
    doc: 'Writes each failed operation to the log.',
  },
  'errors.log.include.messages': {
    type: 'boolean',
    default: false,
    importance: 'medium',
    group,
    order: 5,
    width: 'short',
    displayName: 'Log Error Details',
    doc: "Adds the record's topic, partition, offset and timestamp to that log line; never its key or value.",
  },
})

/** Keys of sink connectors (Java: `SinkConnectorConfig`), and those of ours. */
export const sinkErrorConfig = configDef({
  'errors.deadletterqueue.topic.name': {
    type: 'string',
    default: '',
    importance: 'medium',
    group,
    order: 6,
    width: 'medium',
    displayName: 'Dead Letter Queue Topic Name',
    doc: 'Topic that bad records are sent to as they were read; empty for none.',
  },
  'errors.deadletterqueue.topic.replication.factor': {
    type: 'short',
    default: 3,
    importance: 'medium',
    group,
    order: 7,
    width: 'medium',
    displayName: 'Dead Letter Queue Topic Replication Factor',
    doc: 'Replication factor of the dead letter queue topic where it has to be created; -1 takes the broker default.',
  },
  'errors.deadletterqueue.context.headers.enable': {
    type: 'boolean',
    default: false,
    importance: 'medium',
    group,
    order: 8,
    width: 'medium',
    displayName: 'Enable Error Context Headers',
    doc: 'Adds headers named `__connect.errors.…` that tell where, in which stage and why the record failed.',
  },
  'errors.deadletterqueue.topic.partitions': {
    type: 'int',
    default: 1,
    importance: 'low',
    group,
    order: 12,
    ours: true,
    doc: 'Partitions of the dead letter queue topic where it has to be created; -1 takes the broker default.',
  },
  'errors.restart.max': {
    type: 'int',
    default: 10,
    validator: range(-1),
    importance: 'medium',
    group,
    order: 9,
    ours: true,
    doc: 'How often in a row a FAILED task is started again by itself where its error is retriable; -1 without end, 0 never, as Kafka Connect. An hour without failure begins the count anew.',
  },
  'errors.restart.delay.ms': {
    type: 'long',
    default: 1_000,
    validator: range(1),
    importance: 'low',
    group,
    order: 10,
    ours: true,
    doc: 'Pause before the first restart of a FAILED task, in ms; it doubles each time.',
  },
  'errors.restart.delay.max.ms': {
    type: 'long',
    default: 300_000,
    validator: range(1),
    importance: 'low',
    group,
    order: 11,
    ours: true,
    doc: 'Longest pause before a restart of a FAILED task, in ms.',
  },
})

/** All `errors.*` keys of a sink connector. */
export const errorConfig = errorHandlingConfig.and(sinkErrorConfig)

export type ErrorConfig = ConfigOf<typeof errorConfig>
