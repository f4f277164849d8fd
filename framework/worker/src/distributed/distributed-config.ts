import {
  type CheckInput,
  configDef,
  type ConfigOf,
  type ConfigProblem,
  nonEmpty,
  oneOf,
  range,
  rule,
} from '@spillway/api'
import { isForeignWorkerKey, workerConfig } from '../config/worker-config.ts'

const group = 'Distributed'
const TOPICS = ['config', 'offset', 'status'] as const

const replication = rule('positive, or -1 for the default of the brokers', (value) =>
  Number(value) === -1 || Number(value) >= 1 ? undefined : 'Value must be -1 or at least 1',
)

/** Keys of a distributed worker (Java: `DistributedConfig`). */
export const distributedConfig = workerConfig.and(
  configDef(
    {
      'group.id': {
        type: 'string',
        validator: nonEmpty,
        importance: 'high',
        group,
        doc: 'Name of the Connect cluster: workers with the same one share its connectors.',
      },
      'config.storage.topic': {
        type: 'string',
        validator: nonEmpty,
        importance: 'high',
        group,
        doc: 'Topic that connector configurations are kept in; one partition, compacted.',
      },
      'config.storage.replication.factor': {
        type: 'int',
        default: 3,
        validator: replication,
        importance: 'low',
        group,
        doc: 'Replicas of the configuration topic where the worker creates it.',
      },
      'offset.storage.topic': {
        type: 'string',
        validator: nonEmpty,
        importance: 'high',
        group,
        doc: 'Topic for the offsets of source connectors. Created as Connect does; sink offsets live in consumer groups.',
      },
      'offset.storage.partitions': {
        type: 'int',
        default: 25,
        validator: replication,
        importance: 'low',
        group,
        doc: 'Partitions of the offset topic where the worker creates it.',
      },
      'offset.storage.replication.factor': {
        type: 'int',
        default: 3,
        validator: replication,
        importance: 'low',
        group,
        doc: 'Replicas of the offset topic where the worker creates it.',
      },
      'status.storage.topic': {
        type: 'string',
        validator: nonEmpty,
        importance: 'high',
        group,
        doc: 'Topic that the states of connectors and tasks are kept in; compacted.',
      },
      'status.storage.partitions': {
        type: 'int',
        default: 5,
        validator: replication,
        importance: 'low',
        group,
        doc: 'Partitions of the status topic where the worker creates it.',
      },
      'status.storage.replication.factor': {
        type: 'int',
        default: 3,
        validator: replication,
        importance: 'low',
        group,
        doc: 'Replicas of the status topic where the worker creates it.',
      },
      'session.timeout.ms': {
        type: 'int',
        default: 6_000,
        validator: range(1),
        importance: 'high',
        group,
        doc:
          'How long, in ms, a worker may be silent before its connectors and tasks go to others (Connect: 10000). ' +
          'Brokers take no less than their group.min.session.timeout.ms, 6000 by default.',
      },
      'heartbeat.interval.ms': {
        type: 'int',
        default: 1_000,
        validator: range(1),
        importance: 'high',
        group,
        doc: 'How often, in ms, a worker tells that it is alive and hears of rebalances (Connect: 3000).',
      },
      'rebalance.timeout.ms': {
        type: 'int',
        default: 60_000,
        validator: range(1),
        importance: 'high',
        group,
        doc: 'How long, in ms, workers have to join a rebalance.',
      },
      'scheduled.rebalance.max.delay.ms': {
        type: 'int',
        default: 0,
        validator: range(0),
        importance: 'low',
        group,
        doc: 'How long, in ms, connectors and tasks of a worker that is gone wait for its return (Connect: 300000).',
      },
      'connect.protocol': {
        type: 'string',
        default: 'sessioned',
        validator: oneOf('sessioned', 'compatible', 'eager'),
        importance: 'low',
        group,
        doc: 'Accepted for compatibility and not used: the workers of a cluster speak one protocol, always incremental.',
      },
    },
    [heartbeatsFitTheSession, topicsDiffer],
  ),
)

export type DistributedConfig = ConfigOf<typeof distributedConfig>

/** True for keys that Connect's distributed worker knows and ours need not act on, and for settings of internal topics. */
export function isForeignDistributedKey(key: string): boolean {
  return (
    isForeignWorkerKey(key) ||
    key.startsWith('inter.worker.') ||
    ['worker.sync.timeout.ms', 'worker.unsync.backoff.ms', 'exactly.once.source.support'].includes(key) ||
    TOPICS.some((topic) => key.startsWith(`${topic}.storage.`))
  )
}

function* heartbeatsFitTheSession({ values }: CheckInput): Iterable<ConfigProblem> {
  const heartbeat = values['heartbeat.interval.ms'] as number | undefined
  const session = values['session.timeout.ms'] as number | undefined
  if (heartbeat === undefined || session === undefined || heartbeat < session) return
  yield {
    key: 'heartbeat.interval.ms',
    message: `heartbeat.interval.ms (${heartbeat}) must be less than session.timeout.ms (${session}); a third of it or less is usual.`,
  }
}

function* topicsDiffer({ values }: CheckInput): Iterable<ConfigProblem> {
  const seen = new Map<unknown, string>()
  for (const topic of TOPICS) {
    const key = `${topic}.storage.topic`
    const name = values[key]
    const other = seen.get(name)
    if (name !== undefined && other !== undefined) {
      yield { key, message: `${key} and ${other} name the same topic '${String(name)}': each needs its own.` }
    }
    seen.set(name, key)
  }
}
