/** Where a running topology tells what it does. `console` fits, and so do pino's loggers. */
export interface StreamsLogger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** The same with words before each message that tell who speaks. */
export function prefixed(logger: StreamsLogger, prefix: string): StreamsLogger {
  return {
    debug: (message) => logger.debug(`${prefix}${message}`),
    info: (message) => logger.info(`${prefix}${message}`),
    warn: (message) => logger.warn(`${prefix}${message}`),
    error: (message) => logger.error(`${prefix}${message}`),
  }
}
