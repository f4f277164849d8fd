import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { ConfigError } from '../../../api/src/errors/connect-errors.ts'
import { keyOf, settingsFromEnv, settingsInEnv, variableOf } from './env-config.ts'

const CLUSTER = {
  CONNECT_BOOTSTRAP_SERVERS: 'kafka:9092',
  CONNECT_GROUP_ID: 'g',
  CONNECT_CONFIG_STORAGE_TOPIC: 'c',
  CONNECT_OFFSET_STORAGE_TOPIC: 'o',
  CONNECT_STATUS_STORAGE_TOPIC: 's',
  CONNECT_KEY_CONVERTER: 'org.apache.kafka.connect.storage.StringConverter',
  CONNECT_VALUE_CONVERTER: 'org.apache.kafka.connect.json.JsonConverter',
  CONNECT_REST_ADVERTISED_HOST_NAME: 'worker-1',
}

suite('a worker configuration from CONNECT_* variables', () => {
  test('_ is a dot, __ an underscore, ___ a dash', () => {
    assert.equal(keyOf('CONNECT_VALUE_CONVERTER_SCHEMAS_ENABLE'), 'value.converter.schemas.enable')
    assert.equal(keyOf('CONNECT_CONFIG_PROVIDERS_MY__VAULT_CLASS'), 'config.providers.my_vault.class')
    assert.equal(keyOf('CONNECT_CONFIG_PROVIDERS_MY___VAULT_CLASS'), 'config.providers.my-vault.class')
  })

  test('every key has a variable that stands for it', () => {
    const parts = fc.array(fc.stringMatching(/^[a-z0-9]{1,5}$/), { minLength: 1, maxLength: 5 })
    const key = fc
      .tuple(parts, fc.array(fc.constantFrom('.', '_', '-'), { minLength: 5, maxLength: 5 }))
      .map(([words, separators]) => words.reduce((whole, word, i) => `${whole}${separators[i]}${word}`))
    fc.assert(fc.property(key, (name) => keyOf(variableOf(name)) === name))
  })

  test('takes what begins with CONNECT_ and nothing else, but no variable of the image itself', () => {
    assert.deepEqual(
      settingsInEnv({
        ...CLUSTER,
        PATH: '/bin',
        KAFKA_HEAP_OPTS: '-Xmx1g',
        CONNECT_: 'x',
        CONNECT_CUB_KAFKA_TIMEOUT: '40',
        CONNECT_LOG4J_ROOT_LOGLEVEL: 'WARN',
        CONNECT_TOOLS_LOG4J_LOGLEVEL: 'WARN',
        CONNECT_CONSUMER_MAX_POLL_RECORDS: '100',
      }),
      {
        'bootstrap.servers': 'kafka:9092',
        'group.id': 'g',
        'config.storage.topic': 'c',
        'offset.storage.topic': 'o',
        'status.storage.topic': 's',
        'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'rest.advertised.host.name': 'worker-1',
        'consumer.max.poll.records': '100',
      },
    )
  })

  test('all missing and empty variables are named at once, for a standalone worker fewer', () => {
    assert.throws(
      () => settingsFromEnv({}, 'distributed'),
      (error: ConfigError) => {
        assert.deepEqual(error.message.match(/CONNECT_[A-Z_]+/g), Object.keys(CLUSTER))
        return true
      },
    )
    assert.throws(
      () => settingsFromEnv({ CONNECT_KEY_CONVERTER: ' ' }, 'standalone'),
      /CONNECT_BOOTSTRAP_SERVERS, CONNECT_KEY_CONVERTER, CONNECT_VALUE_CONVERTER\./,
    )
  })

  test('the Avro converter needs its registry', () => {
    const env = { ...CLUSTER, CONNECT_VALUE_CONVERTER: 'io.confluent.connect.avro.AvroConverter' }
    assert.throws(
      () => settingsFromEnv(env, 'distributed'),
      /variables: CONNECT_VALUE_CONVERTER_SCHEMA_REGISTRY_URL\./,
    )
    settingsFromEnv({ ...env, CONNECT_VALUE_CONVERTER_SCHEMA_REGISTRY_URL: 'http://r:8081' }, 'distributed')
  })

  test('log levels are those of the root logger and of single ones', () => {
    const { logLevel, logLevels } = settingsFromEnv(
      { ...CLUSTER, CONNECT_LOG4J_ROOT_LOGLEVEL: 'warn', CONNECT_LOG4J_LOGGERS: 'a.b=DEBUG, c=error' },
      'distributed',
    )
    assert.equal(logLevel, 'WARN')
    assert.deepEqual(logLevels, { 'a.b': 'DEBUG', c: 'ERROR' })
    assert.deepEqual(settingsFromEnv(CLUSTER, 'distributed').logLevels, {})
  })

  test('a level that is none is refused with the variable and the levels there are', () => {
    for (const env of [{ CONNECT_LOG4J_ROOT_LOGLEVEL: 'LOUD' }, { CONNECT_LOG4J_LOGGERS: 'a=LOUD' }]) {
      assert.throws(
        () => settingsFromEnv({ ...CLUSTER, ...env }, 'distributed'),
        new RegExp(`${Object.keys(env)[0]}.*levels are OFF`),
      )
    }
  })
})
