import { type Agent as HttpAgent, Agent, request as httpRequest, type RequestOptions } from 'node:http'
import { Agent as SecureAgent, request as httpsRequest } from 'node:https'
import {
  type Clock,
  ConfigError,
  ConnectError,
  DataError,
  RetriableError,
  type ErrorRow,
} from '@spillway/api'
import { authorization, tlsOptions } from './registry-auth.ts'
import type { RegistryConfig } from './registry-config.ts'
import { converterErrors } from '../error-rows.ts'

/** An answer that is no success and no passing failure: the registry's own code and words. */
export class RegistryAnswerError extends ConnectError {
  static override readonly row: ErrorRow = converterErrors.rows.RegistryAnswerError
  readonly status: number
  /** The registry's own code, such as 40403 for a schema it does not have. */
  readonly errorCode: number

  constructor(message: string, status: number, errorCode: number) {
    super(message)
    this.status = status
    this.errorCode = errorCode
  }
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json'
/** No schema is this large; a wrong address may answer with anything. */
const LARGEST_ANSWER = 32 * 1024 * 1024

interface Address {
  readonly url: URL
  readonly agent: HttpAgent
  readonly authorization: string | undefined
  /** Without user and password. */
  readonly display: string
}

/** Sends requests to a schema registry: several addresses, retries with backoff and jitter, one time limit each. */
export class RegistryHttp {
  readonly #addresses: readonly Address[]
  readonly #config: RegistryConfig
  readonly #clock: Clock
  readonly #random: () => number
  readonly #closed = new AbortController()
  #preferred = 0

  /** @throws {ConfigError} for an address or TLS setting that cannot be used. */
  constructor(config: RegistryConfig, clock: Clock, random: () => number = Math.random) {
    this.#config = config
    this.#clock = clock
    this.#random = random
    this.#addresses = config['schema.registry.url'].map((written) => address(config, written))
  }

  /**
   * The body of a successful answer.
   *
   * @throws {RetriableError} where no address answers, or all answer that they cannot now.
   * @throws {RegistryAnswerError} for any other refusal.
   */
  async send(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const retries = this.#config['max.retries']
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#sendToAny(method, path, body)
      } catch (error) {
        if (attempt >= retries || !(error instanceof RetriableError)) throw error
        await this.#clock.sleep(this.#backoff(attempt), this.#closed.signal)
      }
    }
  }

  /** Ends requests under way. */
  close(): void {
    this.#closed.abort(new ConnectError('The schema registry client was closed'))
    for (const { agent } of this.#addresses) agent.destroy()
  }

  #backoff(attempt: number): number {
    const longest = Math.min(
      this.#config['retries.max.wait.ms'],
      this.#config['retries.wait.ms'] * 2 ** attempt,
    )
    return longest / 2 + (longest / 2) * this.#random()
  }

  async #sendToAny(method: string, path: string, body: unknown): Promise<unknown> {
    let last: unknown
    for (let i = 0; i < this.#addresses.length; i++) {
      const index = (this.#preferred + i) % this.#addresses.length
      const target = this.#addresses[index] as Address
      try {
        const answer = await this.#sendTo(target, method, path, body)
        this.#preferred = index
        return answer
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error
        last = error
      }
    }
    throw last
  }

  async #sendTo(target: Address, method: string, path: string, body: unknown): Promise<unknown> {
    const what = `${method} ${target.display}${path}`
    let answer: { status: number; text: string }
    try {
      answer = await this.#exchange(target, method, path, body)
    } catch (cause) {
      if (this.#closed.signal.aborted) throw this.#closed.signal.reason
      // Asked again, it would be as large.
      if (cause instanceof DataError) throw cause
      throw new RetriableError(
        `The schema registry does not answer: ${what}: ${reasonOf(cause)}. Check schema.registry.url.`,
        { cause },
      )
    }
    if (answer.status >= 200 && answer.status < 300) return parseAnswer(what, answer.text)
    throw refusal(what, answer.status, answer.text)
  }

  #exchange(
    target: Address,
    method: string,
    path: string,
    body: unknown,
  ): Promise<{ status: number; text: string }> {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const limit = this.#config['http.read.timeout.ms']
    const timeout = AbortSignal.timeout(limit)
    const options: RequestOptions = {
      method,
      agent: target.agent,
      signal: AbortSignal.any([this.#closed.signal, timeout]),
      headers: {
        accept: `${CONTENT_TYPE}, application/json`,
        ...(payload !== undefined && {
          'content-type': CONTENT_TYPE,
          'content-length': Buffer.byteLength(payload),
        }),
        ...(target.authorization !== undefined && { authorization: target.authorization }),
      },
    }
    const url = new URL(target.url)
    const [pathname = '', search] = path.split('?')
    url.pathname = url.pathname.replace(/\/$/, '') + pathname
    if (search !== undefined) url.search = search
    url.username = ''
    url.password = ''
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(timeout.aborted ? new Error(`no answer within ${limit} ms`) : (error as Error))
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest
      const request = send(url, options, (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > LARGEST_ANSWER)
            request.destroy(
              new DataError(`The schema registry's answer is larger than ${LARGEST_ANSWER} bytes: ${path}`),
            )
          else chunks.push(chunk)
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        )
        response.on('error', fail)
      })
      request.on('error', fail)
      request.end(payload)
    })
  }
}

function address(config: RegistryConfig, written: string): Address {
  let url: URL
  try {
    url = new URL(written)
  } catch (cause) {
    throw invalidAddress(written, cause)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalidAddress(written)
  const proxy = config['proxy.host']
  const proxyUrl = proxy === '' ? undefined : `http://${proxy}:${config['proxy.port']}`
  const agentOptions = {
    keepAlive: true,
    ...(proxyUrl !== undefined && { proxyEnv: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl } }),
  }
  const agent =
    url.protocol === 'https:'
      ? new SecureAgent({ ...agentOptions, ...tlsOptions(config) })
      : new Agent(agentOptions)
  const display = `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, '')}`
  return { url, agent, authorization: authorization(config, url), display }
}

function invalidAddress(written: string, cause?: unknown): ConfigError {
  const shown = written.replace(/\/\/[^@/]*@/, '//[hidden]@')
  return new ConfigError(
    `Invalid value ${shown} for configuration schema.registry.url: expected an address such as http://host:8081`,
    { key: 'schema.registry.url', cause },
  )
}

function parseAnswer(what: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ConnectError(`The answer to ${what} is no JSON: is schema.registry.url a schema registry?`, {
      cause,
    })
  }
}

function refusal(what: string, status: number, text: string): ConnectError {
  const { code, message } = errorOf(text)
  const said = `${what}: HTTP ${status}${message === '' ? '' : `: ${message}`}`
  if (status === 408 || status === 429 || status >= 500) {
    return new RetriableError(`The schema registry cannot answer now: ${said}`)
  }
  const remedy =
    status === 401 || status === 403
      ? '. Check basic.auth.credentials.source (USER_INFO for basic.auth.user.info) or bearer.auth.token'
      : ''
  return new RegistryAnswerError(`The schema registry refused: ${said}${remedy}`, status, code ?? status)
}

function errorOf(text: string): { code?: number; message: string } {
  try {
    const answer = JSON.parse(text) as { error_code?: unknown; message?: unknown }
    return {
      ...(typeof answer.error_code === 'number' && { code: answer.error_code }),
      message: typeof answer.message === 'string' ? answer.message : '',
    }
  } catch {
    return { message: '' }
  }
}

/** Node wraps refused connections to several addresses of a host; the inner code says more. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return message === '' ? (code ?? 'no reason given') : message
}
