import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import type { Clock } from '../../../api/src/time/clock.ts'
import type { Herder } from '../connector/herder.ts'
import { accessRules } from './authentication.ts'
import { Credentials } from '../config/credentials.ts'
import { isOpen, warnOfOpenListeners } from './open-listeners.ts'
import { parseListener } from '../config/listener.ts'
import type { ListenerTls } from './listener-tls.ts'
import { LoginGuard } from './login-guard.ts'
import { createRestServer } from './rest-server.ts'

const credentials = new Credentials({
  passwords: { admin: 'secret', viewer: 'see' },
  tokens: { robot: 't0ken' },
  readOnly: ['viewer'],
})
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** Time that passes only while somebody sleeps, and is told. */
class TestClock implements Clock {
  time = 1_000_000
  readonly sleeps: number[] = []

  now(): number {
    return this.time
  }

  monotonic(): number {
    return this.time
  }

  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms)
    this.time += ms
  }
}

/** Waits until it is woken, or the signal says that nobody waits any more. */
class StoppedClock extends TestClock {
  readonly #woken = Promise.withResolvers<void>()

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms)
    const { promise, reject } = Promise.withResolvers<void>()
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
    await Promise.race([promise, this.#woken.promise])
  }

  wake(): void {
    this.#woken.resolve()
  }
}

async function fail(guard: LoginGuard, times: number, address: string, user = 'admin'): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { user: proven } = await guard.login(basic(user, `wrong${i}`), address, new EventEmitter())
    assert.equal(proven, undefined)
  }
}

suite('guessing passwords', () => {
  test('waits grow with failures of an address, up to a bound, and end after a while without one', async () => {
    const clock = new TestClock()
    const guard = new LoginGuard(credentials, clock)
    await fail(guard, 12, '10.0.0.1', 'nobody')
    assert.deepEqual(clock.sleeps, [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000, 2_000])
    clock.time += 16 * 60_000
    await fail(guard, 1, '10.0.0.1', 'nobody')
    assert.equal(clock.sleeps.length, 9)
  })

  test('another address does not wait, but for the same user; an IPv6 network is one address', async () => {
    const clock = new TestClock()
    const guard = new LoginGuard(credentials, clock)
    await fail(guard, 5, '2001:db8:1:2:3:4:5:6')
    const waits = async (address: string, header: string): Promise<boolean> => {
      const before = clock.sleeps.length
      await guard.login(header, address, new EventEmitter())
      return clock.sleeps.length > before
    }
    assert.equal(await waits('2001:db8:1:2::ffff', basic('viewer', 'see')), true)
    assert.equal(await waits('2001:db8:1:3::1', basic('viewer', 'no')), false)
    assert.equal(await waits('10.0.0.2', basic('admin', 'no')), true)
    assert.equal(await waits('::ffff:10.0.0.3', basic('', '')), false)
  })

  test('who has been let in with the same credentials never waits, and a request without any neither', async () => {
    const clock = new TestClock()
    const guard = new LoginGuard(credentials, clock)
    const good = [basic('admin', 'secret'), 'Bearer t0ken']
    for (const header of good) {
      assert.ok((await guard.login(header, '10.0.0.1', new EventEmitter())).user !== undefined)
    }
    await fail(guard, 8, '10.0.0.1')
    const before = clock.sleeps.length
    for (const header of good) {
      assert.ok((await guard.login(header, '10.0.0.1', new EventEmitter())).user !== undefined)
    }
    assert.deepEqual(await guard.login(undefined, '10.0.0.1', new EventEmitter()), {
      user: undefined,
      failed: false,
      claimed: undefined,
    })
    assert.equal(clock.sleeps.length, before)
    // Others of the address wait before they are looked at: a right guess is not told apart by its time.
    assert.equal((await guard.login(basic('viewer', 'see'), '10.0.0.1', new EventEmitter())).user, 'viewer')
    assert.equal(clock.sleeps.length, before + 1)
  })

  test('few wait at a time: more are refused unseen, and who is gone leaves his place', async () => {
    const clock = new StoppedClock()
    const guard = new LoginGuard(credentials, clock)
    await fail(guard, 3, '10.0.0.1')
    const clients = Array.from({ length: 4 }, () => new EventEmitter())
    const waiting = clients.map((client) => guard.login(basic('viewer', 'see'), '10.0.0.1', client))
    const late = async (): Promise<unknown> =>
      await guard.login(basic('viewer', 'see'), '10.0.0.1', new EventEmitter())
    await assert.rejects(late(), { status: 429 })
    clients[0]?.emit('close')
    await assert.rejects(waiting[0] as Promise<unknown>, { status: 408 })
    const fifth = late()
    clock.wake()
    await Promise.all([...waiting.slice(1), fifth])
    assert.ok(clients.every((client) => client.listenerCount('close') === 0))
  })

  test('what is remembered is bounded', async () => {
    const clock = new TestClock()
    const guard = new LoginGuard(credentials, clock)
    await fail(guard, 5, '10.0.0.1', 'x')
    for (let i = 0; i < 5_000; i++) {
      await guard.login(basic(`user${i}`, 'x'), `10.1.${i >> 8}.${i & 255}`, new EventEmitter())
    }
    const before = clock.sleeps.length
    await fail(guard, 1, '10.0.0.1', 'y')
    assert.equal(clock.sleeps.length, before, 'the oldest is forgotten')
  })
})

suite('logins of a server', () => {
  const herder = {
    kafkaClusterId: 'cluster',
    isReady: false,
    connectors: async () => [],
    deleteConnector: async () => undefined,
  } as unknown as Herder

  function server(anonymousPaths: readonly string[]) {
    const lines: Record<string, unknown>[] = []
    const logger = pino(
      { base: null },
      { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
    )
    const clock = new TestClock()
    const app = createRestServer({
      herder,
      logger,
      tracking: { enabled: true, allowReset: true },
      metrics: async () => 'metrics',
      access: accessRules(credentials, anonymousPaths, logger, clock),
    })
    return { app, lines, clock }
  }

  test('a failed login and a refused write are logged, with who and whence, never with the secret', async () => {
    const { app, lines } = server([])
    const ask = async (authorization: string | undefined, method: 'GET' | 'DELETE'): Promise<number> =>
      (
        await app.inject({
          method,
          url: '/connectors/a?password=hush',
          remoteAddress: '10.9.8.7',
          headers: authorization === undefined ? {} : { authorization },
        })
      ).statusCode
    assert.equal(await ask(basic('admin', 'gu3ss'), 'GET'), 401)
    assert.equal(await ask('Bearer gu3ss', 'GET'), 401)
    assert.equal(await ask(basic('viewer', 'see'), 'DELETE'), 403)
    assert.equal(await ask(undefined, 'GET'), 401)
    assert.deepEqual(
      lines.map(({ user, address, request, msg }) => [user, address, request, msg]),
      [
        ['admin', '10.9.8.7', 'GET /connectors/a', 'A login to the REST API failed'],
        [undefined, '10.9.8.7', 'GET /connectors/a', 'A login to the REST API failed'],
        ['viewer', '10.9.8.7', 'DELETE /connectors/a', 'A request of a user who may only read was refused'],
      ],
    )
    assert.doesNotMatch(JSON.stringify(lines), /gu3ss|secret|see"|hush/)
  })

  test('lines are few, and the next minute tells how many there were', async () => {
    const { app, lines, clock } = server([])
    for (let i = 0; i < 60; i++) {
      clock.time -= 2_000
      await app.inject({ url: '/connectors', headers: { authorization: basic('a'.repeat(5_000), 'x') } })
    }
    assert.ok(lines.length <= 20, String(lines.length))
    assert.ok(lines.every(({ user }) => (user as string).length === 100))
    const before = lines.length
    clock.time += 200_000
    await app.inject({ url: '/connectors', headers: { authorization: basic('b', 'x') } })
    assert.match(String(lines[before]?.['msg']), /^\d+ more warnings of this kind were left out$/)
  })

  test('paths of rest.anonymous.paths are read without a login, and only read; the others need one', async () => {
    const { app } = server(['/health', '/metrics'])
    const status = async (url: string, method: 'GET' | 'HEAD' | 'POST' = 'GET', authorization?: string) =>
      (await app.inject({ method, url, headers: authorization === undefined ? {} : { authorization } }))
        .statusCode
    assert.equal(await status('/health'), 503)
    assert.equal(await status('/health/?verbose'), 503)
    assert.equal(await status('/metrics'), 200)
    assert.equal(await status('/metrics', 'HEAD'), 200)
    assert.equal(await status('/metrics', 'GET', basic('admin', 'wrong')), 200)
    for (const url of [
      '/',
      '/connectors',
      '/openapi.json',
      '/health/x',
      '/HEALTH',
      '//health',
      '/connectors/%2Fhealth',
    ]) {
      assert.equal(await status(url), 401, url)
    }
    assert.equal(await status('/health', 'POST'), 401)
    const { paths, security } = (
      await app.inject({ url: '/openapi.json', headers: { authorization: basic('admin', 'secret') } })
    ).json<{ paths: Record<string, { get: { security?: unknown[] } }>; security: unknown[] }>()
    assert.deepEqual(security, [{ basic: [] }, { bearer: [] }])
    assert.deepEqual(paths['/health']?.get.security, [])
    assert.equal(paths['/connectors']?.get.security, undefined)
  })
})

suite('listeners that are open to everybody', () => {
  test('those beyond this machine, unless they ask for a certificate', () => {
    const certificate = { rejectUnauthorized: true } as ListenerTls
    for (const [listener, tls, expected] of [
      ['http://:8083', undefined, true],
      ['http://0.0.0.0:8083', undefined, true],
      ['http://[::]:8083', undefined, true],
      ['http://10.0.0.1:8083', undefined, true],
      ['https://:8443', { rejectUnauthorized: false } as ListenerTls, true],
      ['https://:8443', certificate, false],
      ['http://127.0.0.1:8083', undefined, false],
      ['http://127.1.2.3:8083', undefined, false],
      ['http://localhost:8083', undefined, false],
      ['http://[::1]:8083', undefined, false],
    ] as const) {
      assert.equal(isOpen(parseListener(listener), tls), expected, listener)
    }
  })

  test('one warning names them all and what closes them', () => {
    const lines: string[] = []
    const logger = pino({ base: null }, { write: (line: string) => lines.push(line) })
    warnOfOpenListeners([], logger)
    warnOfOpenListeners(['http://localhost:1', 'http://10.0.0.1:2'], logger)
    assert.equal(lines.length, 1)
    for (const part of [
      'http://localhost:1, http://10.0.0.1:2',
      'rest.basic.auth.users.file',
      'listeners=http://127.0.0.1',
    ]) {
      assert.ok(lines[0]?.includes(part), part)
    }
  })
})
