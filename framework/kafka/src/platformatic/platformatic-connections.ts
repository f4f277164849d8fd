import { isIP } from 'node:net'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { type ClusterOptions, UnsupportedByClientError } from '@spillway/api'

import { Connection, ResponseError, apiVersionsV3, protocolAPIsById } from '@platformatic/kafka'
import type { API, ConnectionOptions, ResponseParser, SASLOptions, Writer } from '@platformatic/kafka'

import type { BrokerAddress, Connections, Lane } from '../client/cluster/connections.ts'
import { FETCH_API, parseFetchResponse, writeFetchRequest } from '../client/fetch/fetch-request.ts'
import type { FetchLimits, FetchPartition, FetchResponse } from '../client/fetch/fetch-request.ts'
import type { RecordBuffers } from '../client/fetch/record-buffers.ts'
import {
  PRODUCE_API,
  parseProduceResponse,
  produceAnswers,
  writeProduceRequest,
} from '../client/produce/produce-request.ts'
import type { ProduceAnswer, ProducePartition, ProduceSettings } from '../client/produce/produce-request.ts'

interface OpenConnection {
  readonly connection: Connection
  /** Requests under way. */
  requests: number
  isRetired: boolean
  /** Version range per API key that the broker at the other end knows. */
  readonly versions: ReadonlyMap<number, readonly [min: number, max: number]>
}

const CONNECT_TIMEOUT_MS = 10_000

/** Connections of @platformatic/kafka, made as they are needed: one per broker and {@link Lane}. */
export class PlatformaticConnections implements Connections {
  readonly #clientId: string
  readonly #options: ClusterOptions
  readonly #open = new Map<string, Promise<OpenConnection>>()
  readonly #live = new Set<Connection>()
  #closed = false

  constructor(clientId: string, options: ClusterOptions) {
    this.#clientId = clientId
    this.#options = options
  }

  /** Sends one request by the client's own encoder and parser; error codes are left in the response. */
  async request<Args extends unknown[], Response>(
    broker: BrokerAddress,
    lane: Lane,
    api: API<Args, Response>,
    args: Args,
  ): Promise<Response> {
    const open = await this.#get(broker, lane)
    assertSupported(open, broker, api.key, api.version)
    open.requests++
    try {
      return await api.async(open.connection, ...args)
    } catch (error) {
      if (error instanceof ResponseError) return error['response'] as Response
      throw error
    } finally {
      finished(open)
    }
  }

  fetch(
    broker: BrokerAddress,
    lane: Lane,
    limits: FetchLimits,
    partitions: readonly FetchPartition[],
    buffers?: RecordBuffers,
  ): Promise<FetchResponse> {
    const write = (): Writer => writeFetchRequest(limits, partitions)
    const parse: ResponseParser<FetchResponse> = (_id, _key, _version, reader) =>
      parseFetchResponse(reader, buffers)
    return this.#send(broker, lane, FETCH_API, write, parse)
  }

  async produce(
    broker: BrokerAddress,
    lane: Lane,
    settings: ProduceSettings,
    partitions: readonly ProducePartition[],
  ): Promise<readonly ProduceAnswer[]> {
    const write = (): Writer => writeProduceRequest(settings, partitions)
    const response = await this.#send(broker, lane, PRODUCE_API, write, parseProduceResponse)
    return settings.acks === 0 ? [] : produceAnswers(response)
  }

  /** Sends one request with an encoder and a parser of our own; error codes are left in the response. */
  async #send<Response>(
    broker: BrokerAddress,
    lane: Lane,
    api: { readonly key: number; readonly version: number },
    write: () => Writer,
    parse: ResponseParser<Response>,
  ): Promise<Response> {
    const open = await this.#get(broker, lane)
    assertSupported(open, broker, api.key, api.version)
    open.requests++
    return new Promise<Response>((resolve, reject) => {
      open.connection.send(api.key, api.version, write, parse, true, true, (error, response) => {
        if (error instanceof ResponseError) resolve(error['response'] as Response)
        else if (error) reject(error)
        else resolve(response as Response)
      })
    }).finally(() => finished(open))
  }

  async close(): Promise<void> {
    this.#closed = true
    const live = [...this.#live]
    this.#live.clear()
    this.#open.clear()
    await Promise.all(live.map((connection) => connection.close()))
  }

  async #get(broker: BrokerAddress, lane: Lane): Promise<OpenConnection> {
    const key = `${broker.host}:${broker.port}/${lane.name}`
    for (;;) {
      const existing = this.#open.get(key)
      if (existing !== undefined) {
        const open = await existing
        if (open.connection.isConnected()) return open
        if (this.#open.get(key) === existing) this.#open.delete(key)
        retire(open)
        continue
      }
      const opening = this.#connect(broker, lane)
      this.#open.set(key, opening)
      try {
        return await opening
      } catch (error) {
        if (this.#open.get(key) === opening) this.#open.delete(key)
        throw error
      }
    }
  }

  async #connect(broker: BrokerAddress, lane: Lane): Promise<OpenConnection> {
    const connection = new Connection(this.#clientId, {
      ...connectionOptions(this.#options, broker.host),
      requestTimeout: lane.requestTimeoutMs,
    })
    // Errors also reach every pending request, by its callback: a listener only keeps them from being thrown.
    connection.on('error', () => {})
    connection.on('close', () => this.#live.delete(connection))
    this.#live.add(connection)
    try {
      await connection.connect(broker.host, broker.port)
      const response = await apiVersionsV3.api.async(connection, 'spillway', '0.1.0')
      if (this.#closed) throw new Error('The Kafka client is closed.')
      const versions = new Map(
        response.apiKeys.map((api) => [api.apiKey, [api.minVersion, api.maxVersion] as const] as const),
      )
      return { connection, requests: 0, isRetired: false, versions }
    } catch (error) {
      this.#live.delete(connection)
      connection.close(() => {})
      throw error
    }
  }
}

/**
 * Nothing new is sent on a connection that renews its credentials: the broker takes it for a breach of the exchange
 * (ILLEGAL_SASL_STATE). It is replaced, and closed once its last answer has come.
 */
function retire(open: OpenConnection): void {
  open.isRetired = true
  if (open.requests === 0) open.connection.close(() => {})
}

function finished(open: OpenConnection): void {
  open.requests--
  if (open.isRetired && open.requests === 0) open.connection.close(() => {})
}

function assertSupported(open: OpenConnection, broker: BrokerAddress, key: number, version: number): void {
  const range = open.versions.get(key)
  if (range !== undefined && version >= range[0] && version <= range[1]) return
  const names: Readonly<Record<number, string>> = protocolAPIsById
  throw new UnsupportedByClientError(
    `The broker at ${broker.host}:${broker.port} does not speak ${names[key] ?? key} version ${version} ` +
      `(it has ${range === undefined ? 'none' : range.join(' to ')}); Apache Kafka 3.0 or later is needed`,
  )
}

function connectionOptions(options: ClusterOptions, host: string): ConnectionOptions {
  const protocol = options.securityProtocol ?? 'PLAINTEXT'
  const encrypted = protocol === 'SSL' || protocol === 'SASL_SSL'
  const authenticated = protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'
  return {
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxInflights: 5,
    ...(encrypted ? { tls: tlsOptions(options, host) } : {}),
    ...(authenticated && options.sasl !== undefined ? { sasl: saslOptions(options.sasl) } : {}),
  }
}

function tlsOptions({ tls = {} }: ClusterOptions, host: string): TlsOptions {
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    // RFC 6066 forbids IP addresses as server names.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.verifyHostname === false ? { checkServerIdentity: () => undefined } : {}),
  }
}

function saslOptions(sasl: NonNullable<ClusterOptions['sasl']>): SASLOptions {
  return {
    mechanism: sasl.mechanism,
    ...(sasl.username === undefined ? {} : { username: sasl.username }),
    ...(sasl.password === undefined ? {} : { password: sasl.password }),
    ...(sasl.token === undefined ? {} : { token: sasl.token }),
  }
}
