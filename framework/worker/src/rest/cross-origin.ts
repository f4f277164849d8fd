import type { FastifyInstance } from 'fastify'

/** What pages of other origins may do (`access.control.allow.*`). */
export interface CrossOriginRules {
  readonly origins: readonly string[]
  readonly methods: readonly string[]
}

/** Jetty's own, which Connect's API answers with. */
const DEFAULT_METHODS = ['GET', 'POST', 'HEAD']
const ALLOWED_HEADERS = 'X-Requested-With,Content-Type,Accept,Origin,Authorization'
const PREFLIGHT_SECONDS = 1_800

/** The rules of the two keys as they are written; undefined where no other origin is let in. */
export function crossOriginRules(origins: string, methods: string): CrossOriginRules | undefined {
  const allowed = listOf(origins)
  if (allowed.length === 0) return undefined
  const named = listOf(methods).map((method) => method.toUpperCase())
  return { origins: allowed, methods: named.length > 0 ? named : DEFAULT_METHODS }
}

/**
 * Lets pages of the allowed origins read answers, and answers the requests by which browsers ask first. It comes before
 * authentication: a browser asks without credentials.
 */
export function registerCrossOrigin(app: FastifyInstance, rules: CrossOriginRules | undefined): void {
  if (rules === undefined) return
  const { origins, methods } = rules
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !origins.some((allowed) => matches(allowed, origin))) return
    void reply.header('access-control-allow-origin', origin)
    if (!origins.includes('*')) void reply.header('access-control-allow-credentials', 'true')
    const wanted = request.headers['access-control-request-method']
    if (request.method !== 'OPTIONS' || wanted === undefined) return
    if (methods.includes(wanted)) {
      void reply
        .header('access-control-allow-methods', methods.join(','))
        .header('access-control-allow-headers', ALLOWED_HEADERS)
        .header('access-control-max-age', String(PREFLIGHT_SECONDS))
    }
    await reply.code(200).send()
  })
}

/** `*` may stand for any part: `https://*.example.com`. */
function matches(allowed: string, origin: string): boolean {
  if (allowed === '*' || allowed === origin) return true
  if (!allowed.includes('*')) return false
  const parts = allowed.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]*')}$`, 'i').test(origin)
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
