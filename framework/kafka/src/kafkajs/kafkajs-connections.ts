import { isIP } from 'node:net'
import {
  type ClusterOptions,
  ConnectError,
  KafkaUnavailableError,
  UnsupportedByClientError,
} from '@spillway/api'

import type { API } from '@platformatic/kafka'
import { protocolAPIsById } from '@platformatic/kafka'
import type { KafkaConfig, SASLOptions } from 'kafkajs'

import type { BrokerAddress, Connections, Lane } from '../client/cluster/connections.ts'
import type { FetchLimits, FetchPartition, FetchResponse } from '../client/fetch/fetch-request.ts'
import type { ProduceAnswer, ProducePartition, ProduceSettings } from '../client/produce/produce-request.ts'
import { BrokerError, ErrorCode } from '../client/cluster/protocol-errors.ts'
import type { TimedRecord } from '../client/produce/record-writer.ts'
import { COMPRESSION } from './codecs.ts'
import { codeOf, translated } from './kafkajs-errors.ts'
import { connectRaw } from './raw-broker.ts'
import type { RawBroker, RawConnection, RawTopic } from './raw-broker.ts'
import { HANDLERS } from './requests.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** How long before the end of its session (KIP-368) a connection renews its credentials. */
const REAUTHENTICATION_THRESHOLD_MS = 500

/** Connections of kafkajs, made as they are needed: one per broker and {@link Lane}. */
export class KafkajsConnections implements Connections {
  readonly #clientId: string
  readonly #options: ClusterOptions
  readonly #open = new Map<string, Promise<RawConnection>>()
  #closed = false

  constructor(clientId: string, options: ClusterOptions) {
    this.#clientId = clientId
    this.#options = options
  }

  async request<Args extends unknown[], Response>(
    broker: BrokerAddress,
    lane: Lane,
    api: API<Args, Response>,
    args: Args,
  ): Promise<Response> {
    const names: Readonly<Record<number, string>> = protocolAPIsById
    const name = names[api.key] ?? `request ${api.key}`
    const handle = HANDLERS.get(api.key)
    if (handle === undefined) {
      throw new UnsupportedByClientError(`kafkajs cannot send ${name}; use kafka.client=platformatic`)
    }
    return (await this.#ask(broker, lane, name, (raw) => handle(raw, args))) as Response
  }

  fetch(
    broker: BrokerAddress,
    lane: Lane,
    limits: FetchLimits,
    partitions: readonly FetchPartition[],
  ): Promise<FetchResponse> {
    return this.#ask(broker, lane, 'Fetch', (raw) =>
      raw.fetch({
        isolationLevel: limits.readCommitted ? 1 : 0,
        maxWaitTime: limits.maxWaitMs,
        minBytes: limits.minBytes,
        maxBytes: limits.maxBytes,
        rackId: limits.rack,
        topics: byTopic(partitions),
      }),
    )
  }

  /** One request per partition: kafkajs does not say which of several has failed. */
  async produce(
    broker: BrokerAddress,
    lane: Lane,
    settings: ProduceSettings,
    partitions: readonly ProducePartition[],
  ): Promise<readonly ProduceAnswer[]> {
    const answers = await Promise.allSettled(
      partitions.map((partition) => this.#produceOne(broker, lane, settings, partition)),
    )
    return answers.map((answer) => {
      if (answer.status === 'rejected') throw answer.reason
      return answer.value
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const open = [...this.#open.values()]
    this.#open.clear()
    for (const connection of await Promise.allSettled(open)) {
      if (connection.status === 'fulfilled') connection.value.destroy()
    }
  }

  async #produceOne(
    broker: BrokerAddress,
    lane: Lane,
    { transactionalId, acks, timeoutMs, compression }: ProduceSettings,
    { topic, partition, batch, producer }: ProducePartition,
  ): Promise<ProduceAnswer> {
    const messages = batch.records().map(messageOf)
    const answer = { topic, partition, errorMessage: null }
    try {
      const sent = await this.#ask(broker, lane, 'Produce', (raw) =>
        raw.produce({
          transactionalId,
          producerId: producer.producerId,
          producerEpoch: producer.producerEpoch,
          acks,
          timeout: timeoutMs,
          compression: COMPRESSION[compression],
          topicData: [{ topic, partitions: [{ partition, firstSequence: producer.baseSequence, messages }] }],
        }),
      )
      const baseOffset = BigInt(sent?.topics[0]?.partitions[0]?.baseOffset ?? -1)
      return { ...answer, errorCode: ErrorCode.none, baseOffset }
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error
      return { ...answer, errorCode: error.errorCode, baseOffset: -1n }
    }
  }

  /** Runs one request; what fails is translated. A connection that has failed is not used again. */
  async #ask<T>(
    broker: BrokerAddress,
    lane: Lane,
    doing: string,
    run: (raw: RawBroker) => Promise<T>,
  ): Promise<T> {
    const where = `${doing} at ${broker.host}:${broker.port}`
    const open = await this.#connection(broker, lane, where)
    open.requests++
    try {
      return await run(open.broker)
    } catch (error) {
      // An error code is an answer; whatever else has happened, the next request takes another connection.
      if (codeOf(error) === undefined) open.destroy()
      throw translated(error, where)
    } finally {
      if (--open.requests === 0 && open.isRetired) open.destroy()
    }
  }

  async #connection(broker: BrokerAddress, lane: Lane, where: string): Promise<RawConnection> {
    const key = `${broker.host}:${broker.port}/${lane.name}`
    for (;;) {
      if (this.#closed) throw new ConnectError('The Kafka client is closed')
      const opening =
        this.#open.get(key) ?? connectRaw(kafkaConfig(this.#clientId, this.#options, broker, lane))
      this.#open.set(key, opening)
      try {
        const open = await opening
        if (open.isUsable && !this.#closed) return open
        this.#forget(key, opening)
        retire(open)
      } catch (error) {
        this.#forget(key, opening)
        throw connectFailure(error, where)
      }
    }
  }

  #forget(key: string, opening: Promise<RawConnection>): void {
    if (this.#open.get(key) === opening) this.#open.delete(key)
  }
}

/** A session that is about to expire (KIP-368) is not renewed: what is under way still gets its answers. */
function retire(open: RawConnection): void {
  open.isRetired = true
  if (open.requests === 0) open.destroy()
}

/** A broker that closes a connection at once wants something else than it was sent. */
function connectFailure(error: unknown, where: string): unknown {
  const failure = translated(error, where)
  const isClosed = failure instanceof KafkaUnavailableError && /clos/i.test(failure.message)
  if (!isClosed) return failure
  const message = `${failure.message}: does the listener ask for TLS or SASL, or for none (security.protocol)?`
  return new KafkaUnavailableError(message, { cause: new Error(message) })
}

function byTopic(
  partitions: readonly FetchPartition[],
): RawTopic<{ fetchOffset: bigint; maxBytes: number }>[] {
  const topics = new Map<string, { partition: number; fetchOffset: bigint; maxBytes: number }[]>()
  for (const { topic, partition, offset, maxBytes } of partitions) {
    const list = topics.get(topic) ?? []
    topics.set(topic, list)
    list.push({ partition, fetchOffset: offset, maxBytes })
  }
  return [...topics].map(([topic, list]) => ({ topic, partitions: list }))
}

/** A text as timestamp, because kafkajs takes the number 0 for none. */
function messageOf({ key = null, value = null, headers = [], timestamp }: TimedRecord): {
  key: Buffer | null
  value: Buffer | null
  timestamp: string
  headers: Record<string, Buffer[]>
} {
  const grouped = new Map<string, Buffer[]>()
  for (const header of headers) {
    if (header.value === null) {
      throw new UnsupportedByClientError(
        `The header ${header.key} has no value, which kafkajs cannot send; use kafka.client=platformatic`,
      )
    }
    const same = grouped.get(header.key)
    const value = viewOf(header.value)
    if (same === undefined) grouped.set(header.key, [value])
    else same.push(value)
  }
  return {
    key: viewOf(key),
    value: viewOf(value),
    timestamp: String(timestamp),
    headers: Object.fromEntries(grouped),
  }
}

function viewOf<T extends Uint8Array | null>(bytes: T): T extends null ? Buffer | null : Buffer {
  const view =
    bytes === null || Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view as T extends null ? Buffer | null : Buffer
}

function kafkaConfig(
  clientId: string,
  options: ClusterOptions,
  { host, port }: BrokerAddress,
  lane: Lane,
): KafkaConfig {
  const protocol = options.securityProtocol ?? 'PLAINTEXT'
  const { tls = {}, sasl } = options
  const isEncrypted = protocol === 'SSL' || protocol === 'SASL_SSL'
  const isAuthenticated = protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'
  return {
    clientId,
    brokers: [`${isIP(host) === 6 ? `[${host}]` : host}:${port}`],
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: lane.requestTimeoutMs,
    enforceRequestTimeout: true,
    reauthenticationThreshold: REAUTHENTICATION_THRESHOLD_MS,
    ...(isEncrypted && {
      ssl: {
        ...(tls.ca !== undefined && { ca: tls.ca }),
        ...(tls.cert !== undefined && { cert: tls.cert }),
        ...(tls.key !== undefined && { key: tls.key }),
        ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
        // RFC 6066 forbids IP addresses as server names.
        ...(isIP(host) === 0 && { servername: host }),
        ...(tls.verifyHostname === false && { checkServerIdentity: () => undefined }),
      },
    }),
    ...(isAuthenticated && sasl !== undefined && { sasl: saslOptions(sasl) }),
  }
}

function saslOptions(sasl: NonNullable<ClusterOptions['sasl']>): SASLOptions {
  const { username = '', password = '', token } = sasl
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password }
    case 'OAUTHBEARER':
      return {
        mechanism: 'oauthbearer',
        oauthBearerProvider: async () => ({ value: (await token?.()) ?? '' }),
      }
  }
}
