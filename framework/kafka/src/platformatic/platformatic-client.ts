import type { Clock, ClusterOptions, KafkaClient } from '@spillway/api'
import { protocolClient } from '../client/cluster/protocol-client.ts'
import { PlatformaticConnections } from './platformatic-connections.ts'

/** Kafka by the connections of @platformatic/kafka: the default adapter. */
export function platformaticClient(cluster: ClusterOptions, clock?: Clock): KafkaClient {
  return protocolClient(
    'platformatic',
    cluster,
    (clientId, options) => new PlatformaticConnections(clientId, options),
    clock,
  )
}
