import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { ConfigError } from '../../api/src/errors/connect-errors.ts'
import { clientOptions } from './client-options.ts'

const SERVERS = { 'bootstrap.servers': 'a:9092, [::1]:9093' }

function assertRefused(config: Record<string, string>, key: string, pattern = /./): void {
  assert.throws(
    () => clientOptions({ ...SERVERS, ...config }),
    (error: unknown) => error instanceof ConfigError && error.key === key && pattern.test(error.message),
  )
}

describe('clientOptions', () => {
  test('reads the keys of a consumer', () => {
    const { cluster, consumer, warnings } = clientOptions({
      ...SERVERS,
      'group.id': 'g',
      'client.id': 'c',
      'group.instance.id': 'i',
      'client.rack': 'r',
      'auto.offset.reset': 'Latest',
      'isolation.level': 'read_committed',
      'session.timeout.ms': '1000',
      'heartbeat.interval.ms': '300',
      'max.poll.interval.ms': '60000',
      'max.poll.records': '7',
      'fetch.min.bytes': '1',
      'fetch.max.bytes': '2',
      'fetch.max.wait.ms': '3',
      'max.partition.fetch.bytes': '4',
      'metadata.max.age.ms': '5',
      'allow.auto.create.topics': 'false',
      'request.timeout.ms': '40000',
      'partition.assignment.strategy':
        'org.apache.kafka.clients.consumer.RangeAssignor, org.apache.kafka.clients.consumer.CooperativeStickyAssignor,sticky',
    })
    assert.deepEqual(cluster, { bootstrapServers: ['a:9092', '[::1]:9093'], requestTimeoutMs: 40_000 })
    assert.deepEqual(consumer, {
      groupId: 'g',
      clientId: 'c',
      groupInstanceId: 'i',
      clientRack: 'r',
      autoOffsetReset: 'latest',
      isolationLevel: 'read_committed',
      sessionTimeoutMs: 1_000,
      heartbeatIntervalMs: 300,
      maxPollIntervalMs: 60_000,
      maxPollRecords: 7,
      fetchMinBytes: 1,
      fetchMaxBytes: 2,
      fetchMaxWaitMs: 3,
      maxPartitionFetchBytes: 4,
      metadataMaxAgeMs: 5,
      allowAutoCreateTopics: false,
      partitionAssignmentStrategy: ['range', 'cooperative-sticky', 'sticky'],
    })
    assert.deepEqual(warnings, [])
  })

  test('reads the keys of a producer', () => {
    for (const [text, acks] of [
      ['all', 'all'],
      ['-1', 'all'],
      ['1', 'leader'],
      ['0', 'none'],
    ] as const) {
      assert.equal(clientOptions({ ...SERVERS, acks: text }).producer.acks, acks)
    }
    const { producer } = clientOptions({
      ...SERVERS,
      'compression.type': 'zstd',
      'linger.ms': '5',
      'delivery.timeout.ms': '9000',
      'max.block.ms': '0',
      'enable.idempotence': 'true',
      'transactional.id': 't',
      'transaction.timeout.ms': '1000',
    })
    assert.deepEqual(producer, {
      compression: 'zstd',
      lingerMs: 5,
      deliveryTimeoutMs: 9_000,
      maxBlockMs: 0,
      idempotent: true,
      transactionalId: 't',
      transactionTimeoutMs: 1_000,
    })
  })

  test('reads credentials out of sasl.jaas.config', () => {
    const { cluster } = clientOptions({
      ...SERVERS,
      'security.protocol': 'sasl_ssl',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required\n username="me" password="a\\"b;= c" tokenauth=true;',
    })
    assert.equal(cluster.securityProtocol, 'SASL_SSL')
    assert.deepEqual(cluster.sasl, { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'a"b;= c' })
  })

  test('reads PEM from files and from text, and lets the host name go unchecked on demand', () => {
    const dir = mkdtempSync(join(tmpdir(), 'client-options-'))
    try {
      const path = join(dir, 'ca.pem')
      writeFileSync(path, '-----BEGIN CERTIFICATE-----\nfile\n')
      const { cluster } = clientOptions({
        ...SERVERS,
        'security.protocol': 'SSL',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': path,
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.certificate.chain': '-----BEGIN CERTIFICATE-----\\nchain',
        'ssl.keystore.key': '-----BEGIN PRIVATE KEY-----\nkey',
        'ssl.key.password': 'secret',
        'ssl.endpoint.identification.algorithm': '',
      })
      assert.deepEqual(cluster.tls, {
        ca: '-----BEGIN CERTIFICATE-----\nfile\n',
        cert: '-----BEGIN CERTIFICATE-----\nchain',
        key: '-----BEGIN PRIVATE KEY-----\nkey',
        passphrase: 'secret',
        verifyHostname: false,
      })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  test('refuses a JKS store, and says what to do instead', () => {
    const jks = { 'ssl.truststore.location': '/etc/trust.jks', 'ssl.truststore.password': 'p' }
    assertRefused(jks, 'ssl.truststore.type', /JKS .*PEM.*ssl\.truststore\.certificates/)
    assertRefused({ ...jks, 'ssl.truststore.type': 'PKCS12' }, 'ssl.truststore.type', /PKCS12/)
    assertRefused({ 'ssl.keystore.type': 'JKS' }, 'ssl.keystore.type', /ssl\.keystore\.key/)
  })

  test('refuses values that cannot be used, naming the key', () => {
    assert.throws(() => clientOptions({}), /bootstrap\.servers is needed/)
    assertRefused({ 'bootstrap.servers': 'host' }, 'bootstrap.servers', /host:port/)
    assertRefused({ 'bootstrap.servers': 'host:99999' }, 'bootstrap.servers')
    assertRefused({ 'session.timeout.ms': '10s' }, 'session.timeout.ms', /10s/)
    assertRefused({ 'max.poll.records': '0' }, 'max.poll.records', /at least 1/)
    assertRefused({ 'auto.offset.reset': 'smallest' }, 'auto.offset.reset', /earliest, latest, none/)
    assertRefused({ 'partition.assignment.strategy': 'com.example.Mine' }, 'partition.assignment.strategy')
    assertRefused({ acks: '2' }, 'acks')
    assertRefused({ 'allow.auto.create.topics': 'yes' }, 'allow.auto.create.topics')
    assertRefused({ 'security.protocol': 'SASL_SSL' }, 'sasl.jaas.config', /is needed/)
    assertRefused({ 'ssl.truststore.certificates': 'MIIB' }, 'ssl.truststore.certificates', /PEM/)
  })

  test('never shows what is in sasl.jaas.config', () => {
    const config = { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': 'Module required password="hunter2"' }
    assert.throws(
      () => clientOptions({ ...SERVERS, ...config }),
      (error: Error) => error.message.includes('semicolon') && !error.message.includes('hunter2'),
    )
  })

  test('passes over what only Java knows, and warns of what nobody does', () => {
    const { warnings } = clientOptions({
      ...SERVERS,
      'key.deserializer': 'org.apache.kafka.common.serialization.ByteArrayDeserializer',
      'metric.reporters': 'x',
      'sasl.login.class': 'y',
      'max.pol.records': '5',
    })
    assert.deepEqual(warnings, ['Kafka client configuration max.pol.records is not known and has no effect'])
  })
})
