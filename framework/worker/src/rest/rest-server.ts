import { maxHeaderSize } from 'node:http'
import { ConfigError } from '@spillway/api'
import { fastify, type FastifyInstance, type HTTPMethods } from 'fastify'
import type { Logger } from 'pino'
import { CONNECT_VERSION, COMMIT } from '../observe/version.ts'
import type { Herder } from '../connector/herder.ts'
import { type AccessRules, registerAuthentication } from './authentication.ts'
import { answerBrokenRequest, pathOf, registerBrokenRequests, SERVER_OPTIONS } from './broken-requests.ts'
import { registerConnectors, type TopicTracking } from './connectors-resource.ts'
import { type CrossOriginRules, registerCrossOrigin } from './cross-origin.ts'
import { registerContentTypes } from './content-types.ts'
import { type Mask, registerErrorReplies, replyToFrameworkError } from './error-replies.ts'
import { registerHealth } from './health-resource.ts'
import { parseBody } from './json-body.ts'
import type { ListenerTls } from './listener-tls.ts'
import { type Loggers, registerLoggers } from './loggers-resource.ts'
import { parseListener } from '../config/listener.ts'
import { openApiDocument } from './openapi/document.ts'
import { registerPlugins } from './plugins-resource.ts'
import { registerPreview } from './preview-resource.ts'
import { REQUEST_LIMITS } from './request-limits.ts'
import { registerRequestOrigin } from './request-origin.ts'
import { type HeaderRule, registerResponseHeaders } from '../config/response-headers.ts'

/** What a server needs around its routes. */
export interface ServerParts {
  readonly logger: Logger
  /** Hides secrets in what errors say; absent where none are known. */
  readonly mask?: Mask
  readonly tls?: ListenerTls
  readonly headers?: readonly HeaderRule[]
  readonly crossOrigin?: CrossOriginRules | undefined
  /** Undefined lets everyone in. */
  readonly access?: AccessRules | undefined
}

export interface RestServerParts extends ServerParts {
  readonly herder: Herder
  readonly tracking: TopicTracking
  /** What `GET /metrics` answers, in Prometheus' text format. */
  readonly metrics?: () => Promise<string>
  /** Undefined where `/admin/loggers` is served elsewhere, or nowhere. */
  readonly loggers?: Loggers
}

/** Connect's REST API over a herder; without a socket until it listens. */
export function createRestServer(parts: RestServerParts): FastifyInstance {
  const { herder } = parts
  const app = createServer(parts)
  app.get('/', async () => ({
    version: CONNECT_VERSION,
    commit: COMMIT,
    kafka_cluster_id: herder.kafkaClusterId,
  }))
  registerHealth(app, herder)
  registerRequestOrigin(app)
  registerConnectors(app, herder, parts.tracking)
  registerPlugins(app, herder)
  registerPreview(app, herder)
  if (parts.metrics !== undefined) registerMetrics(app, parts.metrics)
  if (parts.loggers !== undefined) registerLoggers(app, parts.loggers)
  app.get('/openapi.json', async () =>
    openApiDocument((method, url) => app.hasRoute({ method: method as HTTPMethods, url }), parts.access),
  )
  return app
}

/** The admin resources alone, for listeners of their own (`admin.listeners`). */
export function createAdminServer(
  parts: ServerParts & Required<Pick<RestServerParts, 'loggers' | 'metrics'>>,
): FastifyInstance {
  const app = createServer(parts)
  registerLoggers(app, parts.loggers)
  registerMetrics(app, parts.metrics)
  return app
}

/**
 * Listens on an entry of `listeners`; port 0 takes a free one.
 * @param key the configuration key that the entry is of.
 * @returns the port.
 * @throws {ConfigError} naming the key where the port is taken.
 */
export async function listen(app: FastifyInstance, listener: string, key = 'listeners'): Promise<number> {
  const { host, port } = parseListener(listener, key)
  try {
    await app.listen({ host, port })
  } catch (cause) {
    throw new ConfigError(
      `The REST API cannot listen on ${listener} (key ${key}): ${(cause as Error).message}. Choose another port.`,
      { key, cause },
    )
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function registerMetrics(app: FastifyInstance, metrics: () => Promise<string>): void {
  app.get('/metrics', { config: { isText: true } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics()),
  )
}

function createServer(parts: ServerParts): FastifyInstance {
  const app = fastify({
    loggerInstance: undefined,
    forceCloseConnections: true,
    // No limit of a path's part but that of the headers: a name that is there can be asked for.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: maxHeaderSize },
    frameworkErrors: replyToFrameworkError,
    clientErrorHandler: answerBrokenRequest,
    rewriteUrl: pathOf,
    bodyLimit: REQUEST_LIMITS.bodyBytes,
    requestTimeout: REQUEST_LIMITS.requestMs,
    connectionTimeout: REQUEST_LIMITS.idleMs,
    ...(parts.tls === undefined ? { http: SERVER_OPTIONS } : { https: { ...SERVER_OPTIONS, ...parts.tls } }),
  } as never) as unknown as FastifyInstance
  const patterns = new Set<string>()
  const routes = new Set<string>()
  app.addHook('onRoute', (route) => {
    patterns.add(route.url)
    for (const method of [route.method].flat()) if (method !== 'HEAD') routes.add(`${method} ${route.url}`)
  })
  app.decorate('knownPatterns', { getter: () => [...patterns] })
  app.decorate('knownRoutes', { getter: () => [...routes] })
  registerBrokenRequests(app)
  registerJsonBodies(app)
  registerContentTypes(app)
  registerErrorReplies(app, parts.logger, parts.mask ?? ((text) => text))
  registerResponseHeaders(app, parts.headers ?? [])
  registerCrossOrigin(app, parts.crossOrigin)
  registerAuthentication(app, parts.access)
  return app
}

/** A PUT or POST without a body is fine, whatever content type a client puts on it. */
function registerJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseBody(body as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })
}
