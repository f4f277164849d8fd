import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type { Herder, OffsetChange } from '../connector/herder.ts'
import { parseBody } from './json-body.ts'
import { configRequest, offsetsRequest } from './request-bodies.ts'
import { REQUEST_LIMITS } from './request-limits.ts'
import { createRestServer } from './rest-server.ts'

const NAMES = Object.getOwnPropertyNames(Object.prototype)
const asked: unknown[] = []
const herder = {
  kafkaClusterId: 'cluster',
  isReady: true,
  connectors: async () => NAMES,
  connectorInfo: async (name: string) => ({ name }),
  connectorStatus: async (name: string) => ({ name }),
  restartConnector: async (_name: string, options: unknown) => asked.push(options),
  plugins: ({ connectorsOnly }: { connectorsOnly: boolean }) => [{ connectorsOnly }],
} as unknown as Herder
const unused = async (): Promise<never> => await Promise.reject(new Error('not asked here'))
let app: FastifyInstance
let port: number

before(async () => {
  app = createRestServer({
    herder,
    logger: pino({ level: 'silent' }),
    tracking: { enabled: true, allowReset: true },
    metrics: unused,
    loggers: { all: unused, get: unused, set: async (name) => [name], setInCluster: unused },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})
after(async () => await app.close())

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Sends what no client would, and reads until the server closes. */
async function raw(request: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request, 'latin1')
  const answer = await text(socket)
  const [head = '', ...body] = answer.split('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
    type: /^content-type: (.*)$/im.exec(head)?.[1] ?? '',
    body: body.join('\r\n\r\n'),
  }
}

function assertError({ status, type, body }: Answer, expected: number): void {
  assert.equal(status, expected, body)
  assert.equal(type, 'application/json')
  const json = /\{.*\}/s.exec(body)?.[0] ?? body
  const { error_code, message } = JSON.parse(json) as { error_code: unknown; message: unknown }
  assert.equal(error_code, expected)
  assert.ok(typeof message === 'string' && message.length > 0)
}

suite('HTTP that is broken is answered in the form of every error', () => {
  const head = 'Host: x\r\nConnection: close\r\n'
  const post = `POST /connectors HTTP/1.1\r\n${head}Content-Type: application/json\r\n`
  const cases: Readonly<Record<string, readonly [string, number]>> = {
    'no HTTP at all': ['hello\r\n\r\n', 400],
    'a greeting of TLS': ['\x16\x03\x01\x02\x00\x01\x00\x01', 400],
    'HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    'a method there is not': [`BREW / HTTP/1.1\r\n${head}\r\n`, 400],
    'no host': ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    'headers beyond all bounds': [`GET / HTTP/1.1\r\n${head}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    'a path beyond all bounds': [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${head}\r\n`, 431],
    'two lengths': [`${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`, 400],
    'a negative length': [`${post}Content-Length: -2\r\n\r\n{}`, 400],
    'a chunk without a length': [`${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}`, 400],
    'an expectation': [`${post}Expect: miracles\r\nContent-Length: 2\r\n\r\n{}`, 417],
    'a tunnel': [`CONNECT other:80 HTTP/1.1\r\n${head}\r\n`, 405],
    TRACE: [`TRACE /connectors HTTP/1.1\r\n${head}\r\n`, 405],
    QUERY: [`QUERY /connectors HTTP/1.1\r\n${head}\r\n`, 405],
    'a body of no type': [`POST /connectors HTTP/1.1\r\n${head}Content-Length: 2\r\n\r\n{}`, 415],
    'a type that is none': [
      `POST /connectors HTTP/1.1\r\n${head}Content-Type: ;;\r\nContent-Length: 2\r\n\r\n{}`,
      415,
    ],
    'a bad escape': [`GET /connectors/%zz HTTP/1.1\r\n${head}\r\n`, 400],
    'an escape that is no UTF-8': [`GET /connectors/%ff HTTP/1.1\r\n${head}\r\n`, 400],
    'a body that is no UTF-8': [`${post}Content-Length: 4\r\n\r\n"\xff\xfe"`, 400],
  }
  for (const [what, [request, status]] of Object.entries(cases)) {
    test(`${what}: ${status}`, async () => assertError(await raw(request), status))
  }

  test('HTTP/1.0, and a target that names the server again, are served', async () => {
    for (const start of ['GET / HTTP/1.0', `GET http://elsewhere:1/?a HTTP/1.1\r\n${head.trim()}`]) {
      const { status, body } = await raw(`${start}\r\n\r\n`)
      assert.deepEqual([status, JSON.parse(body).kafka_cluster_id], [200, 'cluster'])
    }
  })

  test('a body that is too long is 413, told to a client that sends all of it', async () => {
    const body = JSON.stringify({ a: 'x'.repeat(REQUEST_LIMITS.bodyBytes) })
    const reply = await fetch(`http://127.0.0.1:${port}/connectors`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    assert.equal(reply.status, 413)
    assert.equal(((await reply.json()) as { error_code: number }).error_code, 413)
  })

  test('a client that does not send what it has begun is told 408 and let go', async () => {
    const server = app.server as Server
    const { headersTimeout, requestTimeout } = server
    Object.assign(server, { headersTimeout: 50, requestTimeout: 100 })
    try {
      const answers = await Promise.all([
        raw('GET / HTTP/1.1\r\nHost: x\r\n'),
        raw(`${post}Content-Length: 100\r\n\r\n{`),
        raw(''),
      ])
      for (const answer of answers) assertError(answer, 408)
    } finally {
      Object.assign(server, { headersTimeout, requestTimeout })
    }
  })

  test('connections are counted', () => {
    assert.equal(app.server.maxConnections, REQUEST_LIMITS.connections)
  })
})

suite('query parameters', () => {
  const get = async (url: string, method: 'GET' | 'POST' | 'PUT' = 'GET'): Promise<number> =>
    (await app.inject({ method, url, ...(method === 'PUT' && { payload: { level: 'INFO' } }) })).statusCode

  test('of one that is given twice the first counts; none of them is an error', async () => {
    for (const twice of [
      'includeTasks=true&includeTasks=false',
      'includeTasks=TRUE&onlyFailed=&onlyFailed=x',
    ]) {
      assert.equal(await get(`/connectors/a/restart?${twice}`, 'POST'), 202)
      assert.deepEqual(asked.pop(), { includeTasks: true, onlyFailed: false })
    }
    assert.equal(await get('/admin/loggers/x?scope=worker&scope=cluster', 'PUT'), 200)
    assert.equal(await get('/connectors?forward=true&forward=false&expand=&expand=info'), 200)
    assert.equal(await get('/connectors?__proto__=1&constructor=2&expand=status&toString'), 200)
    for (const [query, expected] of [
      ['', true],
      ['?connectorsOnly=false', false],
      ['?connectorsOnly=true&connectorsOnly=false', true],
      ['?connectorsOnly=', false],
      ['?connectorsOnly=nonsense', false],
    ] as const) {
      const reply = await app.inject(`/connector-plugins${query}`)
      assert.deepEqual(reply.json(), [{ connectorsOnly: expected }], query)
    }
  })

  test('expand has every connector, whatever its name', async () => {
    const reply = await app.inject('/connectors?expand=info&expand=status')
    assert.deepEqual(
      Object.entries(JSON.parse(reply.body) as object),
      NAMES.map((name) => [name, { info: { name }, status: { name } }]),
    )
  })
})

const bytes = (body: string): Buffer => Buffer.from(body)

suite('bodies', () => {
  test('deep nesting and too many values are refused before they are parsed', () => {
    const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
    assert.ok(Array.isArray(parseBody(bytes(deep(REQUEST_LIMITS.bodyDepth)))))
    const many = `[${'0,'.repeat(REQUEST_LIMITS.bodyValues)}0]`
    const cases: readonly (readonly [string, RegExp])[] = [
      [deep(REQUEST_LIMITS.bodyDepth + 1), /nested too deeply: at most 500/],
      [deep(1_000_000), /nested too deeply/],
      ['{"a":'.repeat(100_000), /nested too deeply/],
      [many, /too many values: at most 20000/],
      [`{"a":[${'{},'.repeat(200_000)}{}]}`, /too many values/],
      ['{"a":"\ud800"', /no JSON/],
      ['{', /no JSON/],
      ['nonsense', /no JSON/],
      ['"\\', /no JSON/],
      ['-', /no JSON/],
      ['01', /no JSON/],
    ]
    for (const [body, message] of cases) {
      assert.throws(() => parseBody(bytes(body)), { status: 400, message }, body.slice(0, 20))
    }
    assert.equal(parseBody(bytes('')), undefined)
    // Brackets and commas of texts count for nothing.
    assert.deepEqual(parseBody(bytes(JSON.stringify({ a: '[{,'.repeat(200_000) }))), {
      a: '[{,'.repeat(200_000),
    })
  })

  test('a number in a configuration is its text, every character of it', () => {
    for (const number of ['1', '-0', '1.0', '1e5', '1E400', '9007199254740993', '0.1000', '-12.50e-3']) {
      assert.deepEqual(configRequest(parseBody(bytes(`{"k":${number}}`))), { k: number })
    }
    assert.deepEqual(
      configRequest(parseBody(bytes('{"a":true,"__proto__":"p","n":null}'))),
      JSON.parse('{"a":"true","__proto__":"p","n":null}'),
    )
    for (const wrong of ['{"k":[]}', '{"k":{}}', '{"k":{"toString":1}}', '[]', 'null', '1.0', '"x"']) {
      assert.throws(() => configRequest(parseBody(bytes(wrong))), { status: 400 }, wrong)
    }
    assert.throws(() => configRequest(parseBody(bytes('{"k":"\\ud800"}'))), /surrogate/)
    assert.throws(() => configRequest({ k: 'v'.repeat(300_000) }), /at most 262144/)
  })

  test('offsets are exact, and what is none is 400', () => {
    const one = (partition: string, offset: string): OffsetChange[] =>
      offsetsRequest(
        parseBody(
          bytes(
            `{"offsets":[{"partition":{"kafka_topic":"t","kafka_partition":${partition}},"offset":${offset}}]}`,
          ),
        ),
      )
    assert.equal(one('0', '{"kafka_offset":9007199254740993}')[0]?.offset, 9007199254740993n)
    assert.equal(one('"7"', '{"kafka_offset":"9223372036854775807"}')[0]?.offset, 9223372036854775807n)
    assert.deepEqual(one('2147483647', '{"kafka_timestamp":1}')[0], {
      topic: 't',
      partition: 2147483647,
      offset: { timestamp: 1 },
    })
    const wrong: readonly (readonly [string, string])[] = [
      ['0', '{"kafka_offset":9223372036854775808}'],
      ['0', '{"kafka_offset":99999999999999999999}'],
      ['0', '{"kafka_offset":-1}'],
      ['0', '{"kafka_offset":1.5}'],
      ['0', '{"kafka_offset":{"toString":1}}'],
      ['0', '{"kafka_offset":[1]}'],
      ['0', '{"kafka_offset":true}'],
      ['0', '{"kafka_timestamp":-1}'],
      ['0', '{"kafka_timestamp":9007199254740993}'],
      ['0', '[]'],
      ['0', '7'],
      ['-1', 'null'],
      ['2147483648', 'null'],
      ['1.0', 'null'],
      ['{"valueOf":1}', 'null'],
    ]
    for (const [partition, offset] of wrong) {
      assert.throws(() => one(partition, offset), { status: 400 }, `${partition} ${offset}`)
    }
    for (const topic of ['[]', '{"toString":1}', 'null', '""']) {
      const body = `{"offsets":[{"partition":{"kafka_topic":${topic},"kafka_partition":0},"offset":null}]}`
      assert.throws(() => offsetsRequest(parseBody(bytes(body))), { status: 400 }, topic)
    }
    const entry = { partition: { kafka_topic: 't', kafka_partition: 0 }, offset: null }
    const many = Array.from({ length: REQUEST_LIMITS.offsets + 1 }, () => entry)
    assert.throws(() => offsetsRequest({ offsets: many }), /2001 partitions: at most 2000/)
  })

  test('a level of a logger that is no text is 404, as any other that is none', async () => {
    for (const level of [1, [], {}, { toString: 1 }, true]) {
      const reply = await app.inject({ method: 'PUT', url: '/admin/loggers/x', payload: { level } })
      assert.equal(reply.statusCode, 404, JSON.stringify(level))
    }
    const long = await app.inject({
      method: 'PUT',
      url: `/admin/loggers/${'x'.repeat(513)}`,
      payload: { level: 'INFO' },
    })
    assert.equal(long.statusCode, 400)
  })
})
