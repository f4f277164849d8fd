import { uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

/** The body of `GET /connectors/{c}/status`. */
export interface Status {
  readonly connector: { readonly state: string; readonly worker_id: string }
  readonly tasks: readonly {
    readonly id: number
    readonly state: string
    readonly worker_id: string
    readonly trace?: string
  }[]
}

/** Workers of one cluster, each in a process of its own on this machine. */
export class TestCluster {
  readonly name = uniqueName('cluster')
  readonly workers: WorkerProcess[] = []
  readonly #config: Readonly<Record<string, string>>

  /** @param config worker keys over the defaults. */
  constructor(config: Readonly<Record<string, string>> = {}) {
    this.#config = config
  }

  /** Starts workers side by side and waits until they have joined. */
  async start(count: number): Promise<WorkerProcess[]> {
    const started = Array.from({ length: count }, () =>
      WorkerProcess.spawn({ cluster: this.name, config: this.#config }),
    )
    this.workers.push(...started)
    for (const worker of started) await untilJoined(worker)
    return started
  }

  /** Workers that run. */
  get running(): WorkerProcess[] {
    return this.workers.filter((worker) => worker.isRunning)
  }

  /** The running worker that the others follow. */
  leader(): WorkerProcess {
    const [any] = this.running
    const url = any
      ?.output()
      .match(/led by http:\S+(?=,)/g)
      ?.at(-1)
      ?.slice('led by '.length)
    const leader = this.running.find((worker) => worker.url === url)
    if (leader === undefined) throw new Error(`No worker at ${url}`)
    return leader
  }

  follower(): WorkerProcess {
    const leader = this.leader()
    const follower = this.running.find((worker) => worker !== leader)
    if (follower === undefined) throw new Error('The leader is alone')
    return follower
  }

  /** By the `worker_id` of a status. */
  workerOf(workerId: string): WorkerProcess {
    const worker = this.workers.find(({ url }) => url === `http://${workerId}`)
    if (worker === undefined) throw new Error(`No worker ${workerId}`)
    return worker
  }

  async status(name: string, worker = this.running[0]): Promise<Status> {
    if (worker === undefined) throw new Error('No worker runs')
    return (await worker.rest('GET', `/connectors/${encodeURIComponent(name)}/status`)).body as Status
  }

  /** Resolves when every running worker says so. */
  async untilState(name: string, state: string, tasks: number, timeoutMs = 30_000): Promise<void> {
    for (const worker of this.running) {
      let seen: Status | undefined
      try {
        await until(
          `${name} is ${state} with ${tasks} tasks`,
          async () => {
            seen = await this.status(name, worker)
            return (
              seen.connector?.state === state &&
              seen.tasks.length === tasks &&
              seen.tasks.every((task) => task.state === state)
            )
          },
          timeoutMs,
        )
      } catch (error) {
        throw new Error(`Worker ${worker.url} shows ${JSON.stringify(seen)}`, { cause: error })
      }
    }
  }

  /** Resolves when the tasks of a connector are spread over that many running workers. */
  async untilSpread(name: string, workers: number): Promise<Status> {
    let status: Status | undefined
    await until(
      `${name} is spread over ${workers} workers`,
      async () => {
        status = await this.status(name)
        const ids = new Set(status.tasks.map((task) => task.worker_id))
        return (
          ids.size === workers &&
          [...ids].every((id) => this.running.some(({ url }) => url === `http://${id}`)) &&
          status.tasks.every((task) => task.state === 'RUNNING')
        )
      },
      30_000,
    )
    return status as Status
  }

  async dispose(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.dispose()))
  }
}

/** Resolves when the worker is part of its cluster. */
export async function untilJoined(worker: WorkerProcess): Promise<void> {
  await worker.ready()
  await until('the worker is healthy', async () => (await worker.rest('GET', '/health')).status === 200)
}
