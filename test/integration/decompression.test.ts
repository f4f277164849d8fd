import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { peakRssMiB, rssMiB } from '../../bench/support/process-usage.ts'
import { kafka, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const MIB = 1024 * 1024
const BOMB_MIB = 96
const folder = mkdtempSync(join(tmpdir(), 'spillway-bombs-'))

after(() => rmSync(folder, { recursive: true, force: true }))

interface Status {
  readonly tasks: readonly { readonly state: string; readonly trace?: string }[]
}

/** A topic with a small record and one that unpacks to 96 MiB. */
async function bombed(compression: 'gzip' | 'snappy' | 'lz4' | 'zstd'): Promise<string> {
  const topic = uniqueName(`bomb-${compression}`)
  const admin = kafka().admin()
  const producer = kafka().producer({ clientId: 'bomber', compression })
  try {
    const configs = { 'max.message.bytes': String(16 * MIB) }
    await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, configs }])
    await producer.send([{ topic, value: Buffer.from('small') }])
    await producer.send([{ topic, value: Buffer.alloc(BOMB_MIB * MIB) }])
  } finally {
    await producer.close()
    await admin.close()
  }
  return topic
}

suite('batches that unpack to far more than they are', () => {
  for (const client of ['platformatic', 'kafkajs']) {
    test(`${client}: fail their task with the batch, its size and the key to raise; the worker takes no memory for them`, async () => {
      const worker = await WorkerProcess.start({ config: { 'kafka.client': client } })
      try {
        const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const
        const topics = await Promise.all(codecs.map(bombed))
        const add = async (topic: string, limit: number): Promise<string> => {
          const name = uniqueName('bomb')
          const reply = await worker.rest('POST', '/connectors', {
            name,
            config: {
              'connector.class': 'FileStreamSink',
              topics: topic,
              file: join(folder, name),
              'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
              'errors.tolerance': 'all',
              'consumer.override.max.decompressed.batch.bytes': String(limit),
            },
          })
          assert.equal(reply.status, 201, JSON.stringify(reply.body))
          return name
        }
        const stateOf = async (name: string): Promise<Status['tasks'][number] | undefined> =>
          ((await worker.rest('GET', `/connectors/${name}/status`)).body as Status).tasks[0]
        // The first one warms up what every task needs.
        let before = 0
        for (const [i, topic] of topics.entries()) {
          const name = await add(topic, MIB)
          await until(
            `the task of ${topic} has failed`,
            async () => (await stateOf(name))?.state === 'FAILED',
          )
          const { trace = '' } = (await stateOf(name)) ?? {}
          assert.match(trace, new RegExp(`${topic}-0@1: a ${codecs[i]} batch of \\d+ bytes unpacks to `))
          assert.match(
            trace,
            /1048576 that max\.decompressed\.batch\.bytes .* set that higher.* offset set to 2$/m,
          )
          // What lies before the batch was written, and its offset is committed.
          assert.equal(
            existsSync(join(folder, name)) && readFileSync(join(folder, name), 'utf8').length > 0,
            true,
          )
          const { body } = await worker.rest('GET', `/connectors/${name}/offsets`)
          assert.match(JSON.stringify(body), /"kafka_offset":1\b/)
          if (i === 0) before = rssMiB(worker.pid)
        }
        const grown = peakRssMiB(worker.pid) - before
        assert.ok(grown < BOMB_MIB / 2, `${Math.round(grown)} MiB more`)
        const name = await add(topics[3] ?? '', 2 * BOMB_MIB * MIB)
        await until('a higher limit takes it', async () => {
          const { body } = await worker.rest('GET', `/connectors/${name}/offsets`)
          return JSON.stringify(body).includes('"kafka_offset":2')
        })
      } finally {
        await worker.dispose()
      }
    })
  }
})
