import { RestError, systemClock } from '@spillway/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Caller } from '../config/caller.ts'
import type { Credentials } from '../config/credentials.ts'
import { LimitedLog } from './limited-log.ts'
import { LoginGuard } from './login-guard.ts'
import { needsChange } from './rights.ts'

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

/** Who may do what, for all listeners of a worker together. */
export interface AccessRules {
  readonly credentials: Credentials
  readonly guard: LoginGuard
  /** Paths that may be read without a login. */
  readonly anonymousPaths: readonly string[]
  readonly log: LimitedLog
}

/** The rules of a worker's configuration; undefined lets everyone in. */
export function accessRules(
  credentials: Credentials | undefined,
  anonymousPaths: readonly string[],
  logger: Logger,
  clock = systemClock,
): AccessRules | undefined {
  if (credentials === undefined) return undefined
  const [guard, log] = [new LoginGuard(credentials, clock), new LimitedLog(logger, clock)]
  return { credentials, guard, anonymousPaths, log }
}

/** Lets in only who proves a user, and lets read-only users only read (Java: `BasicAuthSecurityRestExtension`). */
export function registerAuthentication(app: FastifyInstance, access: AccessRules | undefined): void {
  if (access === undefined) return
  const { credentials, guard, anonymousPaths, log } = access
  app.addHook('onRequest', async (request, reply) => {
    const { config, url } = request.routeOptions
    if (config.isInternal === true) return
    if (!needsChange(request.method, url) && url !== undefined && anonymousPaths.includes(url)) return
    const { user, failed, claimed } = await guard.login(
      request.headers.authorization,
      request.ip,
      request.raw.socket,
    )
    if (user === undefined) {
      if (failed) log.warn(told(request, claimed), 'A login to the REST API failed')
      await reply
        .code(401)
        .header('www-authenticate', 'Basic realm="connect"')
        .type('text/plain')
        .send(REFUSED)
      return
    }
    request.mayOnlyRead = credentials.mayOnlyRead(user)
    if (!request.mayOnlyRead || !needsChange(request.method, url)) return
    log.warn(told(request, user), 'A request of a user who may only read was refused')
    throw new RestError(403, `User ${user} may only read (rest.read.only.users).`)
  })
}

/** On whose behalf a request is served. Without authentication everybody may do everything. */
export function callerOf(request: FastifyRequest): Caller {
  return { mayOnlyRead: request.mayOnlyRead === true }
}

/** What a warning says of a request: never its credentials. */
function told(request: FastifyRequest, user: string | undefined): Readonly<Record<string, unknown>> {
  return {
    ...(user !== undefined && { user: user.slice(0, 100) }),
    address: request.ip,
    request: `${request.method} ${request.url.split('?')[0]?.slice(0, 200) ?? ''}`,
  }
}
