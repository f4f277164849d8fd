import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { PrivateStack } from '../stack/private-stack.ts'
import { envOf } from '../stack/stack.ts'
import { TestBucket } from '../test/support/objects.ts'
import { createTopic, uniqueName } from '../test/support/topics.ts'
import { until } from '../test/support/until.ts'
import { WorkerProcess } from '../test/support/worker-process.ts'
import { cpuSeconds, peakRssMiB, rssMiB } from './support/process-usage.ts'

/**
 * Memory and CPU of connectors that have nothing to do: so many S3 or file sinks of one task each on one standalone
 * worker, all RUNNING and assigned, then left alone.
 */
const { values } = parseArgs({
  options: {
    connectors: { type: 'string', default: '200' },
    sinks: { type: 'string', default: 'file,s3' },
    'idle-seconds': { type: 'string', default: '30' },
  },
})
const count = Number(values.connectors)
const idleSeconds = Number(values['idle-seconds'])
const stack = await PrivateStack.create()
try {
  await stack.start(['kafka', 's3'])
  Object.assign(process.env, envOf(stack.settings))
  console.log(`idle-connectors: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
  for (const sink of values.sinks.split(',')) await measure(sink)
} finally {
  await stack.remove()
}

async function measure(sink: string): Promise<void> {
  const topic = uniqueName('idle')
  await createTopic(topic, 1)
  const bucket = await TestBucket.create(uniqueName('idle'))
  const worker = await WorkerProcess.start()
  const { pid } = worker
  try {
    const before = rssMiB(pid)
    const config = configOf(sink, topic, bucket)
    const start = performance.now()
    for (let i = 0; i < count; i++) {
      const reply = await worker.rest('POST', '/connectors', { name: `${sink}-${i}`, config })
      if (reply.status !== 201) throw new Error(JSON.stringify(reply.body))
    }
    await until('every task has its partition', async () => (await assigned(worker)) === count, 900_000)
    const seconds = (performance.now() - start) / 1000
    const cpu = cpuSeconds(pid)
    await delay(idleSeconds * 1000)
    const share = ((cpuSeconds(pid) - cpu) / idleSeconds) * 100
    console.log(
      `${count} ${sink} sinks: RSS ${before.toFixed(0)} MiB before, ${rssMiB(pid).toFixed(0)} MiB idle, peak ` +
        `${peakRssMiB(pid).toFixed(0)} MiB; ${share.toFixed(0)} % of a core idle; ` +
        `${readdirSync(`/proc/${pid}/fd`).length} file descriptors; ${seconds.toFixed(0)} s until all were assigned`,
    )
  } finally {
    await worker.dispose()
    bucket.close()
  }
}

/** Partitions that tasks of the worker have. */
async function assigned(worker: WorkerProcess): Promise<number> {
  const metrics = await (await fetch(`${worker.url}/metrics`)).text()
  const counts = metrics.matchAll(/^kafka_connect_sink_task_partition_count\{[^}]*\} (\d+)/gm)
  return [...counts].reduce((sum, [, n]) => sum + Number(n), 0)
}

function configOf(sink: string, topic: string, bucket: TestBucket): Record<string, string> {
  if (sink === 'file') {
    return { 'connector.class': 'FileStreamSink', topics: topic, file: '/dev/null' }
  }
  return {
    ...bucket.config,
    'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    topics: topic,
    'flush.size': '1000',
  }
}
