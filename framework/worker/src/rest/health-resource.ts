import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Herder } from '../connector/herder.ts'

/** Connect's own limit for this one request. */
const TIMEOUT_MS = 10_000

/**
 * `GET /health` (KIP-1017): 200 where the worker can do its work, 503 while it starts, 500 where the herder does not get
 * through to its cluster. As in Connect, failed connectors and tasks do not make a worker unhealthy.
 */
export function registerHealth(app: FastifyInstance, herder: Herder, timeoutMs = TIMEOUT_MS): void {
  app.get('/health', async (_request, reply) => {
    if (!herder.isReady) {
      return await reply.code(503).send({ status: 'starting', message: 'Worker is still starting up.' })
    }
    const problem = await problemOf(herder, timeoutMs)
    if (problem === undefined) {
      return { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }
    }
    return await reply.code(500).send({
      status: 'unhealthy',
      message: `Worker was unable to handle this request and may be unable to handle other requests. ${problem}`,
    })
  })
}

/** Why the worker cannot do its work, in words; undefined where it can. */
async function problemOf(herder: Herder, timeoutMs: number): Promise<string | undefined> {
  const answered = new AbortController()
  const late = delay(timeoutMs, `It did not get through to its Kafka cluster in ${timeoutMs} ms.`, {
    signal: answered.signal,
  }).catch(() => undefined)
  try {
    return await Promise.race([
      herder.checkHealth().then(
        () => undefined,
        (error: Error) => error.message,
      ),
      late,
    ])
  } finally {
    answered.abort()
  }
}
