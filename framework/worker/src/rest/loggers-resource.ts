import { BadRequestError, NotFoundError } from '@spillway/api'
import type { FastifyInstance } from 'fastify'
import { type LogLevel, type LoggerLevel, parseLogLevel } from '../observe/log-levels.ts'
import { parameter } from './query.ts'

/** The loggers of a worker, its task threads included. */
export interface Loggers {
  all(): Promise<Readonly<Record<string, LoggerLevel>>>
  get(name: string): Promise<LoggerLevel | undefined>
  /** Sets the level of a logger and of all below it, on this worker; returns their names, sorted. */
  set(namespace: string, level: LogLevel): Promise<string[]>
  /** The same on every worker of the cluster (KIP-976). */
  setInCluster(namespace: string, level: LogLevel): Promise<void>
}

const LONGEST_NAME = 512

interface LoggerPath {
  readonly Params: { readonly logger: string }
}

/** Everything below `/admin/loggers` (Java: `LoggingResource`). */
export function registerLoggers(app: FastifyInstance, loggers: Loggers): void {
  app.get('/admin/loggers', async () => await loggers.all())
  app.get<LoggerPath>('/admin/loggers/:logger', async ({ params }) => {
    const level = await loggers.get(params.logger)
    if (level === undefined) throw new NotFoundError(`Logger ${params.logger} not found.`)
    return level
  })
  app.put<LoggerPath>('/admin/loggers/:logger', async ({ params, query, body }, reply) => {
    const level = levelOf(body)
    if (params.logger.length > LONGEST_NAME) {
      throw new BadRequestError(`The name of a logger has at most ${LONGEST_NAME} characters.`)
    }
    if (parameter(query, 'scope')?.toLowerCase() === 'cluster') {
      await loggers.setInCluster(params.logger, level)
      return await reply.code(204).send()
    }
    return await loggers.set(params.logger, level)
  })
}

function levelOf(body: unknown): LogLevel {
  const text = typeof body === 'object' && body !== null ? (body as { level?: unknown }).level : undefined
  if (text === undefined || text === null) {
    throw new BadRequestError("Desired 'level' parameter was not specified in request.")
  }
  const level = typeof text === 'string' ? parseLogLevel(text) : undefined
  if (level === undefined) {
    const given = typeof text === 'string' ? text : JSON.stringify(text)
    throw new NotFoundError(`invalid log level '${given}'.`)
  }
  return level
}
