import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import type { Herder } from '../../connector/herder.ts'
import { OPERATIONS } from './operations.ts'
import { openApiDocument } from './document.ts'
import { createRestServer } from '../rest-server.ts'

interface Described {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly responses: Readonly<Record<string, unknown>>
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

const unused = async (): Promise<never> => {
  throw new Error('not asked here')
}
const server = createRestServer({
  herder: {} as Herder,
  logger: pino({ level: 'silent' }),
  tracking: { enabled: true, allowReset: true },
  metrics: unused,
  loggers: { all: unused, get: unused, set: unused, setInCluster: unused },
})
const document = openApiDocument(() => true) as unknown as Document
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
)

/** Every `$ref` of a value, however deep. */
function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsOf(inner)))
}

suite('the description of the REST API', () => {
  test('every route of the server is described', async () => {
    await server.ready()
    const routes = (server as unknown as { knownRoutes: readonly string[] }).knownRoutes
    assert.ok(routes.length >= 30, String(routes.length))
    const known = new Set(
      described.map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    )
    assert.deepEqual(
      routes.filter((route) => !known.has(route)),
      [],
    )
  })

  test('every description is of a route of the server', async () => {
    const answer = await server.inject({ method: 'GET', url: '/openapi.json' })
    assert.equal(answer.statusCode, 200)
    assert.deepEqual(answer.json(), document)
    assert.equal(described.length, OPERATIONS.length)
  })

  test('a route that a server lacks is left out of its description', async () => {
    const { paths } = openApiDocument((_method, path) => !path.startsWith('/admin/')) as unknown as Document
    assert.ok(!Object.hasOwn(paths, '/admin/loggers'))
    assert.ok(Object.hasOwn(paths, '/connectors'))
  })

  test('ids are unique, references lead somewhere, and every schema is used', () => {
    assert.match(document.openapi, /^3\.1\./)
    const ids = described.map(({ operation }) => operation.operationId)
    assert.equal(new Set(ids).size, ids.length)
    const refs = new Set(refsOf(document))
    const schemas = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
    assert.deepEqual([...refs].toSorted(), schemas.toSorted())
  })

  test('path parameters are declared, and every operation says what it answers', () => {
    for (const { method, path, operation } of described) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      assert.deepEqual(
        declared.map((parameter) => parameter.name),
        named,
        `${method} ${path}`,
      )
      assert.ok(declared.every((parameter) => parameter.required === true))
      assert.ok(
        Object.keys(operation.responses).some((status) => /^2\d\d$/.test(status)),
        `${method} ${path}`,
      )
    }
  })
})
