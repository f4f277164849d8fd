/** A statement that took longer than statement.timeout.ms; its connection is closed, as nobody knows what it does. */
export class StatementTimeoutError extends Error {
  readonly code = 'ETIMEDOUT'

  constructor(ms: number) {
    super(`A statement took longer than statement.timeout.ms=${ms}; its connection was closed`)
    this.name = 'StatementTimeoutError'
  }
}

/** A connection that was closed while a statement was under way, as nobody waits for it any more. */
export class ConnectionClosedError extends Error {
  readonly code = 'ECONNABORTED'

  constructor() {
    super('The connection was closed while a statement was under way')
    this.name = 'ConnectionClosedError'
  }
}

/**
 * Waits for a statement, at most that long; then closes its connection.
 *
 * @param ms 0 for no limit.
 * @param closed ends the wait: some drivers never answer for a connection that is destroyed.
 */
export async function withTimeout<T>(
  work: Promise<T>,
  ms: number,
  abandon: () => void,
  closed: AbortSignal,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let onClosed: (() => void) | undefined
  const ended = new Promise<never>((_, reject) => {
    onClosed = () => reject(new ConnectionClosedError())
    closed.addEventListener('abort', onClosed, { once: true })
    if (ms === 0) return
    timer = setTimeout(() => {
      // First the reason: closing the connection is told to this wait too.
      reject(new StatementTimeoutError(ms))
      abandon()
    }, ms)
  })
  try {
    return await Promise.race([work, ended])
  } finally {
    clearTimeout(timer)
    if (onClosed !== undefined) closed.removeEventListener('abort', onClosed)
  }
}
