import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'

import { until } from '../test/support/until.ts'
import { findProcessesByEnv } from './leftover-processes.ts'
import { LOOPBACK } from './ports.ts'
import { PrivateStack } from './private-stack.ts'
import { endpointsFromEnv, envOf, startStack } from './stack.ts'
import type { ServerName, Stack } from './stack.ts'

/** Far above the seconds these take: a server that does not come up fails the test, not the whole run. */
const TIMEOUT = { timeout: 180_000 }

async function stateOf(stack: Stack, name: ServerName): Promise<string | undefined> {
  return (await stack.status()).find((status) => status.name === name)?.state
}

describe('a stack', TIMEOUT, () => {
  test('starts its servers, finds them running, kills, freezes and resets them, and leaves nothing', async () => {
    await using stack = await PrivateStack.create()
    const { dir, ports } = stack.settings

    const started = await stack.start(['kafka', 's3'])
    assert.deepEqual(
      started.map(({ name, wasRunning }) => ({ name, wasRunning })),
      [
        { name: 'kafka', wasRunning: false },
        { name: 's3', wasRunning: false },
      ],
    )
    assert.equal(stack.endpoints.kafka.bootstrapServers, `${LOOPBACK}:${ports['kafka']}`)
    assert.deepEqual(endpointsFromEnv(envOf(stack.settings)), stack.endpoints)
    // Unsigned: a server that checks signatures refuses it.
    assert.equal((await fetch(stack.endpoints.s3.endpoint)).status, 403)

    const again = await startStack(['s3'], { dir, ports })
    assert.deepEqual(again.endpoints, stack.endpoints)
    const [s3] = await again.start(['s3'])
    assert.equal(s3?.wasRunning, true)
    assert.equal(s3.pid, started[1]?.pid)

    await stack.pause('s3')
    // A process of many threads stops a little after the signal, and goes on a little after the other.
    await until('s3 does not answer', async () => (await stateOf(stack, 's3')) === 'not answering')
    await stack.resume('s3')
    await until('s3 answers again', async () => (await stateOf(stack, 's3')) === 'running')

    await stack.kill('s3')
    assert.equal(await stateOf(stack, 's3'), 'stopped')
    await assert.rejects(stack.kill('s3'), /s3 is not running/)
    await stack.restart('s3')
    assert.equal(await stateOf(stack, 's3'), 'running')

    const trace = join(dir, 's3', 'data', 'trace')
    writeFileSync(trace, '')
    await stack.pause('s3')
    const reset = await stack.reset(['s3', 'postgres'])
    assert.deepEqual(
      reset.map(({ name }) => name),
      ['s3'],
    )
    assert.equal(existsSync(trace), false)

    assert.deepEqual((await stack.stop()).sort(), ['kafka', 's3'])
    assert.deepEqual(await stack.stop(), [])
    await stack.remove()
    assert.equal(existsSync(dir), false)
  })

  test('names the variable that moves a port in use, and stops what it had started besides', async () => {
    await using stack = await PrivateStack.create()
    const foreign = createServer()
    await new Promise<void>((resolve) =>
      foreign.listen(stack.settings.ports['kafka-controller'], LOOPBACK, resolve),
    )
    try {
      const failure = /kafka: port \d+ is in use .* SPILLWAY_KAFKA_CONTROLLER_PORT/
      await assert.rejects(stack.start(['kafka', 's3']), failure)
      assert.equal(await stateOf(stack, 's3'), 'stopped')
      assert.deepEqual(await stack.stop(), [])
    } finally {
      foreign.close()
    }
  })

  test('shows the end of the log of a server that ends while starting, and leaves it stopped', async () => {
    await using stack = await PrivateStack.create()
    const data = join(stack.settings.dir, 'kafka', 'data')
    mkdirSync(data, { recursive: true })
    writeFileSync(join(data, 'meta.properties'), 'version=1\nnode.id=99\ncluster.id=another\n')
    await assert.rejects(stack.start(['kafka']), /kafka ended while starting; the end of its log .*\n.*node/s)
    assert.equal(await stateOf(stack, 'kafka'), 'stopped')
  })
})

describe('with-stack', TIMEOUT, () => {
  const SCRIPT = join(import.meta.dirname, 'with-stack.ts')

  function run(t: TestContext, command: string, servers: readonly string[] = ['s3']): ChildProcess {
    const args = [SCRIPT, ...servers, '--', process.execPath, '-e', command]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    t.after(() => child.kill())
    return child
  }

  /** Resolves to the line that the command prints first. */
  async function firstLine(child: ChildProcess): Promise<string> {
    assert.ok(child.stdout !== null)
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    return chunk.toString('utf8').trim()
  }

  const PRINT_DIR = 'console.log(process.env.SPILLWAY_STACK_DIR)'
  const LINGER = 'setInterval(() => {}, 1000)'

  test('gives the command a running server, takes its exit code and removes everything', async (t) => {
    const request =
      'fetch("http://127.0.0.1:" + process.env.SPILLWAY_S3_PORT).then((r) => process.exit(r.status - 396))'
    const options = '{ detached: true, stdio: "ignore" }'
    const leftover = `require("child_process").spawn(process.execPath, ["-e", "${LINGER}"], ${options})`
    const child = run(t, `${PRINT_DIR}; ${leftover}; ${request}`)
    assert.ok(child.stderr !== null)
    const errors = text(child.stderr)
    const dir = await firstLine(child)
    const [code] = (await once(child, 'exit')) as [number]
    // 403 - 396: the code says that the server was there and refused an unsigned request.
    assert.equal(code, 7)
    assert.match(await errors, /killed what the command left running: .*setInterval/)
    assert.equal(existsSync(dir), false)
    assert.deepEqual(findProcessesByEnv('SPILLWAY_STACK_DIR', dir), [])
  })

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`passes ${signal} on and removes everything`, async (t) => {
      const child = run(t, `process.on("${signal}", () => process.exit(0)); ${LINGER}; ${PRINT_DIR}`)
      const dir = await firstLine(child)
      child.kill(signal)
      assert.deepEqual(await once(child, 'exit'), [code, null])
      assert.equal(existsSync(dir), false)
      assert.deepEqual(findProcessesByEnv('SPILLWAY_STACK_DIR', dir), [])
    })
  }

  test('what a killed run left is removed by the next', async (t) => {
    const killed = run(t, `${LINGER}; ${PRINT_DIR}`)
    const dir = await firstLine(killed)
    const exit = once(killed, 'exit')
    killed.kill('SIGKILL')
    await exit
    assert.equal(existsSync(dir), true)
    const next = run(t, '', [])
    assert.deepEqual(await once(next, 'exit'), [0, null])
    assert.equal(existsSync(dir), false)
    assert.deepEqual(findProcessesByEnv('SPILLWAY_STACK_DIR', dir), [])
  })
})
