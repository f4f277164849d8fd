import { ConnectError, type SinkTaskContext } from '@spillway/api'
import type { ConnectionSettings } from '../config/connection-settings.ts'
import type { Dialect, Session } from '../dialects/dialect.ts'
import { connectionText } from './write-errors.ts'

/** The one connection of a task: made when it is first needed, and again after it was lost. */
export class ConnectionHolder {
  readonly #dialect: Dialect
  readonly #settings: ConnectionSettings
  readonly #trims: boolean
  readonly #context: Pick<SinkTaskContext, 'clock' | 'logger' | 'signal'>
  readonly #onConnect: () => void
  #session: Session | null = null
  #wasConnected = false

  constructor(parts: {
    dialect: Dialect
    settings: ConnectionSettings
    trims: boolean
    context: Pick<SinkTaskContext, 'clock' | 'logger' | 'signal'>
    /** Called for every new connection: what is known of tables may have changed meanwhile. */
    onConnect: () => void
  }) {
    this.#dialect = parts.dialect
    this.#settings = parts.settings
    this.#trims = parts.trims
    this.#context = parts.context
    this.#onConnect = parts.onConnect
  }

  /**
   * @throws {ConnectError} where a task that has never been connected has used up connection.attempts; the driver's
   * own error where the connection was lost later: an outage, to be waited out.
   */
  async session(): Promise<Session> {
    if (this.#session !== null && !this.#session.isBroken) return this.#session
    await this.drop()
    this.#session = this.#wasConnected ? await this.#dialect.connect() : await this.#firstConnection()
    this.#wasConnected = true
    this.#onConnect()
    return this.#session
  }

  /** Closes the connection; the next use makes a new one. */
  async drop(): Promise<void> {
    const session = this.#session
    this.#session = null
    await session?.close()
  }

  /** Ends the connection at once: what is under way fails, and is undone by the database. */
  destroy(): void {
    this.#session?.destroy()
  }

  async #firstConnection(): Promise<Session> {
    const { attempts, backoffMs } = this.#settings
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#dialect.connect()
      } catch (error) {
        const text = connectionText(this.#dialect, error, this.#trims)
        if (attempt >= attempts) {
          throw new ConnectError(
            `Cannot connect to the database of connection.url after ${attempts} attempts: ${text}`,
            this.#trims ? {} : { cause: error },
          )
        }
        this.#context.logger.warn(
          `Unable to connect to database on attempt ${attempt}/${attempts}. Will retry in ${backoffMs} ms. ${text}`,
        )
        await this.#context.clock.sleep(backoffMs, this.#context.signal)
      }
    }
  }
}
