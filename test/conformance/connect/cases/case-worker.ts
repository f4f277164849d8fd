import assert from 'node:assert/strict'
import { uniqueName } from '../../../support/topics.ts'
import { until } from '../../../support/until.ts'
import { startWorker } from '../target/selected-target.ts'
import { rest } from '../target/rest.ts'
import type { ConformanceWorker, RestReply } from '../target/target.ts'

/** The two ways a worker runs; most cases hold in both. */
export const MODES = ['standalone', 'distributed'] as const
export type Mode = (typeof MODES)[number]

export interface StatusBody {
  readonly connector: { readonly state: string; readonly worker_id: string; readonly trace?: string }
  readonly tasks: readonly {
    readonly id: number
    readonly state: string
    readonly worker_id: string
    readonly trace?: string
  }[]
}

/** A worker of the runtime under test, with what every case does with it. */
export class CaseWorker {
  readonly worker: ConformanceWorker

  constructor(worker: ConformanceWorker) {
    this.worker = worker
  }

  static async start(mode: Mode, config: Readonly<Record<string, string>> = {}): Promise<CaseWorker> {
    const cluster = mode === 'distributed' ? { cluster: uniqueName('cluster') } : {}
    return new CaseWorker(await startWorker({ ...cluster, config }))
  }

  async rest(method: string, path: string, body?: unknown): Promise<RestReply> {
    return await rest(this.worker, method, path, body)
  }

  async expectError(
    method: string,
    path: string,
    body: unknown,
    status: number,
    message: string | RegExp,
  ): Promise<void> {
    const reply = await this.rest(method, path, body)
    assert.equal(reply.status, status, JSON.stringify(reply.body))
    const error = reply.body as { error_code: number; message: string }
    assert.equal(error.error_code, status)
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
  }

  async create(name: string, config: object, request: object = {}): Promise<void> {
    const reply = await this.rest('POST', '/connectors', { name, config, ...request })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
  }

  async remove(name: string): Promise<void> {
    assert.equal((await this.rest('DELETE', `/connectors/${encodeURIComponent(name)}`)).status, 204)
  }

  async status(name: string): Promise<StatusBody> {
    const { status, body } = await this.rest('GET', `/connectors/${encodeURIComponent(name)}/status`)
    // A distributed worker knows of a new connector before it has a status of it.
    return status === 200 ? (body as StatusBody) : { connector: { state: '', worker_id: '' }, tasks: [] }
  }

  /** Resolves when the connector and that many tasks are in a state. */
  async untilState(name: string, state: string, tasks: number): Promise<void> {
    let seen: StatusBody | undefined
    await until(
      `${name} is ${state} with ${tasks} tasks`,
      async () => {
        seen = await this.status(name)
        return (
          seen.connector.state === state &&
          seen.tasks.length === tasks &&
          seen.tasks.every((task) => task.state === state)
        )
      },
      60_000,
    ).catch((cause: unknown) => {
      throw new Error(`The status is ${JSON.stringify(seen)}`, { cause })
    })
  }

  /** Committed offsets by `topic-partition`. */
  async committed(name: string): Promise<Record<string, number>> {
    const { body } = await this.rest('GET', `/connectors/${encodeURIComponent(name)}/offsets`)
    const { offsets } = body as {
      offsets: {
        partition: { kafka_topic: string; kafka_partition: number }
        offset: { kafka_offset: number }
      }[]
    }
    const entries = offsets.map(({ partition, offset }) => [
      `${partition.kafka_topic}-${partition.kafka_partition}`,
      offset.kafka_offset,
    ])
    return Object.fromEntries(entries) as Record<string, number>
  }

  async dispose(): Promise<void> {
    await this.worker.dispose()
  }
}
