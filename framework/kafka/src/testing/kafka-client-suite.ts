import { after, before, describe, test } from 'node:test'
import type { ClusterOptions, KafkaClient } from '@spillway/api'
import { leftToRun, type SkippedTests } from '@spillway/api/testing'

import { adminCases } from './admin-cases.ts'
import { adminTopicsCases } from './admin-topics-cases.ts'
import { appendCases } from './append-cases.ts'
import { assignCases } from './assign-cases.ts'
import { assignorCases } from './assignor-cases.ts'
import { brokerCases, type OwnBroker } from './broker-cases.ts'
import { consumerCases } from './consumer-cases.ts'
import { fencingCases, unfencedCases } from './fencing-cases.ts'
import { groupMemberCases } from './group-member-cases.ts'
import { Harness } from './harness.ts'
import type { Case } from './harness.ts'
import { membershipCases } from './membership-cases.ts'
import { producerCases } from './producer-cases.ts'
import { rebalanceCases } from './rebalance-cases.ts'
import type { SecureBroker } from './secure-broker.ts'
import { securityCases } from './security-cases.ts'
import { transactionCases } from './transaction-cases.ts'
import { wantedCases } from './wanted-cases.ts'

/** What {@link kafkaClientConformance} tests. */
export interface KafkaClientUnderTest {
  readonly client: (cluster: ClusterOptions) => KafkaClient
  /** `host:port` of a broker of Kafka 4 that the tests share; they make topics and groups of their own. */
  readonly bootstrapServers: string
  /** Starts a broker that tests may stop. Absent: what clients do while a broker is away is not tested. */
  readonly ownBroker?: () => Promise<OwnBroker>
  /** Starts a broker that asks who one is. Absent: security is not tested. */
  readonly secureBroker?: () => Promise<SecureBroker>
  /** Cases of one's own by area, with the broker that the tests share. */
  readonly more?: Readonly<Record<string, readonly Case[]>>
  readonly skip?: readonly SkippedTests[]
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
}

/** What every client behind the Kafka port must do, against real brokers: declares a test per claim. */
export function kafkaClientConformance({
  client,
  bootstrapServers,
  ownBroker,
  secureBroker,
  more,
  skip,
}: KafkaClientUnderTest): void {
  const shared = { ...SHARED, ...more }
  const adapter = client({ bootstrapServers: [bootstrapServers] }).name

  describe(`Kafka port: ${adapter}`, () => {
    const all = [...Object.values(shared).flat(), ...brokerCases, ...securityCases]
    const left = new Set<{ readonly name: string }>(leftToRun(all, skip))

    for (const [area, cases] of Object.entries(shared)) {
      describe(area, { concurrency: 2 }, () => {
        for (const { name, run, timeoutMs = 60_000 } of cases.filter((one) => left.has(one))) {
          test(name, { timeout: timeoutMs }, async () => {
            await using kafka = new Harness(
              client({ bootstrapServers: [bootstrapServers] }),
              bootstrapServers,
            )
            await run(kafka)
          })
        }
      })
    }

    if (ownBroker !== undefined) {
      describe('a broker that fails', () => {
        let broker: OwnBroker
        before(async () => {
          broker = await ownBroker()
        })
        after(() => broker[Symbol.asyncDispose]())
        for (const { name, run, timeoutMs = 120_000 } of brokerCases.filter((one) => left.has(one))) {
          test(name, { timeout: timeoutMs }, async () => {
            const own = broker.bootstrapServers
            await using kafka = new Harness(client({ bootstrapServers: [own], requestTimeoutMs: 5_000 }), own)
            await run(kafka, broker)
          })
        }
      })
    }

    if (secureBroker !== undefined) {
      describe('security', () => {
        let broker: SecureBroker
        before(async () => {
          broker = await secureBroker()
        })
        after(() => broker[Symbol.asyncDispose]())
        for (const { name, run, timeoutMs = 60_000 } of securityCases.filter((one) => left.has(one))) {
          test(name, { timeout: timeoutMs }, () =>
            run(broker, (cluster) => {
              const [server = ''] = cluster.bootstrapServers
              return new Harness(client({ requestTimeoutMs: 15_000, ...cluster }), server)
            }),
          )
        }
      })
    }
  })
}
