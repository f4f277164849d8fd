import { RestError } from '@spillway/api'
import type { FastifyInstance } from 'fastify'

const JSON_TYPE = 'application/json'

/** Answers in JSON, named as Connect names it: without a charset, and not to who takes none (406). */
export function registerContentTypes(app: FastifyInstance): void {
  app.addHook('preHandler', async ({ headers, routeOptions }) => {
    if (routeOptions.url === undefined || routeOptions.config.isText === true) return
    if (!takesJson(headers.accept)) throw new RestError(406, 'HTTP 406 Not Acceptable')
  })
  app.addHook('onSend', async (_request, reply) => {
    const type = reply.getHeader('content-type')
    if (typeof type === 'string' && type.startsWith(JSON_TYPE)) reply.header('content-type', JSON_TYPE)
  })
}

/** RFC 9110, 12.5.1: a range may carry a weight, of which 0 refuses it. */
function takesJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true
  return accept.split(',').some((entry) => {
    const [range = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) return false
    return range === '*/*' || range === 'application/*' || range === JSON_TYPE
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers in something else than JSON. */
    isText?: boolean
  }
}
