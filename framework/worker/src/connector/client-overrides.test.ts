import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { clientProblems, overrideProblems } from './client-overrides.ts'

const CONFIG = {
  name: 'c',
  'consumer.override.max.poll.records': '5',
  'producer.override.sasl.jaas.config': 'x',
  'admin.override.client.id': 'me',
  topics: 't',
}

suite('connector.client.config.override.policy', () => {
  for (const [name, refused] of [
    ['All', []],
    [
      'None',
      [
        'consumer.override.max.poll.records',
        'producer.override.sasl.jaas.config',
        'admin.override.client.id',
      ],
    ],
    ['Principal', ['consumer.override.max.poll.records', 'admin.override.client.id']],
    ['Allowlist', ['producer.override.sasl.jaas.config', 'admin.override.client.id']],
  ] as const) {
    test(`${name} refuses ${refused.length} of three, each by its key`, () => {
      const problems = overrideProblems({ name, allowlist: ['max.poll.records'] }, CONFIG)
      assert.deepEqual(
        problems.map(({ key }) => key),
        refused,
      )
      for (const { key, message } of problems) {
        const setting = key.replace(/^\w+\.override\./, '')
        assert.equal(
          message,
          `The '${name}' policy does not allow '${setting}' to be overridden in the connector configuration.`,
        )
      }
    })
  }
})

suite('client overrides', () => {
  test('that no client can be made with are told by the connector’s own keys', () => {
    const problems = clientProblems(
      { 'bootstrap.servers': 'localhost:9092' },
      { 'consumer.override.fetch.min.bytes': 'few', 'admin.override.security.protocol': 'SASL_SSL' },
    )
    assert.deepEqual(
      problems.map(({ key }) => key),
      ['consumer.override.fetch.min.bytes', 'admin.override.sasl.jaas.config'],
    )
  })

  test('are not asked for where there are none', () => {
    assert.deepEqual(clientProblems({ 'consumer.fetch.min.bytes': 'few' }, { topics: 't' }), [])
  })

  test('of kafkajs cannot make a static member', () => {
    const config = { 'consumer.override.group.instance.id': 'one' }
    assert.deepEqual(clientProblems({}, config), [])
    assert.equal(
      clientProblems({ 'kafka.client': 'kafkajs' }, config)[0]?.key,
      'consumer.override.group.instance.id',
    )
  })
})
