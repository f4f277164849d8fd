import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '../worker/herder.ts'
import type { Credentials } from './credentials.ts'
import { needsChange } from './rights.ts'
import { RestError } from './rest-error.ts'

/** What Connect's `JaasBasicAuthFilter` answers. */
const REFUSED = 'User cannot access the resource.'

declare module 'fastify' {
  interface FastifyRequest {
    /** True where the user is one of `rest.read.only.users`. */
    mayOnlyRead?: boolean
  }
  interface FastifyContextConfig {
    /** True where a request proves itself by its signature: a worker's request to another (Java: `INTERNAL_REQUEST_MATCHERS`). */
    readonly isInternal?: boolean
  }
}

/** Lets in only who proves a user, and lets read-only users only read (Java: `BasicAuthSecurityRestExtension`). */
export function registerAuthentication(app: FastifyInstance, credentials: Credentials | undefined): void {
  if (credentials === undefined) return
  app.addHook('onRequest', async (request, reply) => {
    const { config } = request.routeOptions
    if (config.isInternal === true) return
    const user = credentials.userOf(request.headers.authorization)
    if (user === undefined) {
      await reply
        .code(401)
        .header('www-authenticate', 'Basic realm="connect"')
        .type('text/plain')
        .send(REFUSED)
      return
    }
    request.mayOnlyRead = credentials.mayOnlyRead(user)
    if (!request.mayOnlyRead || !needsChange(request.method, request.routeOptions.url)) return
    throw new RestError(403, `User ${user} may only read (rest.read.only.users).`)
  })
}

/** On whose behalf a request is served. Without authentication everybody may do everything. */
export function callerOf(request: FastifyRequest): Caller {
  return { mayOnlyRead: request.mayOnlyRead === true }
}
