/** Every operation of the API's own description, asked with hostile values; SPILLWAY_FUZZ_RUNS requests. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { createTopic, uniqueName } from '../../support/topics.ts'
import { WorkerProcess } from '../../support/worker-process.ts'
import { misfits } from './schema-check.ts'

interface Described {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: unknown
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>
  >
}
interface Operation {
  readonly method: string
  readonly path: string
  readonly described: Described
}
interface Asked {
  readonly operation: Operation
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const RUNS = Number(process.env['SPILLWAY_FUZZ_RUNS'] ?? 500)
const folder = mkdtempSync(join(tmpdir(), 'spillway-rest-fuzz-'))
const topic = uniqueName('fuzz')
const agent = new Agent({ keepAlive: true })
let worker: WorkerProcess
let operations: Operation[]
let schemas: Readonly<Record<string, unknown>>

before(async () => {
  await createTopic(topic)
  worker = await WorkerProcess.start()
  for (const name of ['running', 'stopped']) {
    const initial_state = name === 'stopped' ? 'STOPPED' : 'RUNNING'
    const config = { 'connector.class': 'FileStreamSink', topics: topic, file: join(folder, name) }
    assert.equal((await worker.rest('POST', '/connectors', { name, config, initial_state })).status, 201)
  }
  const document = (await worker.rest('GET', '/openapi.json')).body as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
    readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
  }
  schemas = document.components.schemas
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ method: method.toUpperCase(), path, described })),
  )
})
after(async () => {
  agent.destroy()
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    ...Object.getOwnPropertyNames(Object.prototype),
    '',
    '.',
    '..',
    '../..',
    '%2F',
    '%00',
    'null',
    '-1',
    '1e9',
  ),
  fc.constantFrom(
    'x'.repeat(600),
    '\ud800',
    '￿',
    '😀'.repeat(200),
    "'; --",
    '${env:PATH}',
    '${file:/etc/passwd:root}',
  ),
)
/** A part of a path: never empty, or it would be another path. */
const name = fc.oneof(
  {
    arbitrary: fc.constantFrom('running', 'stopped', 'FileStreamSink', 'S3SinkConnector', '0', 'org.x'),
    weight: 2,
  },
  { arbitrary: hostileText.filter((part) => part !== '' && part.isWellFormed()), weight: 1 },
)
const value: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, [], {}, [[[]]], { toString: 1 }, '', 1e308, -0),
)
const configKey = fc.oneof(
  fc.constantFrom(
    'name',
    'connector.class',
    'topics',
    'topics.regex',
    'file',
    'tasks.max',
    'transforms',
    'predicates',
    'transforms.a.type',
    'transforms.a.regex',
    'transforms.a.replacement',
    'predicates.p.type',
    'predicates.p.pattern',
    'key.converter',
    'errors.tolerance',
    'errors.deadletterqueue.topic.name',
    'consumer.override.group.id',
    'flush.size',
    'connection.url',
    'partitioner.class',
  ),
  hostileText,
)
const configValue = fc.oneof(
  fc.constantFrom(
    'FileStreamSink',
    'S3SinkConnector',
    'JdbcSinkConnector',
    'RegexRouter',
    'Filter',
    'TopicNameMatches',
    'a',
    'p',
    'a,a',
    'all',
    '(a+)+$',
    'a{999999999}',
    '(',
    '[[[',
    topic,
    join(folder, 'out'),
    'running',
    '1',
    '-1',
    '${env:PATH}',
  ),
  value,
)
const pairs = (
  keys: fc.Arbitrary<string>,
  values: fc.Arbitrary<unknown>,
): fc.Arbitrary<Record<string, unknown>> =>
  fc.array(fc.tuple(keys, values), { maxLength: 6 }).map((entries) => Object.fromEntries(entries))
const config = pairs(configKey, configValue)
/** One that can be created, with a few keys that nobody expects. */
const goodConfig = pairs(hostileText, hostileText).map((extra) => ({
  'connector.class': 'FileStreamSink',
  topics: topic,
  file: join(folder, 'out'),
  ...extra,
}))
const record = fc.record(
  { topic: value, partition: value, offset: value, timestamp: value, key: value, value, headers: value },
  { requiredKeys: [] },
)
const offset = fc.record(
  {
    partition: fc.record(
      { kafka_topic: fc.oneof(fc.constant(topic), value), kafka_partition: fc.oneof(fc.constant(0), value) },
      { requiredKeys: [] },
    ),
    offset: fc.oneof(pairs(fc.constantFrom('kafka_offset', 'kafka_timestamp'), value), value),
  },
  { requiredKeys: [] },
)
const body = fc.oneof(
  config,
  goodConfig,
  fc.record({ name, config: goodConfig }),
  fc.record({ config: goodConfig, records: fc.oneof(fc.array(record, { maxLength: 3 }), value) }),
  fc.record(
    { name: fc.oneof(name, value), config: fc.oneof(config, value), initial_state: value },
    { requiredKeys: [] },
  ),
  fc.record({ offsets: fc.oneof(fc.array(offset, { maxLength: 3 }), value) }, { requiredKeys: [] }),
  fc.record({ level: fc.oneof(fc.constantFrom('INFO', 'debug'), value) }, { requiredKeys: [] }),
  value,
)
const bodyText = fc.oneof(
  { arbitrary: body.map((part) => JSON.stringify(part)), weight: 8 },
  {
    arbitrary: fc.constantFrom(
      '',
      '{',
      '[1,',
      'nonsense',
      '{"a":1.0}',
      '{"__proto__":{"a":1}}',
      '['.repeat(100_000),
      '"\\ud800"',
    ),
    weight: 1,
  },
)
const query = fc.array(
  fc.tuple(
    fc.constantFrom(
      'expand',
      'forward',
      'includeTasks',
      'onlyFailed',
      'connectorsOnly',
      'scope',
      '__proto__',
    ),
    fc.constantFrom('', 'true', 'false', 'info', 'status', 'cluster', '%F0%9F%98%80', '%00', '&&='),
  ),
  { maxLength: 3 },
)
const headers = fc.oneof(
  { arbitrary: fc.constant({}), weight: 6 },
  {
    arbitrary: fc.constantFrom(
      { accept: 'text/html' },
      { accept: '*/*;q=0' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json; charset=utf-16' },
      { expect: '100-continue' },
      { authorization: 'Basic Og==' },
      { origin: 'http://elsewhere' },
    ),
    weight: 1,
  },
)

const asked = (): fc.Arbitrary<Asked> =>
  fc
    .record({
      operation: fc.constantFrom(...operations),
      names: fc.tuple(name, fc.oneof(fc.constantFrom('0', '-1', '99999999999'), name)),
      query,
      headers,
      body: bodyText,
    })
    .map(({ operation, names, query: given, headers: own, body: sent }) => {
      // The two that are there from the start stay as they are.
      const ends = ['deleteConnector', 'resumeConnector'].includes(operation.described.operationId)
      const isKept = ends && ['running', 'stopped'].includes(names[0])
      const parts = isKept ? ['nobody', names[1]] : names
      let next = 0
      const path = operation.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(parts[next++] ?? ''))
      const search = given.map(([key, part]) => `${key}=${part}`).join('&')
      const hasBody = operation.described.requestBody !== undefined
      return {
        operation,
        path: search === '' ? path : `${path}?${search}`,
        headers: { ...(hasBody && { 'content-type': 'application/json' }), ...own },
        body: hasBody ? sent : undefined,
      }
    })

async function send({
  operation,
  path,
  headers: own,
  body: sent,
}: Asked): Promise<{ reply: IncomingMessage; body: string }> {
  const { hostname, port } = new URL(worker.url)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const length = sent === undefined ? {} : { 'content-length': String(Buffer.byteLength(sent)) }
  request({ agent, hostname, port, path, method: operation.method, headers: { ...length, ...own } }, resolve)
    .on('error', reject)
    .end(sent)
  const reply = await promise
  return { reply, body: await text(reply) }
}

/** What was made can be asked for, and deleted. */
async function assertAddressable(made: string): Promise<void> {
  const path = `/connectors/${encodeURIComponent(made)}`
  assert.equal(((await worker.rest('GET', path)).body as { name: string }).name, made)
  const { body: all } = await worker.rest('GET', '/connectors?expand=info')
  assert.ok(Object.hasOwn(all as object, made))
  assert.equal((await worker.rest('DELETE', path)).status, 204)
}

/** What Kafka Connect answers with 500, and so do we: docs/compatibility.md. */
function isKnownFailure({ operation }: Asked, message: string): boolean {
  return (
    operation.described.operationId === 'alterOffsets' &&
    message.startsWith('Failed to alter consumer group offsets')
  )
}

test('no request is a failure of the server, and every answer is as it is described', async () => {
  const statuses = new Map<number, number>()
  const seed = Number(process.env['SPILLWAY_SEED'] ?? 1)
  console.log(`SPILLWAY_SEED=${seed}`)
  await fc.assert(
    fc.asyncProperty(asked(), async (one) => {
      const { reply, body: answer } = await send(one)
      const status = reply.statusCode ?? 0
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const error =
        status >= 400 ? (JSON.parse(answer) as { error_code?: unknown; message: string }) : undefined
      if (error !== undefined) {
        assert.deepEqual([error.error_code, typeof error.message], [status, 'string'], answer)
        assert.equal(reply.headers['content-type'], 'application/json')
        if (isKnownFailure(one, error.message)) return
      }
      assert.ok(status < 500, `${status} ${answer}`)
      const described = one.operation.described.responses[status]
      assert.ok(described, `${status} is not described: ${answer}`)
      const type = reply.headers['content-type']?.split(';')[0]
      assert.deepEqual(type === undefined ? [] : [type], Object.keys(described.content ?? {}), answer)
      const schema = described.content?.['application/json']?.schema
      if (schema !== undefined) assert.deepEqual(misfits(JSON.parse(answer), schema, schemas), [])
      if (status === 201) await assertAddressable((JSON.parse(answer) as { name: string }).name)
    }),
    { numRuns: RUNS, seed, interruptAfterTimeLimit: 3_000_000 },
  )
  console.log(Object.fromEntries([...statuses].toSorted(([a], [b]) => a - b)))
  assert.ok((statuses.get(200) ?? 0) > RUNS / 50, 'some requests are good ones')
  assert.equal((await worker.rest('GET', '/health')).status, 200)
})
