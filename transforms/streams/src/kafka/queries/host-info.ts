import { IllegalArgumentException } from '../../core/errors.ts'
import { endpointOf } from '../../config/endpoint.ts'

/** Where a client can be asked: its `application.server`. Corresponds to Java's `HostInfo`. */
export class HostInfo {
  readonly host: string
  readonly port: number

  constructor(host: string, port: number) {
    this.host = host
    this.port = port
  }

  /**
   * Null for a text that is empty.
   *
   * @throws IllegalArgumentException for what is not `host:port`
   */
  static buildFromEndpoint(endpoint: string | null | undefined): HostInfo | null {
    if (endpoint === null || endpoint === undefined || endpoint.trim() === '') return null
    const found = endpointOf(endpoint)
    if (found !== null) return new HostInfo(found.host, found.port)
    throw new IllegalArgumentException(`Error parsing host address ${endpoint}. Expected format host:port.`)
  }

  /** Stands for a host that is not known at present. */
  static unavailable(): HostInfo {
    return new HostInfo('unavailable', -1)
  }

  equals(other: HostInfo): boolean {
    return this.host === other.host && this.port === other.port
  }

  /** `host:port`; an IPv6 address in brackets. */
  toString(): string {
    return this.host.includes(':') ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`
  }
}
