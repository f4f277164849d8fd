import assert from 'node:assert/strict'

import { reader } from './assign-cases.ts'
import { pollUntil, valuesOf } from './harness.ts'
import type { Case, Harness } from './harness.ts'
import { KafkaAuthError, KafkaUnavailableError } from '@spillway/api'
import type { ClusterOptions } from '@spillway/api'
import { unsecuredTokens } from '../oauth-token.ts'
import { type SecureBroker, USER, USER_WITHOUT_GROUPS } from './secure-broker.ts'

/** A case against a broker that asks who one is. */
export interface SecurityCase extends Omit<Case, 'run'> {
  readonly run: (broker: SecureBroker, connect: (cluster: ClusterOptions) => Harness) => Promise<void>
}

type Sasl = NonNullable<ClusterOptions['sasl']>

const PLAIN: Sasl = { mechanism: 'PLAIN', ...USER }

/** Sends a record, reads it back in a group, commits. */
async function goesRound(kafka: Harness): Promise<void> {
  const topic = await kafka.topic()
  await kafka.produce(topic, ['hello'])
  const member = kafka.member(topic)
  await pollUntil([member], () => member.records.length === 1, 'the record')
  assert.deepEqual(valuesOf(member.records), ['hello'])
  await member.consumer.commit(new Map([[{ topic, partition: 0 }, { offset: 1n }]]))
}

async function isRefused(kafka: Harness, pattern: RegExp): Promise<void> {
  const refused = (error: unknown): boolean => error instanceof KafkaAuthError && pattern.test(error.message)
  await assert.rejects(kafka.admin.listTopics(), refused)
  const member = kafka.member(kafka.name('topic'))
  await assert.rejects(
    pollUntil([member], () => false, 'an error'),
    refused,
  )
}

/** Credentials and certificates. */
export const securityCases: readonly SecurityCase[] = [
  {
    name: 'works over SASL_PLAINTEXT with PLAIN, and through the renewal of its credentials',
    async run({ servers }, connect) {
      const bootstrapServers = [servers.SASL_PLAINTEXT]
      await using kafka = connect({ bootstrapServers, securityProtocol: 'SASL_PLAINTEXT', sasl: PLAIN })
      const topic = await kafka.topic()
      const producer = kafka.producer()
      const member = kafka.member(topic)
      let sent = 0
      for (const begin = performance.now(); performance.now() - begin < 6_000; sent++) {
        await producer.send([{ topic, value: Buffer.from(`v${sent}`) }])
        member.records.push(...(await member.consumer.poll(20)))
      }
      await pollUntil([member], () => member.records.length >= sent, 'all records')
      assert.deepEqual(
        valuesOf(member.records),
        Array.from({ length: sent }, (_, i) => `v${i}`),
      )
      assert.equal(member.consumer.lastProblem(), undefined)
    },
  },
  {
    name: 'reads partitions that the caller names where there are no rights to any group',
    async run({ servers }, connect) {
      await using kafka = connect({
        bootstrapServers: [servers.SASL_PLAINTEXT],
        securityProtocol: 'SASL_PLAINTEXT',
        sasl: { mechanism: 'PLAIN', ...USER_WITHOUT_GROUPS },
      })
      const topic = await kafka.topic()
      await kafka.produce(topic, ['one', 'two'])
      const member = kafka.member(topic)
      await assert.rejects(
        pollUntil([member], () => false, 'an error'),
        (error: unknown) => error instanceof KafkaAuthError && /group/i.test(error.message),
      )
      const alone = reader(kafka, [{ topic, partition: 0 }])
      await pollUntil([alone], () => alone.records.length === 2, 'the records')
      assert.deepEqual(await alone.consumer.endOffsets([{ topic, partition: 0 }]), [2n])
      assert.equal(alone.consumer.lastProblem(), undefined)
    },
  },
  {
    name: 'works over SASL_PLAINTEXT with SCRAM-SHA-512',
    async run({ servers }, connect) {
      await using kafka = connect({
        bootstrapServers: [servers.SASL_PLAINTEXT],
        securityProtocol: 'SASL_PLAINTEXT',
        sasl: { mechanism: 'SCRAM-SHA-512', ...USER },
      })
      await goesRound(kafka)
    },
  },
  {
    name: 'works over SASL_SSL, trusting the certificate it is given',
    async run({ servers, certificate }, connect) {
      const secure = { securityProtocol: 'SASL_SSL', sasl: PLAIN, tls: { ca: certificate } } as const
      await using kafka = connect({ bootstrapServers: [servers.SASL_SSL], ...secure })
      await goesRound(kafka)
    },
  },
  {
    name: 'works over SSL',
    async run({ servers, certificate }, connect) {
      const secure = { securityProtocol: 'SSL', tls: { ca: certificate } } as const
      await using kafka = connect({ bootstrapServers: [servers.SSL], ...secure })
      await goesRound(kafka)
    },
  },
  {
    name: 'works over SASL_PLAINTEXT with OAUTHBEARER, asking for a token as it needs one',
    async run({ servers }, connect) {
      let asked = 0
      await using kafka = connect({
        bootstrapServers: [servers.SASL_PLAINTEXT],
        securityProtocol: 'SASL_PLAINTEXT',
        sasl: {
          mechanism: 'OAUTHBEARER',
          token: async () => {
            asked++
            return await unsecuredTokens({ unsecuredLoginStringClaim_sub: 'client' })()
          },
        },
      })
      await goesRound(kafka)
      assert.ok(asked > 0)
    },
  },
  {
    name: 'shows its certificate where the broker asks for one, and is refused without',
    async run({ servers, certificate, client }, connect) {
      const identity = { cert: client.certificate, key: client.key }
      const secure = { bootstrapServers: [servers.MTLS], securityProtocol: 'SSL' } as const
      await using kafka = connect({ ...secure, tls: { ca: certificate, ...identity } })
      await goesRound(kafka)
      await using nobody = connect({ ...secure, tls: { ca: certificate } })
      await assert.rejects(nobody.admin.listTopics(), KafkaUnavailableError)
    },
  },
  {
    name: 'refuses a wrong password at once, from admin calls and polls alike, naming the configuration',
    async run({ servers }, connect) {
      for (const mechanism of ['PLAIN', 'SCRAM-SHA-512'] as const) {
        await using kafka = connect({
          bootstrapServers: [servers.SASL_PLAINTEXT],
          securityProtocol: 'SASL_PLAINTEXT',
          sasl: { ...USER, mechanism, password: 'wrong' },
        })
        await isRefused(kafka, /sasl\.jaas\.config/)
      }
    },
  },
  {
    name: 'refuses a mechanism that the broker does not have',
    async run({ servers }, connect) {
      await using kafka = connect({
        bootstrapServers: [servers.SASL_PLAINTEXT],
        securityProtocol: 'SASL_PLAINTEXT',
        sasl: { mechanism: 'SCRAM-SHA-256', ...USER },
      })
      await isRefused(kafka, /sasl\.mechanism/)
    },
  },
  {
    name: 'does not trust a certificate that nobody vouches for, nor speak plainly to a broker that wants TLS',
    async run({ servers }, connect) {
      await using distrusting = connect({ bootstrapServers: [servers.SSL], securityProtocol: 'SSL' })
      await assert.rejects(distrusting.admin.listTopics(), /certificate/)
      await using plain = connect({ bootstrapServers: [servers.SSL] })
      await assert.rejects(plain.admin.listTopics(), /TLS/)
    },
  },
]
