import { type ConfigOf, configDef } from '../../config/config-def.ts'
import { nonEmpty, oneOfIgnoringCase, range } from '../../config/validators.ts'

const group = 'Schema Registry'
const text = { type: 'string', default: '', importance: 'medium', group } as const
const secret = { type: 'password', default: null, importance: 'medium', group } as const

/** Keys of every converter that keeps its schemas in a registry (Java: `AbstractKafkaSchemaSerDeConfig`). */
export const registryConfig = configDef({
  'schema.registry.url': {
    type: 'list',
    validator: nonEmpty,
    importance: 'high',
    group,
    opens: 'host',
    doc: 'Addresses of the schema registry, separated by commas; the next is asked where one does not answer.',
  },
  'auto.register.schemas': {
    type: 'boolean',
    default: true,
    importance: 'medium',
    group,
    doc: 'Registers the schema of what is written; otherwise it must be registered already.',
  },
  'use.latest.version': {
    type: 'boolean',
    default: false,
    importance: 'low',
    group,
    doc: "Writes with the subject's latest schema, where auto.register.schemas is false.",
  },
  'use.schema.id': {
    type: 'int',
    default: -1,
    importance: 'low',
    group,
    doc: 'Writes with the schema of that id, where auto.register.schemas is false; -1 for none.',
  },
  'latest.compatibility.strict': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group,
    doc: 'Accepted for compatibility: a value that the latest schema cannot hold is always refused.',
  },
  'normalize.schemas': {
    type: 'boolean',
    default: false,
    importance: 'medium',
    group,
    doc: 'Asks the registry to compare schemas in normal form, so that the order of properties does not matter.',
  },
  'key.subject.name.strategy': {
    type: 'class',
    default: 'io.confluent.kafka.serializers.subject.TopicNameStrategy',
    importance: 'medium',
    group,
    doc: 'How the subject of a key is named: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy.',
  },
  'value.subject.name.strategy': {
    type: 'class',
    default: 'io.confluent.kafka.serializers.subject.TopicNameStrategy',
    importance: 'medium',
    group,
    doc: 'How the subject of a value is named: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy.',
  },
  'max.schemas.per.subject': {
    type: 'int',
    default: 1000,
    validator: range(1),
    importance: 'low',
    group,
    doc: 'Largest number of schemas the client keeps at hand.',
  },
  'max.retries': {
    type: 'int',
    default: 3,
    validator: range(0),
    importance: 'low',
    group,
    doc: 'How often a request is repeated, over all addresses, before the record fails as retriable.',
  },
  'retries.wait.ms': {
    type: 'int',
    default: 1000,
    validator: range(0),
    importance: 'low',
    group,
    doc: 'Wait before the first repetition, in ms; it doubles each time, with jitter.',
  },
  'retries.max.wait.ms': {
    type: 'int',
    default: 20_000,
    validator: range(0),
    importance: 'low',
    group,
    doc: 'Longest wait between repetitions, in ms.',
  },
  'http.read.timeout.ms': {
    type: 'int',
    default: 10_000,
    validator: range(1),
    importance: 'low',
    group,
    doc: 'Longest wait for one answer of the registry, in ms.',
  },
  'basic.auth.credentials.source': {
    type: 'string',
    default: 'URL',
    validator: oneOfIgnoringCase('URL', 'USER_INFO', 'SASL_INHERIT'),
    importance: 'medium',
    group,
    doc: 'Where user and password come from: the URL, basic.auth.user.info, or sasl.jaas.config.',
  },
  'basic.auth.user.info': { ...secret, doc: '`user:password` for the source USER_INFO.' },
  'schema.registry.basic.auth.user.info': { ...secret, doc: 'Older name of basic.auth.user.info.' },
  'sasl.jaas.config': { ...secret, doc: 'Holds user and password for the source SASL_INHERIT.' },
  'bearer.auth.credentials.source': {
    type: 'string',
    default: 'STATIC_TOKEN',
    validator: oneOfIgnoringCase('STATIC_TOKEN'),
    importance: 'medium',
    group,
    doc: 'Where a bearer token comes from.',
  },
  'bearer.auth.token': { ...secret, doc: 'Token sent to the registry instead of user and password.' },
  'proxy.host': { ...text, doc: 'Host of an HTTP proxy to the registry.' },
  'proxy.port': {
    type: 'int',
    default: -1,
    importance: 'low',
    group,
    doc: 'Port of an HTTP proxy to the registry.',
  },
  'schema.registry.ssl.truststore.location': {
    ...text,
    opens: 'file',
    doc: 'PEM file of the certificates to trust.',
  },
  'schema.registry.ssl.truststore.certificates': {
    ...secret,
    doc: 'The certificates to trust, as PEM text.',
  },
  'schema.registry.ssl.truststore.type': { ...text, doc: 'PEM. Convert other types with keytool.' },
  'schema.registry.ssl.truststore.password': { ...secret, doc: 'Not needed for PEM.' },
  'schema.registry.ssl.keystore.location': {
    ...text,
    opens: 'file',
    doc: 'File of the client certificate: PEM (chain and key), or PKCS12.',
  },
  'schema.registry.ssl.keystore.type': { ...text, doc: 'PEM or PKCS12; by default taken from the file.' },
  'schema.registry.ssl.keystore.password': { ...secret, doc: 'Password of a PKCS12 file.' },
  'schema.registry.ssl.keystore.certificate.chain': {
    ...secret,
    doc: 'The client certificate, as PEM text.',
  },
  'schema.registry.ssl.keystore.key': { ...secret, doc: 'The private key, as PEM text.' },
  'schema.registry.ssl.key.password': { ...secret, doc: 'Password of the private key.' },
  'schema.registry.ssl.endpoint.identification.algorithm': {
    type: 'string',
    default: 'https',
    importance: 'low',
    group,
    doc: "Empty: the registry's certificate need not name its host.",
  },
})

export type RegistryConfig = ConfigOf<typeof registryConfig>
