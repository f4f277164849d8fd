import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyInstance } from 'fastify'
import { parameter } from './query.ts'

/** What a request says about being forwarded from worker to worker. */
export interface RequestOrigin {
  /** The `forward` parameter: absent in a client's request, `true` in the first hop, `false` in the last. */
  readonly forward: string | undefined
  readonly authorization: string | undefined
}

const origins = new AsyncLocalStorage<RequestOrigin>()

/** Lets herders ask, while they serve a request, where it comes from. */
export function registerRequestOrigin(app: FastifyInstance): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const forward = parameter(request.query, 'forward')
    origins.run({ forward, authorization: request.headers.authorization }, done)
  })
}

/** The request being served; undefined outside of one. */
export function requestOrigin(): RequestOrigin | undefined {
  return origins.getStore()
}
