import type { MetricsRegistry } from '../../context/metrics.ts'
import type { KafkaStreamsState } from '../client-state.ts'

/** A client at the moment it is asked. */
export interface MeasuredClient {
  readonly clientId: string
  readonly applicationId: string
  /** As `Topology.describe` tells it. */
  readonly topology: () => string
  readonly state: () => KafkaStreamsState
  readonly aliveThreads: () => number
  readonly failedThreads: () => number
}

/** Registers what Kafka Streams tells of a client: group `stream-metrics`. */
export function registerClientMetrics(registry: MetricsRegistry, client: MeasuredClient): void {
  const gauge = (name: string, read: () => number | string): void => {
    registry.gauge(name, 'stream-metrics', { 'client-id': client.clientId }, read)
  }
  gauge('application-id', () => client.applicationId)
  gauge('topology-description', client.topology)
  gauge('state', client.state)
  gauge('alive-stream-threads', client.aliveThreads)
  gauge('failed-stream-threads', client.failedThreads)
}
