import { Readable } from 'node:stream'
import { NotFoundError, type RawConfig, RestError, Turns } from '@spillway/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectorInfo, Herder, TargetState } from '../connector/herder.ts'
import { callerOf } from './authentication.ts'
import { isTrue, parameter, parameters } from './query.ts'
import { configRequest, createConnectorRequest, offsetsRequest } from './request-bodies.ts'

interface NamePath {
  readonly Params: { readonly name: string }
}
interface TaskPath {
  readonly Params: { readonly name: string; readonly task: string }
}

export interface TopicTracking {
  readonly enabled: boolean
  readonly allowReset: boolean
}

/** Everything below `/connectors` (Java: `ConnectorsResource`). */
export function registerConnectors(app: FastifyInstance, herder: Herder, tracking: TopicTracking): void {
  registerConfigs(app, herder)
  registerStates(app, herder)
  registerTasks(app, herder)
  registerTopics(app, herder, tracking)
  registerOffsets(app, herder)
}

function registerConfigs(app: FastifyInstance, herder: Herder): void {
  app.get('/connectors', async (request, reply) => {
    const wanted = new Set(parameters(request.query, 'expand'))
    const names = await herder.connectors()
    if (wanted.size === 0) return names
    const shown = shownTo(request, herder)
    return await reply.type('application/json').send(await expanded(herder, names, wanted, shown))
  })
  app.post('/connectors', async (request, reply) => {
    const { name, config, initialState } = createConnectorRequest(request.body)
    const { info } = await herder.putConnectorConfig(name, config, {
      allowReplace: false,
      ...(initialState !== undefined && { initialState }),
    })
    return await created(request, reply, name).send(info)
  })
  app.get<NamePath>('/connectors/:name', async (request) => {
    return await shownTo(request, herder)(await herder.connectorInfo(request.params.name))
  })
  app.get<NamePath>('/connectors/:name/config', async (request) => {
    return (await shownTo(request, herder)(await herder.connectorInfo(request.params.name))).config
  })
  app.put<NamePath>('/connectors/:name/config', async (request, reply) => {
    const { params, body } = request
    const result = await herder.putConnectorConfig(params.name, configRequest(body), { allowReplace: true })
    return await (result.created ? created(request, reply, params.name) : reply).send(result.info)
  })
  app.patch<NamePath>(
    '/connectors/:name/config',
    async ({ params, body }) => await herder.patchConnectorConfig(params.name, configRequest(body)),
  )
  app.delete<NamePath>('/connectors/:name', async ({ params }, reply) => {
    await herder.deleteConnector(params.name)
    return await reply.code(204).send()
  })
}

/** The answer by name, written connector by connector: a worker that has many must not stand still for it. */
async function expanded(
  herder: Herder,
  names: readonly string[],
  wanted: ReadonlySet<string>,
  shown: (of: ConnectorInfo) => Promise<ConnectorInfo>,
): Promise<Readable> {
  const turns = new Turns()
  const entries: string[] = []
  for (const name of names) {
    try {
      const entry = {
        ...(wanted.has('info') && { info: await shown(await herder.connectorInfo(name)) }),
        ...(wanted.has('status') && { status: await herder.connectorStatus(name) }),
      }
      entries.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`)
    } catch (error) {
      // Deleted since it was listed.
      if (!(error instanceof NotFoundError)) throw error
    }
    await turns.pause()
  }
  return Readable.from(
    entries.map((entry, i) => `${i === 0 ? '{' : ','}${entry}`).concat(entries.length === 0 ? '{}' : '}'),
  )
}

function registerStates(app: FastifyInstance, herder: Herder): void {
  app.get<NamePath>(
    '/connectors/:name/status',
    async ({ params }) => await herder.connectorStatus(params.name),
  )
  const targets: readonly (readonly [string, TargetState, number])[] = [
    ['pause', 'PAUSED', 202],
    ['resume', 'STARTED', 202],
    ['stop', 'STOPPED', 204],
  ]
  for (const [verb, state, status] of targets) {
    app.put<NamePath>(`/connectors/:name/${verb}`, async ({ params }, reply) => {
      await herder.setTargetState(params.name, state)
      return await reply.code(status).send()
    })
  }
  app.post<NamePath>('/connectors/:name/restart', async ({ params, query }, reply) => {
    const flag = (name: string): boolean => isTrue(parameter(query, name) ?? '')
    const options = { includeTasks: flag('includeTasks'), onlyFailed: flag('onlyFailed') }
    const state = await herder.restartConnector(params.name, options)
    if (!options.includeTasks && !options.onlyFailed) return await reply.code(204).send()
    return await reply.code(202).send(state)
  })
}

function registerTasks(app: FastifyInstance, herder: Herder): void {
  app.get<NamePath>('/connectors/:name/tasks', async (request) => {
    return await Promise.all((await herder.taskInfos(request.params.name)).map(shownTo(request, herder)))
  })
  app.get<TaskPath>(
    '/connectors/:name/tasks/:task/status',
    async ({ params }) => await herder.taskState(taskId(params)),
  )
  app.post<TaskPath>('/connectors/:name/tasks/:task/restart', async ({ params }, reply) => {
    await herder.restartTask(taskId(params))
    return await reply.code(204).send()
  })
}

function registerTopics(app: FastifyInstance, herder: Herder, tracking: TopicTracking): void {
  app.get<NamePath>('/connectors/:name/topics', async ({ params }) => {
    if (!tracking.enabled) throw new RestError(403, 'Topic tracking is disabled.')
    return { [params.name]: { topics: await herder.activeTopics(params.name) } }
  })
  app.put<NamePath>('/connectors/:name/topics/reset', async ({ params }, reply) => {
    if (!tracking.enabled) throw new RestError(403, 'Topic tracking is disabled.')
    if (!tracking.allowReset) throw new RestError(403, 'Topic tracking reset is disabled.')
    await herder.resetActiveTopics(params.name)
    return await reply.code(202).send()
  })
}

function registerOffsets(app: FastifyInstance, herder: Herder): void {
  app.get<NamePath>('/connectors/:name/offsets', async ({ params }) => ({
    offsets: await herder.offsets(params.name),
  }))
  app.get<NamePath>('/connectors/:name/topology', async (request) => {
    return await herder.topology(request.params.name, callerOf(request))
  })
  app.patch<NamePath>('/connectors/:name/offsets', async ({ params, body }) => ({
    message: await herder.alterOffsets(params.name, offsetsRequest(body)),
  }))
  app.delete<NamePath>('/connectors/:name/offsets', async ({ params }) => ({
    message: await herder.alterOffsets(params.name, null),
  }))
}

/** Hides what is secret in a configuration from users who may only read. */
function shownTo(
  request: FastifyRequest,
  herder: Herder,
): <T extends { readonly config: RawConfig }>(of: T) => Promise<T> {
  const { mayOnlyRead } = callerOf(request)
  return async (of) => (mayOnlyRead ? { ...of, config: await herder.shownToReaders(of.config) } : of)
}

/** 201, with the address that the connector has for this client. */
function created(request: FastifyRequest, reply: FastifyReply, name: string): FastifyReply {
  const url = `${request.protocol}://${request.host}/connectors/${encodeURIComponent(name)}`
  return reply.code(201).header('location', url)
}

function taskId({ name, task }: { name: string; task: string }): { connector: string; task: number } {
  if (!/^-?\d{1,9}$/.test(task)) throw new RestError(404, 'HTTP 404 Not Found')
  return { connector: name, task: Number(task) }
}
