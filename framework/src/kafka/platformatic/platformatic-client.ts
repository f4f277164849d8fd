import type { ClusterOptions, KafkaClient } from '../port.ts'
import { PlatformaticAdmin } from './admin.ts'
import { PlatformaticConsumer } from './consumer.ts'
import { PlatformaticGroupMembership } from './group-membership.ts'
import { PlatformaticProducer } from './producer.ts'

/** Kafka by the wire protocol of @platformatic/kafka: the default adapter. */
export function platformaticClient(cluster: ClusterOptions): KafkaClient {
  return {
    name: 'platformatic',
    consumer: (options) => new PlatformaticConsumer(cluster, options),
    groupMember: (options, callbacks) => new PlatformaticGroupMembership(cluster, options, callbacks),
    producer: (options) => new PlatformaticProducer(cluster, options),
    admin: (options) => new PlatformaticAdmin(cluster, options?.clientId ?? 'spillway-admin'),
  }
}
