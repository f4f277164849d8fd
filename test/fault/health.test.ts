import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PrivateStack } from '../../stack/private-stack.ts'
import { uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

/** Exit code of `spillway health`. */
async function healthCommand(url: string): Promise<number | NodeJS.Signals> {
  const command = WorkerProcess.run(['health', url])
  try {
    return await command.exit
  } finally {
    await command.dispose()
  }
}

for (const kind of ['standalone', 'distributed'] as const) {
  test(`a ${kind} worker is unhealthy while its Kafka cluster is gone, and healthy when it is back`, async () => {
    await using stack = await PrivateStack.create()
    await stack.start(['kafka'])
    const worker = await WorkerProcess.start({
      config: { 'bootstrap.servers': stack.endpoints.kafka.bootstrapServers },
      ...(kind === 'distributed' && { cluster: uniqueName('health') }),
    })
    try {
      const health = async (): Promise<{ status: number; body: unknown }> =>
        await worker.rest('GET', '/health')
      await until('it is healthy', async () => (await health()).status === 200)
      await stack.stop(['kafka'])
      await until('it is unhealthy', async () => (await health()).status === 500)
      const { body } = await health()
      assert.equal((body as { status: string }).status, 'unhealthy')
      assert.equal(await healthCommand(worker.url), 1)
      await stack.start(['kafka'])
      await until('it is healthy again', async () => (await health()).status === 200)
      assert.equal(await healthCommand(worker.url), 0)
      assert.equal(await worker.stop(), 0)
    } finally {
      await worker.dispose()
    }
  })
}
