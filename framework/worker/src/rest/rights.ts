/**
 * What a user needs to be let through to a route: `read` is what everybody has, `change` is kept from users of
 * `rest.read.only.users`. A route that is not in this table needs `change`.
 */
export const RIGHTS: Readonly<Record<string, 'read' | 'change'>> = {
  'GET /': 'read',
  'GET /health': 'read',
  'GET /metrics': 'read',
  'GET /openapi.json': 'read',
  // Secrets are hidden from who may only read.
  'GET /connectors': 'read',
  'POST /connectors': 'change',
  'GET /connectors/:name': 'read',
  'DELETE /connectors/:name': 'change',
  'GET /connectors/:name/config': 'read',
  'PUT /connectors/:name/config': 'change',
  'PATCH /connectors/:name/config': 'change',
  'GET /connectors/:name/status': 'read',
  'PUT /connectors/:name/pause': 'change',
  'PUT /connectors/:name/resume': 'change',
  'PUT /connectors/:name/stop': 'change',
  'POST /connectors/:name/restart': 'change',
  'GET /connectors/:name/tasks': 'read',
  'GET /connectors/:name/tasks/:task/status': 'read',
  'POST /connectors/:name/tasks/:task/restart': 'change',
  'GET /connectors/:name/topics': 'read',
  'PUT /connectors/:name/topics/reset': 'change',
  'GET /connectors/:name/offsets': 'read',
  'GET /connectors/:name/topology': 'read',
  'PATCH /connectors/:name/offsets': 'change',
  'DELETE /connectors/:name/offsets': 'change',
  'GET /connector-plugins': 'read',
  'GET /connector-plugins/:plugin/config': 'read',
  // For who may only read: without placeholders, connections, files, and without records of topics.
  'PUT /connector-plugins/:plugin/config/validate': 'read',
  'POST /connector-plugins/:plugin/preview': 'read',
  'GET /admin/loggers': 'read',
  'GET /admin/loggers/:logger': 'read',
  'PUT /admin/loggers/:logger': 'change',
}

/** @param route the pattern of a route; undefined where there is none, and nothing to be kept from. */
export function needsChange(method: string, route: string | undefined): boolean {
  const reads = method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
  if (route === undefined || method === 'OPTIONS') return !reads
  return RIGHTS[`${method === 'HEAD' ? 'GET' : method} ${route}`] !== 'read'
}
