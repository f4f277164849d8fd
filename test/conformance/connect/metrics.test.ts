import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, produce, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-metrics-'))
const [good, bad] = [uniqueName('good'), uniqueName('bad')]
let worker: WorkerProcess

/** The samples of a scrape: `name{label="value"}` in the order of the labels, with their values. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${worker.url}/metrics`)
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^(\S.*) (\S+)$/.exec(line) ?? []
      // Event loop percentiles are not a number where two scrapes follow each other at once.
      if (!name.startsWith('nodejs_')) assert.ok(Number.isFinite(Number(value)), line)
      return [name, Number(value)]
    }),
  )
}

async function create(name: string, topic: string, more: Record<string, string> = {}): Promise<void> {
  const config = {
    'connector.class': 'FileStreamSink',
    topics: topic,
    file: join(folder, `${name}.txt`),
    ...more,
  }
  const reply = await worker.rest('POST', '/connectors', { name, config })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
}

before(async () => {
  await createTopic(good, 2)
  await createTopic(bad)
  const values = (
    topic: string,
    partitions: number,
    texts: readonly string[],
  ): Parameters<typeof produce>[0] =>
    texts.map((text, i) => ({ topic, partition: i % partitions, value: Buffer.from(text) }))
  await produce(
    values(
      good,
      2,
      Array.from({ length: 100 }, (_, i) => `{"n":${i}}`),
    ),
  )
  await produce(values(bad, 1, ['{"n":1}', 'not json', '{"n":2}']))
  worker = await WorkerProcess.start()
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

suite('GET /metrics', () => {
  test('a worker without connectors counts none, and tells about its process', async () => {
    const samples = await scrape()
    assert.equal(samples.get('kafka_connect_worker_connector_count'), 0)
    assert.equal(samples.get('kafka_connect_worker_task_count'), 0)
    assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 1_000_000)
    assert.ok((samples.get('spillway_buffer_limit_bytes{kind="memory"}') ?? 0) > 0)
  })

  test('connectors and tasks have their states, and sink tasks what they have read, put and committed', async () => {
    await create('good', good)
    const task = '{connector="good",task="0"}'
    let samples = await scrape()
    await until('all records are committed', async () => {
      samples = await scrape()
      return (
        samples.get(`kafka_connect_sink_task_sink_record_send_total${task}`) === 100 &&
        samples.get(`kafka_connect_sink_task_sink_record_active_count${task}`) === 0
      )
    })
    const expected = {
      'kafka_connect_connector_status{connector="good",status="running"}': 1,
      'kafka_connect_connector_connector_class{connector="good",connector_class="FileStreamSink"}': 1,
      'kafka_connect_connector_task_status{connector="good",task="0",status="running"}': 1,
      kafka_connect_worker_connector_count: 1,
      kafka_connect_worker_task_count: 1,
      kafka_connect_worker_task_startup_success_total: 1,
      'kafka_connect_worker_connector_running_task_count{connector="good"}': 1,
      'kafka_connect_worker_connector_failed_task_count{connector="good"}': 0,
      [`kafka_connect_sink_task_sink_record_read_total${task}`]: 100,
      [`kafka_connect_sink_task_partition_count${task}`]: 2,
      [`kafka_connect_connector_task_offset_commit_success_percentage${task}`]: 1,
      [`kafka_connect_task_error_total_record_failures${task}`]: 0,
      [`kafka_consumer_fetch_manager_records_lag{clientId="connector-consumer-good-0",topic="${good}",partition="1"}`]: 0,
    }
    assert.deepEqual(
      Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)])),
      expected,
    )
    for (const name of [
      'sink_task_offset_commit_completion_total',
      'sink_task_put_batch_max_time_ms',
      'sink_task_put_batch_avg_time_ms',
      'sink_task_sink_record_read_rate',
      'connector_task_batch_size_max',
    ])
      assert.ok((samples.get(`kafka_connect_${name}${task}`) ?? 0) > 0, name)
  })

  test('errors are counted, and those of a failed task stay to be seen', async () => {
    await create('bad', bad, { 'errors.tolerance': 'all', 'errors.log.enable': 'true' })
    await create('broken', bad)
    let samples = await scrape()
    const errors = (name: string, connector: string): number | undefined =>
      samples.get(`kafka_connect_task_error_${name}{connector="${connector}",task="0"}`)
    await until('both have met the bad record', async () => {
      samples = await scrape()
      const failed = samples.get(
        'kafka_connect_connector_task_status{connector="broken",task="0",status="failed"}',
      )
      return failed === 1 && errors('total_records_skipped', 'bad') === 1
    })
    assert.equal(errors('total_errors_logged', 'bad'), 1)
    assert.equal(errors('total_record_errors', 'bad'), 0)
    assert.equal(errors('total_record_errors', 'broken'), 1)
    assert.ok(Math.abs((errors('last_error_timestamp', 'broken') ?? 0) - Date.now()) < 60_000)
    assert.equal(samples.get('kafka_connect_worker_connector_failed_task_count{connector="broken"}'), 1)
  })

  test('a deleted connector is gone from the metrics at once', async () => {
    await worker.rest('DELETE', '/connectors/broken')
    const names = [...(await scrape()).keys()]
    assert.deepEqual(
      names.filter((name) => name.includes('"broken"')),
      [],
    )
    assert.ok(names.some((name) => name.includes('"bad"')))
  })
})
