import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { withLockFile } from './lock-file.ts'
import type { Ports } from './ports.ts'
import { installMissing } from './requirements.ts'
import { ServerProcess } from './server-process.ts'
import type { ServerContext } from './servers/server.ts'
import { endpointsAt, SERVER_NAMES, SERVERS, settingsFromEnv } from './settings.ts'
import type { Endpoints, ServerName, StackSettings } from './settings.ts'

export { endpointsFromEnv, envOf } from './settings.ts'
export type { Endpoints, ServerName, StackSettings } from './settings.ts'

export interface RunOptions {
  /** One line of progress. */
  readonly report?: (line: string) => void
  /** Ends the start; what this start began is stopped again. */
  readonly signal?: AbortSignal | undefined
}

export interface StackOptions extends RunOptions {
  /** The state folder; SPILLWAY_STACK_DIR or `.stack` where absent. */
  readonly dir?: string
  /** Ports by port name (`kafka`, `kafka-controller`, `s3`, ...); the rest come from the environment or the defaults. */
  readonly ports?: Ports
}

export interface StartResult {
  readonly name: ServerName
  readonly address: string
  readonly pid: number
  readonly wasRunning: boolean
  readonly durationMs: number
}

export interface ServerStatus {
  readonly name: ServerName
  readonly title: string
  readonly state: 'running' | 'not answering' | 'stopped'
  readonly address: string
  readonly pid: number | undefined
  /** Milliseconds since the epoch. */
  readonly startedAt: number | undefined
}

/**
 * Real servers on this machine, for tests, benchmarks and the quickstart. The object holds no process: everything it
 * knows is in the state folder, so any process that names the folder works on the same servers.
 */
export class Stack {
  readonly settings: StackSettings
  readonly #processes: Readonly<Record<ServerName, ServerProcess>>

  constructor(settings: StackSettings) {
    this.settings = settings
    const processes = SERVER_NAMES.map((name) => [name, new ServerProcess(name, SERVERS[name], settings.dir)])
    this.#processes = Object.fromEntries(processes) as Record<ServerName, ServerProcess>
  }

  /** Where clients reach each server: where it runs, or where it would be started. */
  get endpoints(): Endpoints {
    const ports = { ...this.settings.ports }
    for (const name of SERVER_NAMES) Object.assign(ports, this.#processes[name].running()?.ports)
    return endpointsAt(ports)
  }

  /**
   * Starts the servers that do not run, at the same time, and waits until all of them serve. When one fails, those that
   * this call started are stopped again.
   *
   * @throws StackError with what is missing, the port in use, or the last log lines
   */
  async start(
    names: readonly ServerName[],
    {
      report = () => undefined,
      signal,
      onReady,
    }: RunOptions & { onReady?: (result: StartResult) => void } = {},
  ): Promise<StartResult[]> {
    const { dir, cacheDir } = this.settings
    const stopped = names.filter((name) => this.#processes[name].running() === undefined)
    const requirements = stopped.flatMap((name) => SERVERS[name].requirements)
    await installMissing(requirements, { cacheDir, report, signal })
    for (const name of stopped) await SERVERS[name].download(this.#context(name, report, signal))
    return this.#locked(report, signal, async () => {
      const siblings = new AbortController()
      const combined = AbortSignal.any(signal === undefined ? [siblings.signal] : [signal, siblings.signal])
      const starts = names.map(async (name) => {
        try {
          const result = await this.#startOne(name, report, combined)
          onReady?.(result)
          return result
        } catch (error) {
          // The first failure is the one to report; it ends the others' waiting.
          siblings.abort(error)
          throw error
        }
      })
      const results = await Promise.allSettled(starts)
      if (results.every((result) => result.status === 'fulfilled'))
        return results.map((result) => result.value)
      for (const result of results) {
        if (result.status === 'fulfilled' && !result.value.wasRunning)
          await this.#processes[result.value.name].stop()
      }
      combined.throwIfAborted()
      throw new Error(`a start in ${dir} failed without a reason`)
    })
  }

  /**
   * Stops those of `names` that run (all servers where absent); their data stays.
   *
   * @returns the servers that were running
   */
  stop(names: readonly ServerName[] = SERVER_NAMES): Promise<ServerName[]> {
    return this.#locked(undefined, undefined, () => this.#stopUnlocked(names))
  }

  /**
   * Stops `names`, deletes their data and starts again those that were running.
   *
   * @returns the servers started again
   */
  async reset(names: readonly ServerName[] = SERVER_NAMES, options: RunOptions = {}): Promise<StartResult[]> {
    const wereRunning = await this.#locked(options.report, options.signal, async () => {
      const stopped = await this.#stopUnlocked(names)
      for (const name of names) this.#deleteFolders(name)
      return stopped
    })
    return this.start(wereRunning, options)
  }

  /** Stops every server and deletes the state folder. */
  async remove(): Promise<void> {
    await this.stop()
    for (const name of SERVER_NAMES) this.#deleteFolders(name)
    rmSync(this.settings.dir, { recursive: true, force: true })
  }

  /** Stops and starts one server on the data it has. */
  async restart(name: ServerName, options: RunOptions = {}): Promise<void> {
    await this.stop([name])
    await this.start([name], options)
  }

  /** Sends a signal (SIGKILL where absent, and then waits for the end); `start` brings the server back. */
  kill(name: ServerName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    return this.#processes[name].signal(signal)
  }

  /** Freezes the server: connections stay open and nothing answers. */
  pause(name: ServerName): Promise<void> {
    return this.#processes[name].signal('SIGSTOP')
  }

  resume(name: ServerName): Promise<void> {
    return this.#processes[name].signal('SIGCONT')
  }

  status(): Promise<ServerStatus[]> {
    return Promise.all(
      SERVER_NAMES.map(async (name) => {
        const server = SERVERS[name]
        const record = this.#processes[name].running()
        const address = server.address(record === undefined ? this.settings.ports : record.ports)
        const answers = record !== undefined && (await server.isReady(record.ports))
        const state = record === undefined ? 'stopped' : answers ? 'running' : 'not answering'
        return { name, title: server.title, state, address, pid: record?.pid, startedAt: record?.startedAt }
      }),
    )
  }

  logFile(name: ServerName): string {
    return this.#processes[name].logFile
  }

  /** The last lines that the server's current or last run wrote. */
  logTail(name: ServerName, lines: number): string {
    return this.#processes[name].logTail(lines)
  }

  async #startOne(
    name: ServerName,
    report: (line: string) => void,
    signal: AbortSignal,
  ): Promise<StartResult> {
    const process = this.#processes[name]
    const begin = performance.now()
    const running = process.running()
    if (running !== undefined) await process.waitUntilReady(running, signal)
    const record = running ?? (await process.start(this.#context(name, report, signal)))
    const address = SERVERS[name].address(record.ports)
    const durationMs = performance.now() - begin
    return { name, address, pid: record.pid, wasRunning: running !== undefined, durationMs }
  }

  async #stopUnlocked(names: readonly ServerName[]): Promise<ServerName[]> {
    const stopped = await Promise.all(names.map((name) => this.#processes[name].stop()))
    return names.filter((_, index) => stopped[index])
  }

  #deleteFolders(name: ServerName): void {
    const { dir } = this.#processes[name]
    for (const folder of [dir, ...(SERVERS[name].foldersElsewhere?.(dir) ?? [])]) {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  #context(name: ServerName, report: (line: string) => void, signal: AbortSignal | undefined): ServerContext {
    const { cacheDir, ports, tls } = this.settings
    return { dir: this.#processes[name].dir, cacheDir, ports, report, signal, tls }
  }

  /** Two commands on one state folder take turns: each must see what the other has started or stopped. */
  #locked<T>(
    report: ((line: string) => void) | undefined,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const onWait = (holder: number): void =>
      report?.(`waiting for process ${holder}, which works on this stack`)
    return withLockFile(join(this.settings.dir, '.lock'), work, { onWait, signal })
  }
}

/** A stack whose servers were started; `await using` stops them. */
export class StartedStack extends Stack implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Starts `names` where `options` or the environment say and waits until they serve. */
export async function startStack(
  names: readonly ServerName[],
  options: StackOptions = {},
): Promise<StartedStack> {
  const { dir, ports } = options
  const overrides = { ...(dir === undefined ? {} : { dir }), ...(ports === undefined ? {} : { ports }) }
  const stack = new StartedStack(settingsFromEnv(process.env, overrides))
  await stack.start(names, options)
  return stack
}

/** The stack that the environment names, started by somebody else or not yet. */
export function attachStack(options: StackOptions = {}): Stack {
  const { dir, ports } = options
  const overrides = { ...(dir === undefined ? {} : { dir }), ...(ports === undefined ? {} : { ports }) }
  return new Stack(settingsFromEnv(process.env, overrides))
}
