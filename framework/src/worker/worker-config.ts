import { type ConfigOf, configDef } from '../config/config-def.ts'
import { allOf, nonEmpty, oneOf, range, type Validator } from '../config/validators.ts'
import { parseListener } from '../rest/listener.ts'

const group = 'Worker'

/** Every entry is an address the REST API can listen on. */
const listenerAddresses: Validator = {
  describe: () => 'protocol://host:port, …',
  check: (_key, value) => {
    for (const listener of value as string[]) parseListener(listener)
  },
}

/** Keys of every worker (Java: `WorkerConfig`). */
export const workerConfig = configDef({
  'bootstrap.servers': {
    type: 'list',
    default: ['localhost:9092'],
    validator: nonEmpty,
    importance: 'high',
    group,
    doc: 'Brokers (host:port) to find the Kafka cluster by.',
  },
  'key.converter': {
    type: 'class',
    importance: 'high',
    group,
    doc: 'Converter of record keys, unless a connector names its own. Its own keys stand below `key.converter.`.',
  },
  'value.converter': {
    type: 'class',
    importance: 'high',
    group,
    doc: 'Converter of record values, unless a connector names its own. Its own keys stand below `value.converter.`.',
  },
  'header.converter': {
    type: 'class',
    default: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    importance: 'low',
    group,
    doc: 'Converter of header values, unless a connector names its own.',
  },
  'offset.flush.interval.ms': {
    type: 'long',
    default: 60_000,
    validator: range(1),
    importance: 'low',
    group,
    doc: 'How often, in ms, tasks commit their offsets.',
  },
  'offset.flush.timeout.ms': {
    type: 'long',
    default: 5_000,
    importance: 'low',
    group,
    doc: 'How long, in ms, a commit may take before it is counted as failed.',
  },
  'task.shutdown.graceful.timeout.ms': {
    type: 'long',
    default: 5_000,
    importance: 'low',
    group,
    doc: 'How long, in ms, tasks have to end: uploads in flight are finished and their offsets committed in this time.',
  },
  listeners: {
    type: 'list',
    default: ['http://:8083'],
    validator: allOf(nonEmpty, listenerAddresses),
    importance: 'low',
    group: 'REST',
    doc: 'Where the REST API listens, `http://host:port`; an empty host means every interface.',
  },
  'rest.advertised.host.name': {
    type: 'string',
    default: null,
    importance: 'low',
    group: 'REST',
    doc: 'Host name that other workers and clients reach this worker by.',
  },
  'rest.advertised.port': {
    type: 'int',
    default: null,
    importance: 'low',
    group: 'REST',
    doc: 'Port that other workers and clients reach this worker by.',
  },
  'plugin.path': {
    type: 'list',
    default: [],
    importance: 'low',
    group,
    doc: 'Folders with plugins, separated by commas; packages in node_modules are found without it.',
  },
  'config.providers': {
    type: 'list',
    default: [],
    importance: 'low',
    group,
    doc: 'Names of configuration providers; each has its class in `config.providers.<name>.class`.',
  },
  'connector.client.config.override.policy': {
    type: 'string',
    default: 'All',
    validator: oneOf('All', 'None', 'Principal'),
    importance: 'low',
    group,
    doc: 'Which Kafka client settings a connector may override: All, None, or Principal (its credentials alone).',
  },
  'topic.tracking.enable': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group,
    doc: 'Keeps the topics each connector has read, for `GET /connectors/{c}/topics`.',
  },
  'topic.tracking.allow.reset': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group,
    doc: 'Lets `PUT /connectors/{c}/topics/reset` forget them.',
  },
  'buffer.memory.bytes': {
    type: 'long',
    default: 64 * 1024 * 1024,
    validator: range(1024 * 1024),
    importance: 'medium',
    group: 'Buffers',
    ours: true,
    doc: 'Memory for the open files of every task of this worker together, in bytes; beyond it they go to disk.',
  },
  'buffer.disk.bytes': {
    type: 'long',
    default: 10 * 1024 * 1024 * 1024,
    validator: range(1024 * 1024),
    importance: 'medium',
    group: 'Buffers',
    ours: true,
    doc: 'Disk for spilled open files of every task of this worker together, in bytes; beyond it consumption pauses.',
  },
  'buffer.dir': {
    type: 'string',
    default: null,
    importance: 'medium',
    group: 'Buffers',
    ours: true,
    doc: 'Folder for spilled open files; a cache of Kafka that may be lost. Default: `spillway` in the temporary folder of the system; each process makes a folder of its own in it and removes what dead ones left.',
  },
  'task.threads': {
    type: 'int',
    default: 0,
    validator: range(0),
    importance: 'low',
    group,
    ours: true,
    doc: 'Worker threads that tasks are spread over; 0 takes one per core, at most 8.',
  },
  'task.thread.stall.timeout.ms': {
    type: 'int',
    default: 10_000,
    validator: range(1_000),
    importance: 'low',
    group,
    ours: true,
    doc: 'How long, in ms, a task may keep its thread busy without a pause; then the thread is ended, the task is FAILED and its neighbours start again in other threads.',
  },
  'task.thread.memory.mb': {
    type: 'int',
    default: 0,
    validator: range(0),
    importance: 'low',
    group,
    ours: true,
    doc: 'Heap of each task thread in MiB; a task that needs more costs its thread. 0 leaves it to Node.',
  },
})

/** Keys of a standalone worker alone (Java: `StandaloneConfig`). */
export const standaloneConfig = workerConfig.and(
  configDef({
    'offset.storage.file.filename': {
      type: 'string',
      default: null,
      importance: 'low',
      group,
      doc: 'Accepted for compatibility and not used: sink offsets live in Kafka.',
    },
  }),
)

export type WorkerConfig = ConfigOf<typeof workerConfig>
export type StandaloneConfig = ConfigOf<typeof standaloneConfig>

const PREFIXES = [
  'producer.',
  'consumer.',
  'admin.',
  'config.providers.',
  'key.converter.',
  'value.converter.',
  'header.converter.',
  'internal.key.converter',
  'internal.value.converter',
  'sasl.',
  'ssl.',
  'security.',
  'listeners.',
  'metrics.',
  'metric.',
  'rest.',
  'response.http.',
  'access.control.',
  'kafka.',
]
const ACCEPTED = [
  'plugin.discovery',
  'client.id',
  'client.dns.lookup',
  'topic.creation.enable',
  'admin.listeners',
  'socket.connection.setup.timeout.ms',
  'request.timeout.ms',
  'connections.max.idle.ms',
  'metadata.max.age.ms',
  'retry.backoff.ms',
  'reconnect.backoff.ms',
  'reconnect.backoff.max.ms',
  'bootstrap.controllers',
]

/** True for keys that belong to Kafka clients, converters or providers, or that Connect accepts and we need not act on. */
export function isForeignWorkerKey(key: string): boolean {
  return ACCEPTED.includes(key) || PREFIXES.some((prefix) => key.startsWith(prefix))
}
