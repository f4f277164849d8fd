import { fastify, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { ConfigError } from '../errors/connect-errors.ts'
import { parseListener } from './listener.ts'
import { CONNECT_VERSION, COMMIT } from '../observe/version.ts'
import type { Herder } from '../worker/herder.ts'
import { registerConnectors, type TopicTracking } from './connectors-resource.ts'
import { registerErrorReplies } from './error-replies.ts'
import { registerPlugins } from './plugins-resource.ts'

export interface RestServerParts {
  readonly herder: Herder
  readonly tracking: TopicTracking
  readonly logger: Logger
}

/** Connect's REST API over a herder; without a socket until {@link listen}. */
export function createRestServer(parts: RestServerParts): FastifyInstance {
  const app = fastify({
    loggerInstance: undefined,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    bodyLimit: 4 * 1024 * 1024,
  } as never) as unknown as FastifyInstance
  const patterns = new Set<string>()
  app.addHook('onRoute', (route) => {
    patterns.add(route.url)
  })
  app.decorate('knownPatterns', { getter: () => [...patterns] })
  acceptEmptyJson(app)
  registerErrorReplies(app, parts.logger)
  app.get('/', async () => ({
    version: CONNECT_VERSION,
    commit: COMMIT,
    kafka_cluster_id: parts.herder.kafkaClusterId,
  }))
  app.get('/health', async (_request, reply) => {
    if (parts.herder.isReady) {
      return { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }
    }
    return await reply.code(503).send({ status: 'starting', message: 'Worker is still starting up.' })
  })
  registerConnectors(app, parts.herder, parts.tracking)
  registerPlugins(app, parts.herder)
  return app
}

/** A PUT or POST without a body is fine, whatever content type a client puts on it. */
function acceptEmptyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') {
      done(null, undefined)
      return
    }
    try {
      done(null, JSON.parse(body as string))
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }))
    }
  })
}

/** @throws {ConfigError} naming the key where the port is taken. Port 0 takes a free one. @returns the port. */
export async function listen(app: FastifyInstance, listener: string): Promise<number> {
  const { host, port } = parseListener(listener)
  try {
    await app.listen({ host, port })
  } catch (cause) {
    throw new ConfigError(
      `The REST API cannot listen on ${listener} (key listeners): ${(cause as Error).message}. Choose another port.`,
      { key: 'listeners', cause },
    )
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
