import { type Clock, type ClusterOptions, type KafkaClient, systemClock } from '@spillway/api'
import { KafkaAdmin } from '../admin.ts'
import type { Connect } from './connections.ts'
import { KafkaConsumer } from '../consumer.ts'
import { KafkaGroupMembership } from '../group/group-membership.ts'
import { KafkaProducer } from '../produce/producer.ts'

/** The port's clients over connections of some library. */
export function protocolClient(
  name: string,
  cluster: ClusterOptions,
  connect: Connect,
  clock: Clock = systemClock,
): KafkaClient {
  return {
    name,
    consumer: (options) => new KafkaConsumer(cluster, options, connect, clock),
    groupMember: (options, callbacks) =>
      new KafkaGroupMembership(cluster, options, callbacks, connect, clock),
    producer: (options) => new KafkaProducer(cluster, options, connect, clock),
    admin: (options) => new KafkaAdmin(cluster, options?.clientId ?? 'spillway-admin', connect, clock),
  }
}
