import {
  allOf,
  configDef,
  ConfigError,
  type ConfigOf,
  DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
  nonEmpty,
  oneOf,
  range,
  type Validator,
} from '@spillway/api'
import { CLIENT_NAMES } from '@spillway/kafka'
import { parseListener } from './listener.ts'
import { parseHeaderRules } from './response-headers.ts'
import { ANONYMOUS_PATHS } from './anonymous-paths.ts'
import { BASIC_AUTH_EXTENSION } from './credentials.ts'

const group = 'Worker'

/** Every entry is an address the REST API can listen on. */
const listenerAddresses: Validator = {
  describe: () => 'protocol://host:port, …',
  check: (_key, value) => {
    for (const listener of (value ?? []) as string[]) parseListener(listener)
  },
}

const responseHeaderRules: Validator = {
  describe: () => '[set|add|setDate|addDate] name: value, …',
  check: (_key, value) => void parseHeaderRules(value as string),
}

const restExtensions: Validator = {
  describe: () => `[${BASIC_AUTH_EXTENSION}]`,
  options: [BASIC_AUTH_EXTENSION],
  check(key, value) {
    const unknown = (value as string[]).find((name) => name !== BASIC_AUTH_EXTENSION)
    if (unknown === undefined) return
    throw ConfigError.invalidValue(key, unknown, `The only extension there is is ${BASIC_AUTH_EXTENSION}`)
  },
}

const anonymousPaths: Validator = {
  describe: () => `any of ${ANONYMOUS_PATHS.join(', ')}`,
  options: ANONYMOUS_PATHS,
  check(key, value) {
    const other = (value as string[]).find((path) => !ANONYMOUS_PATHS.some((known) => known === path))
    if (other === undefined) return
    throw ConfigError.invalidValue(key, other, `Each must be one of ${ANONYMOUS_PATHS.join(', ')}`)
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
  'admin.listeners': {
    type: 'list',
    default: null,
    validator: listenerAddresses,
    importance: 'low',
    group: 'REST',
    doc: 'Where `/admin/loggers` is served: unset for the same as `listeners`, empty for nowhere, otherwise addresses of its own. Their TLS settings stand below `admin.listeners.https.`.',
  },
  'access.control.allow.origin': {
    type: 'string',
    default: '',
    importance: 'low',
    group: 'REST',
    doc: 'Origins whose pages may use the REST API (CORS), separated by commas; `*` for all, empty for none.',
  },
  'access.control.allow.methods': {
    type: 'string',
    default: '',
    importance: 'low',
    group: 'REST',
    doc: 'Methods that pages of those origins may use, separated by commas; empty for GET, POST and HEAD.',
  },
  'response.http.headers.config': {
    type: 'string',
    default: '',
    validator: responseHeaderRules,
    importance: 'low',
    group: 'REST',
    doc: 'Headers of every answer: `[set|add|setDate|addDate] name: value`, separated by commas; one with a comma in it stands in double quotes. A date is given in ms from now.',
  },
  'rest.extension.classes': {
    type: 'list',
    default: [],
    validator: restExtensions,
    importance: 'low',
    group: 'REST',
    doc: 'Extensions of the REST API. There is one: `org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension`, whose users come from `rest.basic.auth.users.file`.',
  },
  'rest.basic.auth.users.file': {
    type: 'string',
    default: null,
    importance: 'medium',
    group: 'REST',
    ours: true,
    doc: 'File with lines `user=password`: with it, every request to the REST API needs one of them (basic authentication).',
  },
  'rest.bearer.tokens.file': {
    type: 'string',
    default: null,
    importance: 'medium',
    group: 'REST',
    ours: true,
    doc: 'File with lines `user=token`: with it, every request to the REST API needs one of the tokens (`Authorization: Bearer`), or a user of `rest.basic.auth.users.file`.',
  },
  'rest.read.only.users': {
    type: 'list',
    default: [],
    importance: 'medium',
    group: 'REST',
    ours: true,
    doc: 'Users who may read and validate but change nothing, and see no secrets: docs/guides/security.md.',
  },
  'rest.anonymous.paths': {
    type: 'list',
    default: [],
    validator: anonymousPaths,
    importance: 'medium',
    group: 'REST',
    ours: true,
    doc: 'Paths that may be read without a login where logins are asked for: `/health` for probes, `/metrics` for scrapes, `/`, `/openapi.json`.',
  },
  'ssl.client.auth': {
    type: 'string',
    default: 'none',
    validator: oneOf('none', 'requested', 'required'),
    importance: 'low',
    group: 'REST',
    doc: 'Whether clients of an `https://` listener are asked for a certificate: none, requested, or required. The listener itself has its certificate and key in PEM from `ssl.keystore.certificate.chain` and `ssl.keystore.key`, or `ssl.keystore.location`; where any key stands below `listeners.https.`, those replace `ssl.*` altogether.',
  },
  'plugin.path': {
    type: 'list',
    default: [],
    importance: 'low',
    group,
    doc: 'Folders of plugins, separated by commas: each a package with `spillway.plugins` in its package.json, or a folder of such packages. Those in the node_modules of the working folder are found without it.',
  },
  'plugin.module.path': {
    type: 'list',
    default: [],
    importance: 'low',
    group,
    ours: true,
    doc: 'Folders of single modules, separated by commas. A connector that is created or changed over REST may name modules (`./my-partitioner.js`) in these and in `plugin.path`, and no others. Whoever can write into them runs code in the worker.',
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
    validator: oneOf('All', 'None', 'Principal', 'Allowlist'),
    importance: 'low',
    group,
    doc:
      'Which Kafka client settings a connector may override: All, None, Principal (its credentials alone), or those of ' +
      '`connector.client.config.override.allowlist` (Allowlist).',
  },
  'connector.client.config.override.allowlist': {
    type: 'list',
    default: [],
    importance: 'low',
    group,
    doc: 'Kafka client settings that connectors may override under the policy Allowlist.',
  },
  'kafka.client': {
    type: 'string',
    default: CLIENT_NAMES[0],
    validator: oneOf(...CLIENT_NAMES),
    importance: 'low',
    group,
    doc:
      'Kafka library of all clients of this worker. kafkajs has no static members, no fencing by generation in ' +
      'transactions and no topic ids; what needs them is refused (docs/decisions/0001).',
  },
  'consumer.max.decompressed.batch.bytes': {
    type: 'long',
    default: DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
    validator: range(1),
    importance: 'low',
    group,
    ours: true,
    doc:
      'Largest size, in bytes, of a compressed batch of records once it is unpacked. A larger one fails its task, with ' +
      'its offset: its records cannot be told, so none is skipped. `consumer.override.max.decompressed.batch.bytes` of a ' +
      'connector stands in its place; `spillway restore` takes lines and blocks of objects by the same bound.',
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
    doc: 'Folder for spilled open files; a cache of Kafka that may be lost. Default: a folder in the temporary folder of the system for this worker and its user alone, which is removed when the worker ends. Workers of one user may share a folder that is named here: each process makes its own folder in it, and removes those of dead processes.',
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
    doc: 'How long, in ms, a task may keep its thread busy without a pause. After that the thread is ended and the task is FAILED. Its neighbours start again in other threads.',
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
  'admin.listeners.',
  'kafka.',
]
const ACCEPTED = [
  'plugin.discovery',
  'client.id',
  'client.dns.lookup',
  'topic.creation.enable',
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
