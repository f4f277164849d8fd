import type { FastifyInstance } from 'fastify'
import type { Herder } from '../connector/herder.ts'
import { callerOf } from './authentication.ts'
import { isTrue, parameter } from './query.ts'
import { configRequest } from './request-bodies.ts'

interface PluginPath {
  readonly Params: { readonly plugin: string }
}

/** Everything below `/connector-plugins` (Java: `ConnectorPluginsResource`). */
export function registerPlugins(app: FastifyInstance, herder: Herder): void {
  app.get('/connector-plugins', async ({ query }) => {
    return herder.plugins({
      connectorsOnly: isTrue(parameter(query, 'connectorsOnly') ?? 'true'),
      allKinds: parameter(query, 'kinds') === 'all',
    })
  })
  app.get<PluginPath>('/connector-plugins/:plugin/config', async ({ params }) =>
    herder.pluginConfig(params.plugin),
  )
  app.put<PluginPath>(
    '/connector-plugins/:plugin/config/validate',
    async (request) =>
      await herder.validate(request.params.plugin, configRequest(request.body), callerOf(request)),
  )
}
