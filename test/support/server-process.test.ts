import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'

import { LOOPBACK, pickFreePorts } from '../../stack/ports.ts'
import { killServer, ServerEndedError, startOnFreePorts, whileRunning } from './server-process.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-server-process-'))
const logFile = join(folder, 'server.log')
after(() => rmSync(folder, { recursive: true, force: true }))

function serve(script: string): ChildProcess {
  const log = openSync(logFile, 'w')
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', log, log] })
}

const never = new Promise<never>(() => undefined)

suite('a server that a test needs', () => {
  test('that exits ends the wait at once, with the end of its log', async () => {
    const server = serve('console.log("no memory left"); process.exitCode = 3')
    await assert.rejects(
      whileRunning(server, logFile, () => never),
      (error) =>
        error instanceof ServerEndedError &&
        !error.portTaken &&
        /exited with 3[^]*no memory left/.test(error.message),
    )
    // What has ended before is noticed too, and loops of one's own can ask.
    await assert.rejects(
      whileRunning(server, logFile, () => never),
      ServerEndedError,
    )
    await assert.rejects(
      whileRunning(server, logFile, async (assertRunning) => assertRunning()),
      ServerEndedError,
    )
  })

  test('that is killed says by what', async () => {
    const server = serve('setInterval(() => {}, 1000)')
    const failed = assert.rejects(
      whileRunning(server, logFile, () => never),
      /ended by SIGKILL/,
    )
    await killServer(server)
    await killServer(server)
    await failed
  })

  test('starts again on other ports where one was taken, and not for ever', async () => {
    const { port = 0, free = 0 } = await pickFreePorts(
      ['port', 'free'].map((name) => ({ name, env: '', fallback: 0 })),
    )
    const taker = await listen(port)
    const ports: number[] = []
    const start = async (at: number): Promise<ChildProcess> => {
      ports.push(at)
      const server = serve(
        `require('node:net').createServer().listen(${at}, '${LOOPBACK}', () => console.log('listening'))`,
      )
      await whileRunning(server, logFile, async (assertRunning) => {
        await until('it listens', () => {
          assertRunning()
          return readFileSync(logFile, 'utf8').includes('listening')
        })
      })
      return server
    }
    try {
      const server = await startOnFreePorts(() => start(ports.length === 0 ? port : free))
      await killServer(server)
      assert.deepEqual(ports, [port, free])
      await assert.rejects(
        startOnFreePorts(() => start(port)),
        (error) => error instanceof ServerEndedError && error.portTaken,
      )
      assert.equal(ports.length, 5)
    } finally {
      taker.close()
    }
  })
})

async function listen(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, LOOPBACK, resolve))
  return server
}
