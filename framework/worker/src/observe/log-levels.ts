import { BadRequestError } from '@spillway/api'
import type { Logger } from 'pino'

/** Level names as `/admin/loggers` reads and writes them, with the ones of the log lines. */
const LEVELS = {
  OFF: 'silent',
  FATAL: 'fatal',
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'info',
  DEBUG: 'debug',
  TRACE: 'trace',
  ALL: 'trace',
} as const

export type LogLevel = keyof typeof LEVELS

/** The logger above all others. */
export const ROOT_LOGGER = 'root'
/** Above every logger of the worker itself. */
export const WORKER_LOGGER = 'org.apache.kafka.connect'

/** Logger names that may be created by hand; a client that invents names without end must not fill the memory. */
const MAX_SETTINGS = 5_000

/** The level of one logger (Java: `LoggerLevel`); `last_modified` is ms since the epoch, null for never. */
export interface LoggerLevel {
  readonly level: LogLevel
  readonly last_modified: number | null
}

/** Levels that were set by hand, by logger name: what task threads are told. */
export type LogLevelSettings = Readonly<Record<string, LogLevel>>

/** The level a text names in any case; undefined where it names none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const name = text.toUpperCase()
  return Object.hasOwn(LEVELS, name) ? (name as LogLevel) : undefined
}

/** Name of the logger of a connector, or of one of its tasks. */
export function connectorLogger(connector: string, task?: number): string {
  return `${WORKER_LOGGER}.connector.${connector}${task === undefined ? '' : `.${task}`}`
}

/**
 * Levels of a logger and all its children, by hierarchical names (Java: `Loggers`). A child is named by its bindings:
 * `logger`, or `connector` and `task`; any other child has the name of its parent. A logger without a level of its own
 * has that of the nearest one above it.
 */
export class LogLevels {
  readonly #now: () => number
  readonly #rootLevel: LogLevel
  readonly #settings = new Map<string, LoggerLevel>()
  /** Names that loggers of this thread have. */
  readonly #names = new Set<string>([WORKER_LOGGER])
  readonly #loggers = new Set<{ readonly name: string; readonly logger: WeakRef<Logger> }>()

  /** Takes over the levels of this logger and of every child made from now on. */
  constructor(root: Logger, now: () => number = Date.now) {
    this.#now = now
    this.#rootLevel = parseLogLevel(root.level === 'silent' ? 'OFF' : root.level) ?? 'INFO'
    this.#adopt(root, ROOT_LOGGER)
    root.onChild = (child) => this.#adoptChild(child)
  }

  /** All known loggers, sorted by name. @param others names of loggers that live in other threads. */
  all(others: Iterable<string> = []): Record<string, LoggerLevel> {
    const names = [...new Set([ROOT_LOGGER, ...this.#names, ...this.#settings.keys(), ...others])].sort()
    return Object.fromEntries(names.map((name) => [name, this.#levelOf(name)]))
  }

  /** One logger; undefined where the name is not known. */
  get(name: string, others: Iterable<string> = []): LoggerLevel | undefined {
    const isKnown =
      name === ROOT_LOGGER || this.#names.has(name) || this.#settings.has(name) || [...others].includes(name)
    return isKnown ? this.#levelOf(name) : undefined
  }

  /**
   * Sets the level of a logger, which is created where it is not known, and of all below it.
   *
   * @returns the names of all of them, sorted. Those that had the level already keep the time of their last change.
   * @throws {RestError} 400 where too many have a level of their own.
   */
  set(namespace: string, level: LogLevel, others: Iterable<string> = []): string[] {
    this.checkRoom(namespace)
    const known = Object.keys(this.all(others)).filter((name) => isBelow(name, namespace))
    const names = [...new Set([namespace, ...known])].sort()
    const before = names.map((name) => this.#levelOf(name))
    for (const [i, name] of names.entries()) {
      const last = before[i]
      this.#settings.set(name, {
        level,
        last_modified: last?.level === level ? last.last_modified : this.#now(),
      })
    }
    this.#applyAll()
    return names
  }

  /** @throws {RestError} 400 where one more logger cannot have a level of its own. */
  checkRoom(namespace: string): void {
    if (this.#settings.size < MAX_SETTINGS || this.#settings.has(namespace)) return
    throw new BadRequestError(`No more than ${MAX_SETTINGS} loggers can have a level of their own.`)
  }

  /** Every level set by hand, for {@link replace} in another thread. */
  settings(): LogLevelSettings {
    return Object.fromEntries([...this.#settings].map(([name, { level }]) => [name, level]))
  }

  /** Takes the settings of another thread in place of its own. */
  replace(settings: LogLevelSettings): void {
    this.#settings.clear()
    for (const [name, level] of Object.entries(settings)) {
      this.#settings.set(name, { level, last_modified: null })
    }
    this.#applyAll()
  }

  #levelOf(name: string): LoggerLevel {
    const own = this.#settings.get(name)
    if (own !== undefined) return own
    return { level: this.#inherited(name), last_modified: null }
  }

  #inherited(name: string): LogLevel {
    for (let end = name.lastIndexOf('.'); end > 0; end = name.lastIndexOf('.', end - 1)) {
      const above = this.#settings.get(name.slice(0, end))
      if (above !== undefined) return above.level
    }
    return this.#settings.get(ROOT_LOGGER)?.level ?? this.#rootLevel
  }

  #adoptChild(child: Logger): void {
    const { logger, connector, task } = child.bindings() as {
      logger?: string
      connector?: string
      task?: number
    }
    const name = logger ?? (connector === undefined ? ROOT_LOGGER : connectorLogger(connector, task))
    // A connector's own loggers come and go with it; those of the worker's parts stay.
    if (logger !== undefined) this.#names.add(logger)
    this.#adopt(child, name)
  }

  #adopt(logger: Logger, name: string): void {
    for (const entry of this.#loggers) if (entry.logger.deref() === undefined) this.#loggers.delete(entry)
    this.#loggers.add({ name, logger: new WeakRef(logger) })
    apply(logger, this.#levelOf(name).level)
  }

  #applyAll(): void {
    for (const { name, logger } of this.#loggers) {
      const alive = logger.deref()
      if (alive !== undefined) apply(alive, this.#levelOf(name).level)
    }
  }
}

function apply(logger: Logger, level: LogLevel): void {
  const wanted = LEVELS[level]
  if (logger.level !== wanted) logger.level = wanted
}

function isBelow(name: string, namespace: string): boolean {
  return namespace === ROOT_LOGGER || name === namespace || name.startsWith(`${namespace}.`)
}
