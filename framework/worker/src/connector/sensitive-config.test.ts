import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { configDef, type RawConfig } from '../../../api/src/config/config-def.ts'
import { noModules } from '../../../api/src/config/module-door.ts'
import type { Plugin } from '../../../api/src/config/plugin-base.ts'
import { pluginKind } from '../../../api/src/config/plugin-kind.ts'
import { PluginRegistry } from '../../../api/src/connector/plugin-registry.ts'
import type { SinkConnectorPlugin } from '../../../api/src/connector/sink-connector.ts'
import type { TransformationPlugin } from '../../../api/src/connector/transformation.ts'
import { builtInConverters } from '../../../converters/src/built-in-converters.ts'
import { SensitiveConfigs } from './sensitive-config.ts'
import { workerConfig } from '../config/worker-config.ts'

const key = { importance: 'high', doc: '' } as const
const unused = (): never => {
  throw new Error('nothing runs here')
}
const TOOLS = pluginKind({ name: 'tool', suffixes: [], makers: [] })
const sink: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'a.Sink',
  version: '1',
  doc: '',
  config: configDef({
    'connection.url': { type: 'string', ...key },
    'connection.user': { type: 'string', ...key },
    'connection.password': { type: 'password', ...key },
    'token.count': { type: 'int', ...key },
    tool: { type: 'class', plugin: TOOLS, ...key },
  }),
  create: unused,
  createTask: unused,
}
const transformation: TransformationPlugin = {
  kind: 'transformation',
  className: 'a.Encrypt',
  version: '1',
  doc: '',
  config: configDef({ key: { type: 'password', ...key }, field: { type: 'string', ...key } }),
  create: unused,
}
const tool: Plugin = {
  kind: 'tool',
  className: 'a.Vault',
  doc: '',
  config: configDef({
    'vault.seal': { type: 'password', ...key },
    'vault.token': { type: 'string', ...key },
    // It is the sink's, and stays secret.
    'connection.password': { type: 'string', ...key },
  }),
}
const configs = new SensitiveConfigs({
  ...noModules,
  plugins: new PluginRegistry([sink, transformation, ...builtInConverters, tool], [TOOLS]),
})
const connector = (more: RawConfig): RawConfig => ({
  name: 'c',
  'connector.class': 'a.Sink',
  topics: 't',
  ...more,
})

/** Each with what users see who may only read, and what is hidden in texts. */
const CASES: readonly [what: string, config: RawConfig, shown: string, secrets: readonly string[]][] = [
  ['a key for a password', { 'connection.password': 'hunter22' }, '[hidden]', ['hunter22']],
  ['a placeholder under it', { 'connection.password': '${file:/a:b}' }, '[hidden]', []],
  ['a declared key whose name sounds so', { 'token.count': '12345' }, '12345', []],
  [
    'user and password of a URL',
    { 'connection.url': 'http://u:p%40ss@h/x' },
    'http://u:[hidden]@h/x',
    ['p%40ss', 'p@ss'],
  ],
  [
    'parameters of a URL',
    { 'connection.url': 'jdbc:x://h/d?user=u&password=hunter22&sslPassword=swordfish' },
    'jdbc:x://h/d?user=u&password=[hidden]&sslPassword=[hidden]',
    ['hunter22', 'swordfish'],
  ],
  [
    'a key of a transformation',
    { transforms: 'e', 'transforms.e.type': 'a.Encrypt', 'transforms.e.key': 'k-e-y' },
    '[hidden]',
    ['k-e-y'],
  ],
  [
    'an open key of a transformation',
    { transforms: 'e', 'transforms.e.type': 'a.Encrypt', 'transforms.e.field': 'f' },
    'f',
    [],
  ],
  [
    'a key of a plugin that a key of the sink names',
    { tool: 'Vault', 'vault.seal': 'w-a-x' },
    '[hidden]',
    ['w-a-x'],
  ],
  ['an open key of such a plugin', { tool: 'a.Vault', 'vault.token': 'open' }, 'open', []],
  [
    'a secret of the sink that such a plugin reads too',
    { tool: 'Vault', 'connection.password': 'hunter22' },
    '[hidden]',
    ['hunter22'],
  ],
  [
    'a key of such a plugin that is not loaded',
    { tool: './x.js', 'vault.token': 'abcdefg' },
    '[hidden]',
    ['abcdefg'],
  ],
  [
    'any key of a transformation that is not loaded',
    { transforms: 'e', 'transforms.e.type': './x.js', 'transforms.e.any': 'thing' },
    '[hidden]',
    [],
  ],
  [
    'a key of a converter',
    {
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.basic.auth.user.info': 'robot:hunter22',
    },
    '[hidden]',
    ['robot:hunter22', 'hunter22'],
  ],
  [
    'JAAS of a Kafka client',
    { 'consumer.override.sasl.jaas.config': `m required username='u' password="hunt\\"er";` },
    '[hidden]',
    [`m required username='u' password="hunt\\"er";`, 'hunt"er'],
  ],
  ['a key store of a Kafka client', { 'producer.override.ssl.keystore.key': 'pem' }, '[hidden]', ['pem']],
  ['a Kafka client’s open setting', { 'consumer.override.max.poll.records': '5' }, '5', []],
  ['an undeclared key that names a secret', { 'my.api-key': 'abcdefg' }, '[hidden]', ['abcdefg']],
  [
    'an undeclared key of a source of credentials',
    { 's3.credentials.provider.region': 'eu' },
    '[hidden]',
    [],
  ],
  ['an undeclared key', { 'my.colour': 'blue' }, 'blue', []],
  ['a switch that sounds like a secret', { 'my.use.token': 'true' }, '[hidden]', []],
]

suite('what is secret in a connector’s configuration', () => {
  for (const [what, own, expected, secrets] of CASES) {
    test(what, async () => {
      const config = connector(own)
      const sensitive = await configs.ofConnector(config)
      const [last = ''] = Object.keys(own).toReversed()
      assert.deepEqual(sensitive.shown(config), { ...config, [last]: expected })
      assert.deepEqual(sensitive.secretsOf(config).toSorted(), secrets.toSorted())
    })
  }

  test('a short password also with the user before it, and none that is the user’s name', async () => {
    const secretsOf = async (user: string, password: string): Promise<string[]> => {
      const config = connector({ 'connection.user': user, 'connection.password': password })
      return (await configs.ofConnector(config)).secretsOf(config)
    }
    assert.deepEqual(await secretsOf('joe', 'pw1'), ['joe:pw1', 'pw1'])
    assert.deepEqual(await secretsOf('joe', 'hunter22'), ['hunter22'])
    assert.deepEqual(await secretsOf('spillway', 'spillway'), [])
  })

  test('everything but the common keys where the connector’s class is not known', async () => {
    const config = { name: 'c', 'connector.class': './mine.js', topics: 't', any: 'thing', none: null }
    assert.deepEqual((await configs.ofConnector(config)).shown(config), { ...config, any: '[hidden]' })
  })
})

test('what is secret in a worker’s configuration', async () => {
  const config: RawConfig = {
    'bootstrap.servers': 'a:9092',
    'value.converter': 'io.confluent.connect.avro.AvroConverter',
    'value.converter.schema.registry.url': 'http://u:in-the-url@h',
    'value.converter.bearer.auth.token': 'a-token',
    'ssl.key.password': 'key-password',
    'listeners.https.ssl.keystore.password': 'store-password',
    'producer.sasl.jaas.config': 'm required password="producer-password";',
    'config.providers': 'vault',
    'config.providers.vault.class': 'a.Vault',
    'config.providers.vault.param.token': 'vault-token',
    'rest.basic.auth.users.file': '/etc/users',
  }
  const secrets = (await configs.ofWorker(config, workerConfig.keys)).secretsOf(config)
  assert.deepEqual(secrets.toSorted(), [
    'a-token',
    'in-the-url',
    'key-password',
    'm required password="producer-password";',
    'producer-password',
    'store-password',
    'vault-token',
  ])
})
