/**
 * Configuration keys of Kafka's Java clients that mean nothing here and change nothing a user would miss: classes to
 * load, metrics to report, buffers and back-offs that this client sizes by itself.
 */
const JAVA_ONLY = new Set([
  'auto.commit.interval.ms',
  'auto.include.jmx.reporter',
  'batch.size',
  'buffer.memory',
  'check.crcs',
  'client.dns.lookup',
  'default.api.timeout.ms',
  'enable.auto.commit',
  'enable.metrics.push',
  'exclude.internal.topics',
  'group.remote.assignor',
  'interceptor.classes',
  'key.deserializer',
  'key.serializer',
  'max.in.flight.requests.per.connection',
  'max.request.size',
  'metadata.max.idle.ms',
  'metadata.recovery.rebootstrap.trigger.ms',
  'metadata.recovery.strategy',
  'metric.reporters',
  'metrics.num.samples',
  'metrics.recording.level',
  'metrics.sample.window.ms',
  'partitioner.adaptive.partitioning.enable',
  'partitioner.availability.timeout.ms',
  'partitioner.ignore.keys',
  'receive.buffer.bytes',
  'reconnect.backoff.max.ms',
  'reconnect.backoff.ms',
  'retries',
  'retry.backoff.max.ms',
  'retry.backoff.ms',
  'security.providers',
  'send.buffer.bytes',
  'socket.connection.setup.timeout.max.ms',
  'socket.connection.setup.timeout.ms',
  'ssl.cipher.suites',
  'ssl.enabled.protocols',
  'ssl.engine.factory.class',
  'ssl.keymanager.algorithm',
  'ssl.protocol',
  'ssl.provider',
  'ssl.secure.random.implementation',
  'ssl.trustmanager.algorithm',
  'value.deserializer',
  'value.serializer',
])
const JAVA_ONLY_PREFIXES = [
  'sasl.login.',
  'sasl.kerberos.',
  'sasl.oauthbearer.',
  'sasl.client.',
  'metrics.context.',
]

/** True for keys that Java clients read and this one passes over without a word. */
export function isJavaOnly(key: string): boolean {
  return JAVA_ONLY.has(key) || JAVA_ONLY_PREFIXES.some((prefix) => key.startsWith(prefix))
}
