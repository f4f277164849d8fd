import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { until } from './until.ts'

/** Plugins of tests. */
const PLUGINS = join(import.meta.dirname, '..', 'plugins')
const BIN = join(import.meta.dirname, '..', '..', 'spillway', 'bin', 'spillway.js')

/** A connector as `POST /connectors` takes it. */
export interface ConnectorRequest {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
}

export interface WorkerOptions {
  /** Runs `spillway distributed` in the cluster of this name: its group, and its topics begin with it. */
  readonly cluster?: string
  /** Keys over the defaults below. */
  readonly config?: Readonly<Record<string, string>>
  readonly connectors?: readonly ConnectorRequest[]
  /** Connector files beside those of `connectors`. */
  readonly connectorFiles?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A worker as users run it: the built `spillway standalone` or `spillway distributed` in a process of its own, on a free port. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #exit: Promise<number | NodeJS.Signals>
  #url: string | undefined

  constructor(child: ChildProcess, folder: string) {
    this.#child = child
    this.#folder = folder
    this.#exit = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  }

  /** Starts it without waiting. */
  static spawn(options: WorkerOptions = {}): WorkerProcess {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-worker-'))
    const buffers = join(folder, 'buffers')
    mkdirSync(buffers)
    const workerFile = join(folder, 'worker.json')
    const cluster = options.cluster === undefined ? {} : clusterConfig(options.cluster)
    const own = { 'buffer.dir': buffers, 'plugin.module.path': PLUGINS }
    const config = { ...workerDefaults(), ...cluster, ...own, ...options.config }
    writeFileSync(workerFile, JSON.stringify(config))
    const files = (options.connectors ?? []).map((connector) => {
      const file = join(folder, `${encodeURIComponent(connector.name)}.json`)
      writeFileSync(file, JSON.stringify(connector))
      return file
    })
    const command = options.cluster === undefined ? 'standalone' : 'distributed'
    return WorkerProcess.run(
      [command, workerFile, ...files, ...(options.connectorFiles ?? [])],
      folder,
      options.env,
    )
  }

  /** Runs any `spillway` command line. */
  static run(
    args: readonly string[],
    folder = mkdtempSync(join(tmpdir(), 'spillway-worker-')),
    env = {},
  ): WorkerProcess {
    return new WorkerProcess(spawnLogged(BIN, args, folder, { env: { ...process.env, ...env } }), folder)
  }

  /** Runs the `spillway` that is installed in a folder's node_modules, from that folder. */
  static runIn(cwd: string, args: readonly string[]): WorkerProcess {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-worker-'))
    const bin = join(cwd, 'node_modules', 'spillway', 'bin', 'spillway.js')
    return new WorkerProcess(spawnLogged(bin, args, folder, { cwd, env: process.env }), folder)
  }

  /** Starts it and waits until its REST API answers. */
  static async start(options: WorkerOptions = {}): Promise<WorkerProcess> {
    const worker = WorkerProcess.spawn(options)
    await worker.ready()
    return worker
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Address of the REST API; known once {@link ready}. */
  get url(): string {
    if (this.#url === undefined) throw new Error('The worker is not ready yet')
    return this.#url
  }

  /** Resolves with the exit code, or the signal that ended it. */
  get exit(): Promise<number | NodeJS.Signals> {
    return this.#exit
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Everything it has printed. */
  output(): string {
    return readFileSync(join(this.#folder, 'worker.log'), 'utf8')
  }

  async ready(): Promise<void> {
    let ended: number | NodeJS.Signals | undefined
    void this.#exit.then((how) => {
      ended = how
    })
    await until('the REST API is up', async () => {
      if (ended !== undefined) throw new Error(`The worker ended (${ended}):\n${this.output()}`)
      this.#url = /REST API on (http:\/\/\S+?),/.exec(this.output())?.[1]
      return this.#url !== undefined
    })
  }

  /** A request to the REST API; the body is parsed where there is one. */
  async rest(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      headers: response.headers,
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** SIGTERM, and the exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.kill('SIGTERM')
    return await this.#exit
  }

  /** Ends it however it is and removes its folder; for `after` hooks. */
  async dispose(): Promise<void> {
    if (this.isRunning) this.kill('SIGKILL')
    await this.#exit
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The process, with all it prints in `worker.log` of the folder. */
function spawnLogged(
  bin: string,
  args: readonly string[],
  folder: string,
  options: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv },
): ChildProcess {
  const log = openSync(join(folder, 'worker.log'), 'a')
  try {
    return spawn(process.execPath, [bin, ...args], { ...options, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

/** Keys of every worker in tests, of ours and of Kafka Connect's. */
export function workerDefaults(): Record<string, string> {
  return {
    'bootstrap.servers': endpointsFromEnv().kafka.bootstrapServers,
    listeners: 'http://127.0.0.1:0',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'offset.flush.interval.ms': '1000',
    'consumer.session.timeout.ms': '6000',
    'consumer.heartbeat.interval.ms': '1000',
  }
}

/** Keys of a distributed worker in the cluster of that name. */
export function clusterConfig(name: string): Record<string, string> {
  const topics = ['config', 'offset', 'status'].flatMap((kind) => [
    [`${kind}.storage.topic`, `${name}-${kind}`],
    [`${kind}.storage.replication.factor`, '1'],
  ])
  return { 'group.id': name, ...(Object.fromEntries(topics) as Record<string, string>) }
}
