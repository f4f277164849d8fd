import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type { Clock } from '../../../api/src/time/clock.ts'
import type { Herder } from '../connector/herder.ts'
import { accessRules } from './authentication.ts'
import { BASIC_AUTH_EXTENSION, Credentials, type CredentialsConfig } from '../config/credentials.ts'
import { crossOriginRules } from './cross-origin.ts'
import { readListenerTls } from './listener-tls.ts'
import { parseListener, listenerUrl } from '../config/listener.ts'
import { parseHeaderRules } from '../config/response-headers.ts'
import { createRestServer, type RestServerParts } from './rest-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-rest-security-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const herder = {
  kafkaClusterId: 'cluster',
  isReady: true,
  connectors: async () => ['a'],
  validate: async () => ({ name: 'x', error_count: 0, groups: [], configs: [] }),
  deleteConnector: async () => undefined,
} as unknown as Herder
const silent = pino({ level: 'silent' })
/** Waits are over at once. */
const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined }
const server = (parts: Partial<RestServerParts> = {}): FastifyInstance =>
  createRestServer({
    herder,
    logger: silent,
    tracking: { enabled: true, allowReset: true },
    ...parts,
  })
const credentialsConfig = (config: Partial<CredentialsConfig>): CredentialsConfig => ({
  'rest.extension.classes': [],
  'rest.basic.auth.users.file': null,
  'rest.bearer.tokens.file': null,
  'rest.read.only.users': [],
  ...config,
})
const basic = (user: string, password: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

suite('other origins (CORS)', () => {
  const app = (origins: string, methods = ''): FastifyInstance =>
    server({ crossOrigin: crossOriginRules(origins, methods) })
  const originOf = async (instance: FastifyInstance, origin: string): Promise<unknown> =>
    (await instance.inject({ url: '/connectors', headers: { origin } })).headers[
      'access-control-allow-origin'
    ]

  test('A67: the allowed origin is echoed, another is not', async () => {
    const instance = app('http://bar.com')
    assert.equal(await originOf(instance, 'http://bar.com'), 'http://bar.com')
    assert.equal(await originOf(instance, 'http://foo.com'), undefined)
  })

  test('A67: a preflight shows the allowed methods, and only to the allowed origin', async () => {
    const instance = app('http://bar.com', 'PUT')
    const ask = async (origin: string, method: string): Promise<Record<string, unknown>> => {
      const reply = await instance.inject({
        method: 'OPTIONS',
        url: '/connectors',
        headers: { origin, 'access-control-request-method': method },
      })
      assert.equal(reply.statusCode, 200)
      return reply.headers
    }
    assert.equal((await ask('http://bar.com', 'PUT'))['access-control-allow-methods'], 'PUT')
    assert.equal((await ask('http://bar.com', 'DELETE'))['access-control-allow-methods'], undefined)
    assert.equal((await ask('http://foo.com', 'PUT'))['access-control-allow-origin'], undefined)
  })

  test('* lets in all, a part of a host some, and nothing is said where the key is empty', async () => {
    assert.equal(await originOf(app('*'), 'https://any.org:1'), 'https://any.org:1')
    assert.equal(await originOf(app('https://*.bar.com'), 'https://ui.bar.com'), 'https://ui.bar.com')
    assert.equal(await originOf(app('https://*.bar.com'), 'https://ui.foo.com/.bar.com'), undefined)
    assert.equal(await originOf(app(''), 'http://bar.com'), undefined)
  })

  test('a preflight needs no credentials; the request after it does, and its 401 can be read', async () => {
    const credentials = new Credentials({ passwords: { u: 'p' }, tokens: {}, readOnly: [] })
    const instance = server({
      access: accessRules(credentials, [], silent, clock),
      crossOrigin: crossOriginRules('http://bar.com', ''),
    })
    const headers = { origin: 'http://bar.com', 'access-control-request-method': 'GET' }
    assert.equal((await instance.inject({ method: 'OPTIONS', url: '/connectors', headers })).statusCode, 200)
    const refused = await instance.inject({ url: '/connectors', headers: { origin: 'http://bar.com' } })
    assert.equal(refused.statusCode, 401)
    assert.equal(refused.headers['access-control-allow-origin'], 'http://bar.com')
  })
})

suite('OPTIONS', () => {
  test('answers 200 with the methods of a path, and 404 where there is none', async () => {
    const instance = server()
    const reply = await instance.inject({ method: 'OPTIONS', url: '/connectors' })
    assert.equal(reply.statusCode, 200)
    assert.match(String(reply.headers['content-type']), /^text\/plain/)
    assert.deepEqual(new Set(reply.body.split(', ')), new Set(['GET', 'HEAD', 'POST', 'OPTIONS']))
    assert.equal(reply.headers['allow'], reply.body)
    assert.equal((await instance.inject({ method: 'OPTIONS', url: '/nowhere' })).statusCode, 404)
  })
})

suite('response.http.headers.config', () => {
  test('every answer has the headers, errors too', async () => {
    const text =
      'set X-Frame-Options: DENY, "add Cache-Control: no-cache, no-store", setDate Expires: 3600000'
    const instance = server({ headers: parseHeaderRules(text) })
    for (const url of ['/connectors', '/nowhere']) {
      const { headers } = await instance.inject({ url })
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.deepEqual([headers['cache-control']].flat(), ['no-cache, no-store'])
      const ahead = Date.parse(String(headers['expires'])) - Date.now()
      assert.ok(ahead > 3_590_000 && ahead <= 3_600_000, String(ahead))
    }
  })

  test('add keeps what is there, set replaces it', async () => {
    const instance = server({ headers: parseHeaderRules('set X-A: 1,add X-A: 2') })
    assert.deepEqual((await instance.inject({ url: '/connectors' })).headers['x-a'], ['1', '2'])
  })

  test('what is no rule is refused by name', () => {
    for (const wrong of [
      'set X-A',
      'put X-A: 1',
      'X-A: 1',
      'set X A: 1',
      'set X-A:',
      'setDate Expires: soon',
      'set X\u0001: 1',
    ]) {
      assert.throws(() => parseHeaderRules(wrong), /response\.http\.headers\.config/, wrong)
    }
    assert.deepEqual(parseHeaderRules(''), [])
  })
})

suite('authentication', () => {
  const users = file('users', 'admin=secret\nviewer=see\n')
  const tokens = file('tokens', 'robot=t0ken\n')
  const credentials = Credentials.read(
    credentialsConfig({
      'rest.extension.classes': [BASIC_AUTH_EXTENSION],
      'rest.basic.auth.users.file': users,
      'rest.bearer.tokens.file': tokens,
      'rest.read.only.users': ['viewer'],
    }),
  )
  const instance = server({ access: accessRules(credentials, [], silent, clock) })
  const status = async (
    method: 'GET' | 'DELETE' | 'PUT',
    url: string,
    headers: Record<string, string>,
  ): Promise<number> =>
    (await instance.inject({ method, url, headers, ...(method === 'PUT' && { payload: {} }) })).statusCode

  test('without credentials, or with wrong ones, every path is 401 with the text of Connect', async () => {
    for (const headers of [
      {},
      basic('admin', 'wrong'),
      basic('nobody', ''),
      basic('__proto__', 'x'),
      { authorization: 'Basic !' },
      { authorization: 'Bearer nope' },
      { authorization: 'Bearer secret' },
    ]) {
      for (const url of ['/connectors', '/health', '/nowhere']) {
        const reply = await instance.inject({ url, headers })
        assert.deepEqual([reply.statusCode, reply.body], [401, 'User cannot access the resource.'], url)
      }
    }
  })

  test('a user with the password and a holder of a token are let in', async () => {
    assert.equal(await status('GET', '/connectors', basic('admin', 'secret')), 200)
    assert.equal(await status('DELETE', '/connectors/a', basic('admin', 'secret')), 204)
    assert.equal(await status('DELETE', '/connectors/a', { authorization: 'Bearer t0ken' }), 204)
  })

  test('a read-only user reads and validates and changes nothing', async () => {
    const viewer = basic('viewer', 'see')
    assert.equal(await status('GET', '/connectors', viewer), 200)
    assert.equal(await status('PUT', '/connector-plugins/x/config/validate', viewer), 200)
    const reply = await instance.inject({ method: 'DELETE', url: '/connectors/a', headers: viewer })
    assert.deepEqual(
      [reply.statusCode, reply.json()],
      [403, { error_code: 403, message: 'User viewer may only read (rest.read.only.users).' }],
    )
  })

  test('what cannot be meant is refused at the start, naming the key', () => {
    const cases: [Partial<CredentialsConfig>, RegExp][] = [
      [{ 'rest.extension.classes': [BASIC_AUTH_EXTENSION] }, /rest\.basic\.auth\.users\.file/],
      [
        { 'rest.basic.auth.users.file': join(folder, 'absent') },
        /rest\.basic\.auth\.users\.file.*cannot be read/,
      ],
      [{ 'rest.basic.auth.users.file': file('empty', '# nobody\n') }, /names nobody/],
      [{ 'rest.bearer.tokens.file': file('half', 'robot=\n') }, /rest\.bearer\.tokens\.file.*nothing after/],
      [{ 'rest.read.only.users': ['viewer'] }, /rest\.read\.only\.users needs users/],
      [
        { 'rest.basic.auth.users.file': users, 'rest.read.only.users': ['viwer'] },
        /viwer.*There is no such user/,
      ],
    ]
    for (const [config, message] of cases) {
      assert.throws(() => Credentials.read(credentialsConfig(config)), message)
    }
    assert.equal(Credentials.read(credentialsConfig({})), undefined)
  })
})

suite('listeners', () => {
  const pem = (what: string): string => `-----BEGIN ${what}-----\nAA==\n-----END ${what}-----\n`
  const keys = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': pem('CERTIFICATE'),
    'ssl.keystore.key': pem('PRIVATE KEY'),
  }

  test('an address is read with its protocol, and told as it is reached', () => {
    assert.deepEqual(parseListener('HTTPS://:8443'), { protocol: 'https', host: '0.0.0.0', port: 8443 })
    assert.equal(listenerUrl(parseListener('https://:0'), 8443), 'https://localhost:8443')
    assert.equal(listenerUrl(parseListener('http://[::1]:0'), 1), 'http://[::1]:1')
    assert.throws(() => parseListener('ftp://x:1', 'admin.listeners'), /admin\.listeners/)
  })

  test('certificate and key come from ssl.*, unless listeners.https. has keys of its own', () => {
    assert.deepEqual(readListenerTls({ ...keys, 'ssl.client.auth': 'required' }, 'listeners.https.'), {
      cert: pem('CERTIFICATE'),
      key: pem('PRIVATE KEY'),
      requestCert: true,
      rejectUnauthorized: true,
    })
    const both = file('both.pem', pem('PRIVATE KEY') + pem('CERTIFICATE'))
    const own = {
      ...keys,
      'ssl.client.auth': 'required',
      'listeners.https.ssl.keystore.type': 'PEM',
      'listeners.https.ssl.keystore.location': both,
    }
    const tls = readListenerTls(own, 'listeners.https.')
    assert.equal(tls.requestCert, false)
    assert.equal(tls.cert, tls.key)
    assert.equal(readListenerTls(own, 'admin.listeners.https.').requestCert, true)
  })

  test('ssl.enabled.protocols bounds the versions of TLS', () => {
    const read = (protocols: string): unknown => {
      const tls = readListenerTls({ ...keys, 'ssl.enabled.protocols': protocols }, 'listeners.https.')
      return [tls.minVersion, tls.maxVersion]
    }
    assert.deepEqual(read('TLSv1.3'), ['TLSv1.3', 'TLSv1.3'])
    assert.deepEqual(read('TLSv1.3, TLSv1.2'), ['TLSv1.2', 'TLSv1.3'])
    assert.throws(() => read('TLSv1.2,SSLv3'), /SSLv3.*ssl\.enabled\.protocols/)
  })

  test('a Java key store, and a listener without a certificate, are refused by key', () => {
    const jks = { 'ssl.keystore.location': '/etc/keys.jks', 'ssl.keystore.password': 'x' }
    assert.throws(() => readListenerTls(jks, 'listeners.https.'), /JKS.*ssl\.keystore\.type=PEM/s)
    assert.throws(() => readListenerTls({}, 'listeners.https.'), /ssl\.keystore\.certificate\.chain/)
    assert.throws(
      () => readListenerTls({ 'admin.listeners.https.ssl.client.auth': 'none' }, 'admin.listeners.https.'),
      /admin\.listeners\.https\.ssl\.keystore\.certificate\.chain/,
    )
    assert.throws(
      () => readListenerTls({ ...keys, 'ssl.client.auth': 'maybe' }, 'listeners.https.'),
      /ssl\.client\.auth/,
    )
  })
})
