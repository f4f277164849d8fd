import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { adminCases } from './admin-cases.ts'
import { adminTopicsCases } from './admin-topics-cases.ts'
import { appendCases } from './append-cases.ts'
import { assignCases } from './assign-cases.ts'
import { assignorCases } from './assignor-cases.ts'
import { brokerCases } from './broker-cases.ts'
import { consumerCases } from './consumer-cases.ts'
import { fencingCases, unfencedCases } from './fencing-cases.ts'
import { groupMemberCases } from './group-member-cases.ts'
import { Harness } from './harness.ts'
import type { Case } from './harness.ts'
import { interopCases } from './interop-cases.ts'
import type { ClusterOptions, KafkaClient } from '../../../framework/api/src/kafka/port.ts'
import { membershipCases } from './membership-cases.ts'
import { producerCases } from './producer-cases.ts'
import { rebalanceCases } from './rebalance-cases.ts'
import { startSecureBroker } from './secure-broker.ts'
import type { SecureBroker } from './secure-broker.ts'
import { securityCases } from './security-cases.ts'
import { transactionCases } from './transaction-cases.ts'
import { wantedCases } from './wanted-cases.ts'
import { PrivateStack } from '../../../stack/private-stack.ts'
import { endpointsFromEnv } from '../../../stack/stack.ts'

/** Something a client cannot do, and the tests that show it. */
export interface Skip {
  readonly reason: string
  readonly tests: readonly string[]
}

/** What {@link run} tests. */
export interface SuiteOptions {
  readonly client: (cluster: ClusterOptions) => KafkaClient
  readonly skip?: readonly Skip[]
}

/** Tests that share the broker of the environment. */
const SHARED: Readonly<Record<string, readonly Case[]>> = {
  consumer: consumerCases,
  'consumer without a group': assignCases,
  'wanted partitions': wantedCases,
  rebalance: rebalanceCases,
  assignors: assignorCases,
  membership: membershipCases,
  'group member': groupMemberCases,
  producer: producerCases,
  'producer, appending': appendCases,
  transactions: transactionCases,
  fencing: fencingCases,
  'no fencing': unfencedCases,
  admin: adminCases,
  'admin of an application': adminTopicsCases,
  'mixed groups': interopCases,
}

/** Tests that stop and start a broker of their own. */
const PRIVATE: Readonly<Record<string, readonly Case[]>> = { 'a broker that fails': brokerCases }

/** The conformance and rebalance suite of the Kafka port: what every adapter must do, against a real broker. */
export function run({ client, skip = [] }: SuiteOptions): void {
  const all = [...Object.values(SHARED), ...Object.values(PRIVATE), securityCases]
    .flat()
    .map(({ name }) => name)
  const left = new Set(skip.flatMap(({ tests }) => tests))
  const { bootstrapServers } = endpointsFromEnv().kafka
  const adapter = client({ bootstrapServers: [bootstrapServers] }).name

  describe(`Kafka port: ${adapter}`, () => {
    test('leaves out only tests that exist', () => {
      assert.deepEqual(
        [...left].filter((name) => !all.includes(name)),
        [],
      )
    })
    for (const [area, cases] of Object.entries(SHARED)) {
      describe(area, { concurrency: 2 }, () => {
        for (const { name, run: runCase, timeoutMs = 60_000 } of cases.filter((one) => !left.has(one.name))) {
          test(name, { timeout: timeoutMs }, async () => {
            await using kafka = new Harness(
              client({ bootstrapServers: [bootstrapServers] }),
              bootstrapServers,
            )
            await runCase(kafka)
          })
        }
      })
    }
    for (const [area, cases] of Object.entries(PRIVATE)) {
      describe(area, () => {
        let stack: PrivateStack
        before(async () => {
          stack = await PrivateStack.create()
          await stack.start(['kafka'])
        })
        after(() => stack.remove())
        for (const { name, run: runCase, timeoutMs = 120_000 } of cases.filter(
          (one) => !left.has(one.name),
        )) {
          test(name, { timeout: timeoutMs }, async () => {
            const own = stack.endpoints.kafka.bootstrapServers
            await using kafka = new Harness(client({ bootstrapServers: [own], requestTimeoutMs: 5_000 }), own)
            await runCase(Object.assign(kafka, { stack }))
          })
        }
      })
    }

    describe('security', () => {
      let broker: SecureBroker
      before(async () => {
        broker = await startSecureBroker()
      })
      after(() => broker[Symbol.asyncDispose]())
      for (const { name, run: runCase, timeoutMs = 60_000 } of securityCases.filter(
        (one) => !left.has(one.name),
      )) {
        test(name, { timeout: timeoutMs }, () =>
          runCase(broker, (cluster) => {
            const [server = ''] = cluster.bootstrapServers
            return new Harness(client({ requestTimeoutMs: 15_000, ...cluster }), server)
          }),
        )
      }
    })
  })
}
