import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { readPidFile, removePidFile, writePidFile } from './pid-file.ts'
import type { PidRecord } from './pid-file.ts'
import { identifyProcess, isAlive, signalProcess } from './process-identity.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { isPortFree } from './ports.ts'
import type { Ports } from './ports.ts'
import { lastLines } from './run-command.ts'
import { portOf } from './servers/server.ts'
import type { Launch, Server, ServerContext } from './servers/server.ts'
import { StackError } from './stack-error.ts'

const READY_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 15_000
const KILL_TIMEOUT_MS = 5_000
const POLL_MS = 40

/** The one process of a server: started apart from its starter, found again by its pid file, in whatever process asks. */
export class ServerProcess {
  readonly name: string
  readonly server: Server<unknown>
  readonly dir: string

  constructor(name: string, server: Server<unknown>, stackDir: string) {
    this.name = name
    this.server = server
    this.dir = join(stackDir, name)
  }

  get logFile(): string {
    return join(this.dir, 'server.log')
  }

  get #pidFile(): string {
    return join(this.dir, 'pid.json')
  }

  /** The record of the running process, or undefined when it is not running. */
  running(): PidRecord | undefined {
    const record = readPidFile(this.#pidFile)
    return record !== undefined && isAlive(record) ? record : undefined
  }

  /** What the last run wrote, its last `count` lines. */
  logTail(count: number): string {
    return existsSync(this.logFile) ? lastLines(readFileSync(this.logFile, 'utf8'), count) : ''
  }

  /**
   * Starts the process and waits until it serves. Nothing is left running when this rejects.
   *
   * @throws StackError with the last log lines when the process ends or does not become ready
   */
  async start(context: ServerContext): Promise<PidRecord> {
    await this.#assertPortsFree(context.ports)
    mkdirSync(this.dir, { recursive: true })
    const launch = await this.server.prepare(context)
    context.signal?.throwIfAborted()
    const record = await this.#spawn(launch, context.ports)
    try {
      await this.waitUntilReady(record, context.signal)
      return record
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Waits until the process of `record` serves. */
  async waitUntilReady(record: PidRecord, signal?: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + READY_TIMEOUT_MS
    while (!(await this.server.isReady(record.ports))) {
      signal?.throwIfAborted()
      if (!isAlive(record)) throw this.#failure('ended while starting')
      if (performance.now() > giveUpAt)
        throw this.#failure(`was not ready after ${READY_TIMEOUT_MS / 1000} s`)
      await delay(POLL_MS)
    }
    // Somebody else's server may answer on the port where ours has just failed to listen.
    if (!isAlive(record)) throw this.#failure('ended while starting')
  }

  /**
   * Asks the process to stop, and kills it when it does not.
   *
   * @returns whether there was one to stop
   */
  async stop(): Promise<boolean> {
    const record = this.running()
    if (record !== undefined) {
      signalProcess(record, this.server.stopSignal ?? 'SIGTERM')
      // A paused process receives the request only when it goes on.
      signalProcess(record, 'SIGCONT')
      if (!(await waitForEnd(record, STOP_TIMEOUT_MS))) await this.signal('SIGKILL')
    }
    removePidFile(this.#pidFile)
    return record !== undefined
  }

  /**
   * Sends `signal` to the process; after SIGKILL, waits until it has ended.
   *
   * @throws StackError when the server is not running
   */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const record = this.running()
    if (record === undefined || !signalProcess(record, signal)) {
      throw new StackError(`${this.name} is not running, so it cannot be sent ${signal}`)
    }
    if (signal !== 'SIGKILL') return
    if (!(await waitForEnd(record, KILL_TIMEOUT_MS))) {
      throw new StackError(
        `${this.name} (process ${record.pid}) still runs ${KILL_TIMEOUT_MS / 1000} s after SIGKILL`,
      )
    }
    removePidFile(this.#pidFile)
  }

  async #spawn(launch: Launch, ports: Ports): Promise<PidRecord> {
    if (existsSync(this.logFile)) renameSync(this.logFile, join(this.dir, 'server.previous.log'))
    const log = openSync(this.logFile, 'a')
    try {
      const child = spawn(launch.command, launch.args, {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: launch.cwd ?? this.dir,
        ...(launch.env === undefined ? {} : { env: launch.env }),
        ...(launch.account === undefined ? {} : { uid: launch.account.uid, gid: launch.account.gid }),
      })
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve)
        child.once('error', (error) => {
          reject(
            new StackError(`${this.name}: cannot run ${launch.command}: ${error.message}`, { cause: error }),
          )
        })
      })
      child.unref()
      const identity = child.pid === undefined ? undefined : identifyProcess(child.pid)
      if (identity === undefined) throw this.#failure('ended at once')
      const record = { ...identity, startedAt: Date.now(), ports: this.#ownPorts(ports) }
      writePidFile(this.#pidFile, record)
      return record
    } finally {
      closeSync(log)
    }
  }

  async #assertPortsFree(ports: Ports): Promise<void> {
    for (const spec of this.server.ports) {
      const port = portOf(ports, spec.name)
      if (await isPortFree(port)) continue
      throw new StackError(
        `${this.name}: port ${port} is in use by a process that is not of this stack. ` +
          `Stop that process, or set ${spec.env} to a free port.`,
      )
    }
  }

  #ownPorts(ports: Ports): Ports {
    return Object.fromEntries(this.server.ports.map((spec) => [spec.name, portOf(ports, spec.name)]))
  }

  #failure(what: string): StackError {
    const tail = this.logTail(20)
    const log =
      tail === '' ? `its log ${this.logFile} is empty` : `the end of its log ${this.logFile}:\n${tail}`
    return new StackError(`${this.name} ${what}; ${log}`)
  }
}

async function waitForEnd(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + timeoutMs
  while (isAlive(identity)) {
    if (performance.now() > giveUpAt) return false
    await delay(POLL_MS)
  }
  return true
}
