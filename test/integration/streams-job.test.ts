import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { filesOf } from '../packaging/outside.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { newest, readUntil, textRecords } from '../streams/kafka-app.ts'

interface Status {
  readonly connector: { readonly state: string }
  readonly tasks: readonly {
    readonly id: number
    readonly state: string
    readonly trace?: string
    readonly worker_id: string
  }[]
  readonly type: string
}

type Config = Readonly<Record<string, string>>

/** A job that counts the records of each key of a topic of its own. */
class CountingJob {
  readonly name = uniqueName('job')
  readonly input = uniqueName('counted')
  readonly output = uniqueName('counts')
  readonly stateDir: string

  constructor(folder: string) {
    this.stateDir = join(folder, this.name)
  }

  async topics(): Promise<this> {
    await createTopic(this.input, 4)
    await createTopic(this.output, 1)
    return this
  }

  config(more: Config = {}): Config {
    return {
      'connector.class': 'StreamsJob',
      'topology.module': './count-topology.ts',
      'count.from': this.input,
      'count.to': this.output,
      'tasks.max': '2',
      'commit.interval.ms': '100',
      'statestore.cache.max.bytes': '0',
      'replication.factor': '1',
      'state.dir': this.stateDir,
      'consumer.override.session.timeout.ms': '6000',
      'consumer.override.heartbeat.interval.ms': '500',
      ...more,
    }
  }

  async feed(keys: readonly string[]): Promise<void> {
    await produce(
      textRecords(
        this.input,
        keys.map((key) => [key, 'v'] as const),
      ),
    )
  }

  async counted(key: string, count: string): Promise<void> {
    await readUntil(this.output, (records) => newest(records).get(key) === count)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-jobs-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function statusOf(worker: WorkerProcess, name: string): Promise<Status> {
  return (await worker.rest('GET', `/connectors/${name}/status`)).body as Status
}

async function reached(worker: WorkerProcess, name: string, state: string, tasks = 2): Promise<Status> {
  let last: Status | undefined
  await until(
    `${name} is ${state}`,
    async () => {
      last = await statusOf(worker, name)
      return last.tasks?.length === tasks && last.tasks.every((task) => task.state === state)
    },
    60_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(last)}`)
  })
  return last as Status
}

describe('a streams job', { concurrency: 2 }, () => {
  test('is created, paused, resumed, stopped, reset, restarted and deleted as a sink is', async () => {
    const job = await new CountingJob(folder).topics()
    const worker = await WorkerProcess.start()
    try {
      const { name } = job
      const made = await worker.rest('POST', '/connectors', { name, config: job.config() })
      assert.equal(made.status, 201, JSON.stringify(made.body))
      assert.equal((made.body as { type: string }).type, 'sink')
      await reached(worker, name, 'RUNNING')
      await job.feed(['a', 'b', 'a', 'c', 'd', 'e', 'f'])
      await job.counted('a', '2')

      const { body: shown } = await worker.rest('GET', `/connectors/${name}/topology`)
      const { text: described, subtopologies } = shown as {
        text: string
        subtopologies: { nodes: { kind: string; topics: string[]; stores: string[] }[] }[]
      }
      assert.match(described, /^Topologies:\n {3}Sub-topology: 0/)
      const nodes = subtopologies.flatMap((each) => each.nodes)
      assert.deepEqual(
        nodes.filter(({ kind }) => kind === 'source').map(({ topics }) => topics),
        [[job.input]],
      )
      assert.deepEqual(
        nodes.flatMap(({ stores }) => stores),
        ['counts'],
      )

      assert.equal((await worker.rest('PUT', `/connectors/${name}/pause`)).status, 202)
      await reached(worker, name, 'PAUSED')
      await job.feed(['a'])
      assert.equal((await worker.rest('PUT', `/connectors/${name}/resume`)).status, 202)
      await reached(worker, name, 'RUNNING')
      await job.counted('a', '3')

      assert.equal((await worker.rest('POST', `/connectors/${name}/restart?includeTasks=true`)).status, 202)
      await reached(worker, name, 'RUNNING')
      await job.feed(['a'])
      await job.counted('a', '4')

      const offsets = async (): Promise<number> => {
        const { body } = await worker.rest('GET', `/connectors/${name}/offsets`)
        const { offsets: found } = body as { offsets: { offset: { kafka_offset: number } }[] }
        return found.reduce((sum, { offset }) => sum + offset.kafka_offset, 0)
      }
      await until('all is committed', async () => (await offsets()) === 9)
      assert.match(await metricsOf(worker), new RegExp(`sink_record_read_total\\{[^}]*connector="${name}"`))

      const early = await worker.rest('DELETE', `/connectors/${name}/offsets`)
      assert.equal(early.status, 400, 'it is not stopped')
      assert.equal((await worker.rest('PUT', `/connectors/${name}/stop`)).status, 204)
      await until('it is stopped', async () => (await statusOf(worker, name)).connector.state === 'STOPPED')
      await until('its tasks are gone', async () => (await statusOf(worker, name)).tasks.length === 0)
      const admin = kafka().admin()
      try {
        const internal = async (): Promise<readonly string[]> =>
          (await admin.listTopics()).filter((topic) => topic.startsWith(`connect-${name}-`))
        assert.deepEqual(await internal(), [`connect-${name}-counts-changelog`])
        assert.ok(readdirSync(job.stateDir).length > 0)
        await until(
          'its members have left',
          async () => (await admin.describeGroup(`connect-${name}`)).members.length === 0,
        )
        const reset = await worker.rest('DELETE', `/connectors/${name}/offsets`)
        assert.equal(reset.status, 200, JSON.stringify(reset.body))
        assert.match(JSON.stringify(reset.body), /have been reset successfully/)
        assert.deepEqual(await internal(), [])
        assert.deepEqual(readdirSync(job.stateDir), [])
      } finally {
        await admin.close()
      }

      // Begun again from nothing: each key once more, and a count of ten a record.
      const changed = await worker.rest(
        'PUT',
        `/connectors/${name}/config`,
        job.config({ 'count.step': '10' }),
      )
      assert.equal(changed.status, 200, JSON.stringify(changed.body))
      assert.equal((await worker.rest('PUT', `/connectors/${name}/resume`)).status, 202)
      await reached(worker, name, 'RUNNING')
      await job.counted('a', '40')

      assert.equal((await worker.rest('DELETE', `/connectors/${name}`)).status, 204)
      assert.equal((await worker.rest('GET', `/connectors/${name}`)).status, 404)
    } finally {
      await worker.dispose()
    }
  })

  test('says what is wrong with its configuration, its topics and its records', async () => {
    const job = await new CountingJob(folder).topics()
    const worker = await WorkerProcess.start()
    try {
      const { name } = job
      const problems = async (config: Config): Promise<Record<string, string>> => {
        const reply = await worker.rest('PUT', '/connector-plugins/StreamsJob/config/validate', {
          name,
          ...config,
        })
        assert.equal(reply.status, 200, JSON.stringify(reply.body))
        const { configs } = reply.body as { configs: { value: { name: string; errors: string[] } }[] }
        return Object.fromEntries(
          configs
            .filter(({ value }) => value.errors.length > 0)
            .map(({ value }) => [value.name, value.errors.join(' ')]),
        )
      }
      assert.deepEqual(await problems(job.config()), {})
      const { 'topology.module': _module, ...without } = job.config()
      assert.match((await problems(without))['topology.module'] ?? '', /Missing required configuration/)
      assert.match(
        (await problems(job.config({ 'topology.module': './no-such.ts' })))['topology.module'] ?? '',
        /there is no such module/,
      )
      assert.match(
        (await problems(job.config({ 'topology.module': './mock-sink.ts' })))['topology.module'] ?? '',
        /neither a Topology nor a function/,
      )
      assert.match(
        (await problems(job.config({ 'processing.guarantee': 'sometimes' })))['processing.guarantee'] ?? '',
        /at_least_once, exactly_once_v2/,
      )
      assert.match((await problems(job.config({ 'count.step': 'ten' })))['count.step'] ?? '', /ten/)
      assert.match(
        (await problems(job.config({ 'commit.interval.ms': '-1' })))['commit.interval.ms'] ?? '',
        /-1/,
      )

      const refused = await worker.rest('POST', '/connectors', {
        name,
        config: job.config({ 'count.step': 'ten' }),
      })
      assert.equal(refused.status, 400)

      const twin = uniqueName('twin')
      const same = { 'application.id': `connect-${twin}` }
      assert.equal(
        (await worker.rest('POST', '/connectors', { name: twin, config: job.config() })).status,
        201,
      )
      const second = await worker.rest('POST', '/connectors', { name, config: job.config(same) })
      assert.equal(second.status, 400)
      assert.match(
        JSON.stringify(second.body),
        new RegExp(`connector ${twin} is the application of that name`),
      )
      assert.equal((await worker.rest('DELETE', `/connectors/${twin}`)).status, 204)

      const missing = job.config({ 'count.from': uniqueName('nowhere') })
      assert.equal((await worker.rest('POST', '/connectors', { name, config: missing })).status, 201)
      const failed = await reached(worker, name, 'FAILED')
      assert.match(failed.tasks[0]?.trace ?? '', /nowhere/)
      assert.equal((await worker.rest('PUT', `/connectors/${name}/config`, job.config())).status, 200)
      await reached(worker, name, 'RUNNING')
      await job.feed(['a'])
      await job.counted('a', '1')

      await job.feed(['fail'])
      await until('a task has failed', async () =>
        (await statusOf(worker, name)).tasks.some(({ state }) => state === 'FAILED'),
      )
      const { trace = '' } =
        (await statusOf(worker, name)).tasks.find(({ state }) => state === 'FAILED') ?? {}
      assert.match(trace, /this key fails/)
      assert.match(trace, new RegExp(`topic=${job.input}`))
    } finally {
      await worker.dispose()
    }
  })

  test('is shared by the workers of a cluster, and outlives one of them, each record once', async () => {
    const job = await new CountingJob(folder).topics()
    const cluster = uniqueName('jobs')
    const workers = [await WorkerProcess.start({ cluster }), await WorkerProcess.start({ cluster })] as const
    const [first, second] = workers
    try {
      const { name } = job
      const config = job.config({ 'processing.guarantee': 'exactly_once_v2' })
      await until(
        'it is created',
        async () => (await first.rest('POST', '/connectors', { name, config })).status === 201,
      )
      await reached(first, name, 'RUNNING')
      const rounds = 20
      for (let round = 0; round < rounds; round++) {
        await job.feed(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
        if (round === rounds / 2) first.kill('SIGKILL')
      }
      await reached(second, name, 'RUNNING')
      await readUntil(
        job.output,
        (records) => {
          const table = newest(records)
          return table.size === 8 && [...table.values()].every((count) => count === String(rounds))
        },
        90_000,
      )
    } finally {
      await first.dispose()
      await second.dispose()
    }
  })
})

test('the example of the guide runs as it stands, from a folder that has no packages of its own', async () => {
  const own = join(folder, 'guide')
  const modules = join(own, 'modules')
  mkdirSync(modules, { recursive: true })
  for (const [name, text] of filesOf('docs/guides/streams-job.md')) writeFileSync(join(own, name), text)
  const file = join(import.meta.dirname, '..', '..', 'config-examples', 'streams-job.json')
  const example = JSON.parse(readFileSync(file, 'utf8')) as { name: string; config: Config }
  const guide = readFileSync(
    join(import.meta.dirname, '..', '..', 'docs', 'guides', 'streams-job.md'),
    'utf8',
  )
  const shown = /^```json\n(.*?)^```$/ms.exec(guide)?.[1] ?? ''
  assert.deepEqual(JSON.parse(shown), example, 'the guide shows the example')

  const [orders, totals, name] = [uniqueName('orders'), uniqueName('totals'), uniqueName('order-totals')]
  await createTopic(orders, 2)
  await createTopic(totals, 1)
  const worker = await WorkerProcess.start({ config: { 'plugin.module.path': modules } })
  try {
    const config = {
      ...example.config,
      'state.dir': join(own, 'state'),
      'orders.topic': orders,
      'totals.topic': totals,
    }
    const made = await worker.rest('POST', '/connectors', { name, config })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    await reached(worker, name, 'RUNNING')
    await produce(
      textRecords(
        orders,
        [
          ['ada', 5],
          ['bob', 7],
          ['ada', 6],
        ].map(([customer, amount], i) => [`o${i}`, JSON.stringify({ customer, amount })] as const),
      ),
    )
    await readUntil(
      totals,
      (records) => newest(records).get('ada') === '11' && newest(records).get('bob') === '7',
    )
  } finally {
    await worker.dispose()
  }
})

async function metricsOf(worker: WorkerProcess): Promise<string> {
  return await (await fetch(`${worker.url}/metrics`)).text()
}
