import type { ConnectorRequest, WorkerProcess } from '../../test/support/worker-process.ts'
import { kafka } from '../../test/support/topics.ts'
import { cpuSeconds, peakRssMiB } from './process-usage.ts'

export interface RunFigures {
  /** When the first record could be read, by `performance.now()`. */
  readonly startedAt: number
  readonly seconds: number
  readonly recordsPerSecond: number
  readonly cpuSeconds: number
  readonly peakRssMiB: number
}

/**
 * Times a connector from its first record to what `isDone` waits for. It is paused while its topic is filled, so that
 * the start of threads, plugins and the group is not part of it.
 *
 * @param fill produces the records.
 */
export async function timeConnector(
  worker: WorkerProcess,
  connector: ConnectorRequest,
  records: number,
  fill: () => Promise<void>,
  isDone: () => Promise<boolean>,
): Promise<RunFigures> {
  const tasks = Number(connector.config['tasks.max'] ?? 1)
  await expectStatus(worker.rest('POST', '/connectors', connector), 201)
  await waitFor(async () => await isAssigned(connector.name, tasks))
  await expectStatus(worker.rest('PUT', `/connectors/${connector.name}/pause`), 202)
  await waitFor(async () => {
    const { body } = await worker.rest('GET', `/connectors/${connector.name}/status`)
    const states = (body as { tasks: { state: string }[] }).tasks
    return states.length === tasks && states.every((task) => task.state === 'PAUSED')
  })
  await fill()
  const cpuBefore = cpuSeconds(worker.pid)
  const started = performance.now()
  await expectStatus(worker.rest('PUT', `/connectors/${connector.name}/resume`), 202)
  await waitFor(isDone)
  const seconds = (performance.now() - started) / 1000
  return {
    startedAt: started,
    seconds,
    recordsPerSecond: records / seconds,
    cpuSeconds: cpuSeconds(worker.pid) - cpuBefore,
    peakRssMiB: peakRssMiB(worker.pid),
  }
}

/** Records per second of fetching and dropping a topic in this process: what no sink here can exceed. */
export async function rawFetchRate(topic: string, records: number): Promise<number> {
  const consumer = kafka().consumer({
    groupId: `raw-${topic}-${Date.now()}`,
    clientId: 'raw',
    maxPollRecords: 5000,
  })
  try {
    const none = async (): Promise<void> => {}
    consumer.subscribe({ topics: [topic] }, { onAssigned: none, onRevoked: none, onLost: none })
    let seen = 0
    let started = 0
    while (seen < records) {
      const batch = await consumer.poll(1000)
      if (started === 0 && batch.length > 0) started = performance.now()
      seen += batch.length
    }
    return records / ((performance.now() - started) / 1000)
  } finally {
    await consumer.close()
  }
}

async function isAssigned(connector: string, members: number): Promise<boolean> {
  const admin = kafka().admin()
  try {
    const group = await admin.describeGroup(`connect-${connector}`)
    return group.state === 'Stable' && group.members.length === members
  } finally {
    await admin.close()
  }
}

async function expectStatus(
  reply: Promise<{ status: number; body: unknown }>,
  status: number,
): Promise<void> {
  const { status: found, body } = await reply
  if (found !== status) throw new Error(`Expected status ${status}, found ${found}: ${JSON.stringify(body)}`)
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 300_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('Not done in 300 s')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
