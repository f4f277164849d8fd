import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { TestBucket } from '../support/objects.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

interface Status {
  readonly connector: { readonly state: string; readonly trace?: string }
  readonly tasks: readonly { readonly state: string; readonly trace?: string }[]
}

async function status(worker: WorkerProcess, name: string): Promise<Status> {
  return (await worker.rest('GET', `/connectors/${name}/status`)).body as Status
}

async function failedTrace(worker: WorkerProcess, name: string): Promise<string> {
  await until(`a task of ${name} is FAILED`, async () =>
    (await status(worker, name)).tasks.some((t) => t.state === 'FAILED'),
  )
  return (await status(worker, name)).tasks.find((t) => t.state === 'FAILED')?.trace ?? ''
}

suite('a worker that cannot start says which key and what to do, and exits with 1', () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    [
      'a value that is no number',
      { 'offset.flush.interval.ms': '10s' },
      /Invalid value 10s for configuration offset\.flush\.interval\.ms: Not a number of type LONG/,
    ],
    [
      'a converter that is misspelled',
      { 'value.converter': 'org.apache.kafka.connect.json.JsonConvertor' },
      /value\.converter: Class .*JsonConvertor could not be found\. Did you mean org\.apache\.kafka\.connect\.json\.JsonConverter\?/,
    ],
    [
      'a broker that is down',
      { 'bootstrap.servers': '127.0.0.1:1', 'request.timeout.ms': '3000' },
      /bootstrap\.servers=127\.0\.0\.1:1.*Check that a broker listens there/,
    ],
    [
      'a listener that is no address',
      { listeners: 'here' },
      /configuration listeners: Expected protocol:\/\/host:port/,
    ],
  ]
  for (const [what, config, message] of cases) {
    test(what, async () => {
      const worker = WorkerProcess.spawn({ config })
      assert.equal(await worker.exit, 1)
      assert.match(worker.output(), message)
      await worker.dispose()
    })
  }

  test('a key that is misspelled is named with the key it was meant for', async () => {
    const worker = WorkerProcess.spawn({ config: { 'value.converter': '', 'vaule.converter': 'x' } })
    assert.equal(await worker.exit, 1)
    assert.match(worker.output(), /value\.converter/)
    await worker.dispose()
  })

  test('a file that is not there or not JSON is named', async () => {
    const worker = WorkerProcess.run(['standalone', '/nowhere/worker.json'])
    assert.equal(await worker.exit, 1)
    assert.match(worker.output(), /\/nowhere\/worker\.json: there is no such file/)
    await worker.dispose()
  })
})

suite('a connector that cannot work does not disturb the others', () => {
  const topic = uniqueName('errors')
  let worker: WorkerProcess
  let bucket: TestBucket
  const connector = (name: string, config: Record<string, string>) => ({
    name,
    config: {
      ...bucket.config,
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
      'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
      'flush.size': '1',
      topics: topic,
      ...config,
    },
  })

  test('the good one of two files is served, the bad one is told about', async () => {
    await createTopic(topic, 1)
    bucket = await TestBucket.create(uniqueName('errors'))
    worker = await WorkerProcess.start({
      connectors: [connector('good', {}), connector('bad', { 'errors.tolerance': 'al' })],
    })
    await until('the bad file is told about', () =>
      /bad\.json: .*errors\.tolerance: String must be one of: none, all \(did you mean all\?\)/s.test(
        worker.output(),
      ),
    )
    const { body } = await worker.rest('GET', '/connectors')
    assert.deepEqual(body, ['good'])
  })
  after(async () => {
    await worker?.dispose()
    bucket?.close()
  })

  test('a lone bad connector file ends the worker with 1', async () => {
    const lone = WorkerProcess.spawn({ connectors: [connector('lone', { 'flush.size': 'many' })] })
    assert.equal(await lone.exit, 1)
    assert.match(lone.output(), /Invalid value many for configuration flush\.size: Not a number of type INT/)
    await lone.dispose()
  })

  test('a bucket that does not exist fails the task, naming the bucket and its key', async () => {
    const config = connector('no-bucket', { 's3.bucket.name': 'not-there' })
    assert.equal((await worker.rest('POST', '/connectors', config)).status, 201)
    assert.match(
      await failedTrace(worker, 'no-bucket'),
      /Non-existent S3 bucket: not-there.*s3\.bucket\.name/s,
    )
  })

  test('validation tells of a bucket that does not exist before anything runs', async () => {
    const { config } = connector('no-bucket', { name: 'no-bucket', 's3.bucket.name': 'not-there' })
    const path = '/connector-plugins/S3SinkConnector/config/validate'
    const { status: code, body } = await worker.rest('PUT', path, config)
    assert.equal(code, 200)
    const { configs } = body as { configs: { value: { name: string; errors: string[] } }[] }
    const errors = configs.flatMap(({ value }) => value.errors.map((error) => `${value.name}: ${error}`))
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', /^s3\.bucket\.name: Non-existent S3 bucket: not-there/)
  })

  test('a wrong secret fails the task, naming the keys to look at and not the secret', async () => {
    const config = connector('wrong-secret', { 'aws.secret.access.key': 'not-the-secret' })
    assert.equal((await worker.rest('POST', '/connectors', config)).status, 201)
    const trace = await failedTrace(worker, 'wrong-secret')
    assert.match(trace, /aws\.secret\.access\.key/)
    assert.equal(trace.includes('not-the-secret'), false)
    assert.equal(worker.output().includes('not-the-secret'), false)
  })

  test('a record that is not JSON fails the task, naming its place and what to do', async () => {
    const badTopic = uniqueName('bad-json')
    await createTopic(badTopic, 1)
    await produce([
      { topic: badTopic, partition: 0, value: Buffer.from('{"a":1}') },
      { topic: badTopic, partition: 0, value: Buffer.from('{not json') },
    ])
    const config = connector('bad-json', { topics: badTopic })
    assert.equal((await worker.rest('POST', '/connectors', config)).status, 201)
    const trace = await failedTrace(worker, 'bad-json')
    assert.match(trace, /Tolerance exceeded in error handler/)
    assert.match(trace, new RegExp(`${badTopic}-0@1`))
    assert.match(trace, /errors\.tolerance=all/)
    assert.equal((await status(worker, 'bad-json')).connector.state, 'RUNNING')
  })

  test('through all of this the good connector writes on', async () => {
    await produce([{ topic, partition: 0, value: Buffer.from('{"still":"here"}') }])
    const key = `topics/${topic}/partition=0/${topic}+0+0000000000.json`
    await until('the object is there', async () => (await bucket.keys()).includes(key))
    assert.deepEqual(await bucket.lines(key), ['{"still":"here"}'])
    assert.equal((await status(worker, 'good')).tasks[0]?.state, 'RUNNING')
  })
})
