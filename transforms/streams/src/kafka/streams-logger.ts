/** Where a running topology tells what it does. `console` fits, and so do pino's loggers. */
export interface StreamsLogger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** An error with its causes, since the first message alone says only where. */
export function describeError(error: unknown): string {
  const texts: string[] = []
  for (let each: unknown = error; each instanceof Error && texts.length < 5; each = each.cause)
    texts.push(`${each.name}: ${each.message}`)
  return texts.length === 0 ? String(error) : texts.join('; caused by ')
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
