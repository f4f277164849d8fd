import { CONNECT_VERSION } from '../../observe/version.ts'
import type { AccessRules } from '../authentication.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { SCHEMAS } from './schemas.ts'

/**
 * The description of the REST API that `GET /openapi.json` answers: OpenAPI 3.1.
 *
 * @param isServed whether a server has a route: `GET`, `/connectors/:name`.
 * @param access who may ask it; undefined for everyone.
 */
export function openApiDocument(
  isServed: (method: string, path: string) => boolean,
  access?: Pick<AccessRules, 'anonymousPaths'>,
): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of OPERATIONS) {
    if (!isServed(operation.method.toUpperCase(), operation.path.replaceAll(/\{(\w+)\}/g, ':$1'))) continue
    const path = (paths[operation.path] ??= {})
    path[operation.method] = describe(operation, access)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Spillway REST API',
      description: "Kafka Connect's REST API. Every error but 401 answers with an ErrorMessage.",
      version: CONNECT_VERSION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    ...(access !== undefined && { security: [{ basic: [] }, { bearer: [] }] }),
    paths,
    components: {
      schemas: SCHEMAS,
      ...(access !== undefined && {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic', description: 'A user of rest.basic.auth.users.file.' },
          bearer: { type: 'http', scheme: 'bearer', description: 'A token of rest.bearer.tokens.file.' },
        },
      }),
    },
  }
}

function describe(
  operation: Operation,
  access: Pick<AccessRules, 'anonymousPaths'> | undefined,
): Record<string, unknown> {
  const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'task' ? { type: 'integer' } : { type: 'string', minLength: 1 },
  }))
  const asked = Object.entries(operation.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }))
  const parameters = [...named, ...asked]
  const isAnonymous = access?.anonymousPaths.includes(operation.path) === true && operation.method === 'get'
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(isAnonymous && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: ref(operation.body) } } },
    }),
    responses: {
      ...errors(operation, access !== undefined && !isAnonymous),
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, schema]) => [status, answer(status, schema)]),
      ),
    },
  }
}

/** What any operation may answer instead, and what this one may. */
function errors(operation: Operation, asksForLogin: boolean): Record<string, unknown> {
  const isWrite = operation.method !== 'get'
  const statuses = [
    400,
    ...(asksForLogin && isWrite ? [403] : []),
    ...(operation.path.includes('{') ? [404] : []),
    406,
    408,
    ...(isWrite ? [409, 413, 415] : []),
    431,
    500,
    ...(operation.errors ?? []),
  ]
  const login = { 401: answer('401', 'text'), 429: answer('429', 'ErrorMessage') }
  return {
    ...Object.fromEntries(statuses.map((status) => [status, answer(String(status), 'ErrorMessage')])),
    ...(asksForLogin && login),
  }
}

function answer(status: string, schema: Operation['answers'][number]): Record<string, unknown> {
  const description = DESCRIPTIONS[status] ?? 'An answer.'
  if (schema === null) return { description }
  if (schema === 'text') return { description, content: { 'text/plain': { schema: { type: 'string' } } } }
  const body = typeof schema === 'string' ? ref(schema) : schema
  return { description, content: { 'application/json': { schema: body } } }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  '200': 'Done.',
  '201': 'Created; the header Location says where.',
  '202': 'Accepted; the state says when it is done.',
  '204': 'Done, or under way.',
  '400': 'The request is wrong in itself; the message says where.',
  '401': 'No user is proven.',
  '403': 'Not for this user, or switched off.',
  '404': 'There is no such thing.',
  '406': 'The client takes no JSON.',
  '408': 'The request was not there in time.',
  '409': 'It is there already, or the workers are sharing their work anew: try again.',
  '413': 'The body is too long.',
  '415': 'The body is no JSON.',
  '429': 'Too much of it at a time: try again later.',
  '431': 'The headers are too long.',
  '500': 'It could not be done, for a reason that is not the request; the message says which.',
  '503': 'Not yet.',
}

function ref(name: string): Record<string, string> {
  return { $ref: `#/components/schemas/${name}` }
}
