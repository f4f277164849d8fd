import type { ClusterOptions } from '@spillway/api'
import type { API } from '@platformatic/kafka'

import type { FetchLimits, FetchPartition, FetchResponse } from '../fetch/fetch-request.ts'
import type { RecordBuffers } from '../fetch/record-buffers.ts'
import type { ProduceAnswer, ProducePartition, ProduceSettings } from '../produce/produce-request.ts'

/** Host and port of a broker. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/**
 * A broker answers the requests of one connection one after the other, so a request that waits there (a join, a
 * long fetch) holds up all behind it. Requests that must not wait for each other go by lanes: a connection each.
 */
export interface Lane {
  readonly name: string
  /** How long a request of this lane may wait for its answer. */
  readonly requestTimeoutMs: number
}

/** The open connections of one client: all that it needs of a Kafka library. */
export interface Connections {
  /** Sends one request and answers with the fields of Kafka's response to it; error codes stay in there. */
  request<Args extends unknown[], Response>(
    broker: BrokerAddress,
    lane: Lane,
    api: API<Args, Response>,
    args: Args,
  ): Promise<Response>
  fetch(
    broker: BrokerAddress,
    lane: Lane,
    limits: FetchLimits,
    partitions: readonly FetchPartition[],
    /** Where the records may lie; a library that cannot use it leaves it aside. */
    buffers?: RecordBuffers,
  ): Promise<FetchResponse>
  produce(
    broker: BrokerAddress,
    lane: Lane,
    settings: ProduceSettings,
    partitions: readonly ProducePartition[],
  ): Promise<readonly ProduceAnswer[]>
  close(): Promise<void>
}

/** Makes the connections of a client. */
export type Connect = (clientId: string, options: ClusterOptions) => Connections
