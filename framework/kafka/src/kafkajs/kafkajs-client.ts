import type { Clock, ClusterOptions, KafkaClient } from '@spillway/api'
import { protocolClient } from '../client/cluster/protocol-client.ts'
import { refuseForKafkajs } from '../kafkajs-limits.ts'
import { KafkajsConnections } from './kafkajs-connections.ts'

/**
 * Kafka by the connections of kafkajs, for those who know it in production. It cannot do what its requests have no
 * version for: static members, fencing by generation in transactions, topic ids, deleting offsets of single partitions.
 */
export function kafkajsClient(cluster: ClusterOptions, clock?: Clock): KafkaClient {
  const client = protocolClient(
    'kafkajs',
    cluster,
    (clientId, options) => new KafkajsConnections(clientId, options),
    clock,
  )
  return {
    ...client,
    consumer(options) {
      refuseForKafkajs(options)
      return client.consumer(options)
    },
    groupMember(options, callbacks) {
      refuseForKafkajs(options)
      return client.groupMember(options, callbacks)
    },
  }
}
