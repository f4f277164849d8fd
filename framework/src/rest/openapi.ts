import { CONNECT_VERSION } from '../observe/version.ts'
import { OPERATIONS, type Operation } from './openapi-operations.ts'
import { SCHEMAS } from './openapi-schemas.ts'

/**
 * The description of the REST API that `GET /openapi.json` answers: OpenAPI 3.1.
 *
 * @param isServed whether a server has a route: `GET`, `/connectors/:name`.
 */
export function openApiDocument(
  isServed: (method: string, path: string) => boolean,
): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of OPERATIONS) {
    if (!isServed(operation.method.toUpperCase(), operation.path.replaceAll(/\{(\w+)\}/g, ':$1'))) continue
    const path = (paths[operation.path] ??= {})
    path[operation.method] = describe(operation)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Spillway REST API',
      description: "Kafka Connect's REST API. Every error answers with an ErrorMessage.",
      version: CONNECT_VERSION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: { schemas: SCHEMAS },
  }
}

function describe(operation: Operation): Record<string, unknown> {
  const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: name === 'task' ? 'integer' : 'string' },
  }))
  const asked = Object.entries(operation.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }))
  const parameters = [...named, ...asked]
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: ref(operation.body) } } },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, schema]) => [status, answer(status, schema)]),
      ),
      default: { description: 'An error.', content: { 'application/json': { schema: ref('ErrorMessage') } } },
    },
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
  '503': 'Not yet.',
}

function ref(name: string): Record<string, string> {
  return { $ref: `#/components/schemas/${name}` }
}
