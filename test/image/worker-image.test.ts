import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { pickFreePorts, type PortSpec } from '../../stack/ports.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { Container, type ContainerOptions, type ImageConfig } from './container.ts'
import { ImageStore, whyNoImages } from './image-store.ts'

const reason = await whyNoImages()
const REST: PortSpec = { name: 'rest', env: '', fallback: 0 }
const IMAGE = 'localhost/spillway-test:1'
/** Tests of the image; counted, so that a run without them says so. */
const notRun = reason === undefined ? undefined : `THE WORKER'S IMAGE WAS NOT TESTED: ${reason}`

test('whether the image can be built and run on this machine', (t) => {
  if (notRun !== undefined) {
    t.diagnostic(notRun)
    t.skip(notRun)
  }
})

suite("the worker's image, built from deploy/Dockerfile and run without an engine", { skip: notRun }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-mounts-'))
  const group = uniqueName('image')
  const topic = uniqueName('image-orders')
  const containers: Container[] = []
  let store: ImageStore
  let root: string
  let image: ImageConfig
  let bucket: TestBucket
  let port: number

  const start = (options: ContainerOptions): Container => {
    const container = Container.create(root, image, options)
    containers.push(container)
    return container
  }
  const workerEnv = (): Record<string, string> => ({
    CONNECT_BOOTSTRAP_SERVERS: endpointsFromEnv().kafka.bootstrapServers,
    CONNECT_GROUP_ID: group,
    CONNECT_CONFIG_STORAGE_TOPIC: `${group}-config`,
    CONNECT_OFFSET_STORAGE_TOPIC: `${group}-offset`,
    CONNECT_STATUS_STORAGE_TOPIC: `${group}-status`,
    CONNECT_CONFIG_STORAGE_REPLICATION_FACTOR: '1',
    CONNECT_OFFSET_STORAGE_REPLICATION_FACTOR: '1',
    CONNECT_STATUS_STORAGE_REPLICATION_FACTOR: '1',
    CONNECT_KEY_CONVERTER: 'org.apache.kafka.connect.storage.StringConverter',
    CONNECT_VALUE_CONVERTER: 'org.apache.kafka.connect.json.JsonConverter',
    CONNECT_VALUE_CONVERTER_SCHEMAS_ENABLE: 'false',
    CONNECT_REST_ADVERTISED_HOST_NAME: '127.0.0.1',
    CONNECT_LISTENERS: `http://127.0.0.1:${port}`,
    // Nothing is committed but by the drain.
    CONNECT_OFFSET_FLUSH_INTERVAL_MS: '3600000',
    CONNECT_LOG4J_ROOT_LOGLEVEL: 'INFO',
    CONNECT_LOG4J_LOGGERS: 'org.apache.kafka.connect.runtime.rest=DEBUG',
    CONNECT_CONFIG_PROVIDERS: 'file',
    CONNECT_CONFIG_PROVIDERS_FILE_CLASS: 'org.apache.kafka.common.config.provider.FileConfigProvider',
  })

  before(async () => {
    store = await ImageStore.create((line) => console.log(line))
    await store.build(IMAGE)
    const container = await store.buildah('from', '--pull-never', ...store.policy, IMAGE)
    root = await store.buildah('mount', container)
    const { Docker } = JSON.parse(await store.buildah('inspect', '--type', 'image', IMAGE)) as {
      Docker: { config: ImageConfig }
    }
    image = Docker.config
    bucket = await TestBucket.create(uniqueName('image'))
    port = (await pickFreePorts([REST]))['rest'] ?? 0
    await createTopic(topic, 1)
  })
  after(async () => {
    for (const container of containers) await container.dispose()
    bucket?.close()
    await store?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  test('runs as nobody special, listens on 8083, tells its health, and starts the worker as process 1', () => {
    assert.match(image.User, /^[1-9]\d*/)
    assert.deepEqual(Object.keys(image.ExposedPorts), ['8083/tcp'])
    assert.deepEqual(Object.keys(image.Volumes), ['/var/lib/spillway'])
    assert.equal(image.StopSignal, 'SIGTERM')
    assert.equal(image.Healthcheck.Test[0], 'CMD')
    assert.equal(image.Entrypoint[0], 'node', 'a shell between would keep the signals')
  })

  test('holds no sources, no tests and no development dependencies', () => {
    const modules = readdirSync(join(root, 'opt/spillway/node_modules'))
    assert.ok(modules.includes('fastify'))
    assert.deepEqual(
      modules.filter((name) =>
        ['typescript', 'oxlint', 'prettier', 'fast-check', 'pure-rand', 'node'].includes(name),
      ),
      [],
    )
    const packages = ['api', 'converters', 'kafka', 'object-store', 'refine', 'worker']
    const framework = join(root, 'opt/spillway/framework')
    assert.deepEqual(readdirSync(framework).sort(), [...packages, 'dist', 'package.json'].sort())
    for (const name of packages) {
      assert.deepEqual(readdirSync(join(framework, name)).sort(), ['dist', 'package.json'], name)
      assert.ok(!readdirSync(join(framework, name, 'dist')).includes('testing'), `${name} has its suite`)
    }
  })

  test('names every required variable that is missing, at once, and ends with 1', async () => {
    const container = start({ env: { CONNECT_GROUP_ID: 'some', CONNECT_KEY_CONVERTER: '' } })
    assert.equal(await container.exit, 1)
    // What stands in brackets is the code of the error.
    const named = [...container.output().matchAll(/\bCONNECT_[A-Z_]+\b(?!\])/g)].map(([name]) => name)
    assert.deepEqual(named, [
      'CONNECT_BOOTSTRAP_SERVERS',
      'CONNECT_CONFIG_STORAGE_TOPIC',
      'CONNECT_OFFSET_STORAGE_TOPIC',
      'CONNECT_STATUS_STORAGE_TOPIC',
      'CONNECT_KEY_CONVERTER',
      'CONNECT_VALUE_CONVERTER',
      'CONNECT_REST_ADVERTISED_HOST_NAME',
    ])
  })

  test('on a read-only root: runs a connector from its variables, is healthy, and drains on SIGTERM', async () => {
    const { 'aws.access.key.id': id, 'aws.secret.access.key': secret, ...rest } = bucket.config
    const secrets = join(folder, 'secrets')
    mkdirSync(secrets)
    writeFileSync(join(secrets, 's3.properties'), `id=${id}\nsecret=${secret}\n`)
    const env = workerEnv()
    const mounts = { '/etc/kafka-connect/secrets': secrets }
    const worker = start({ env, mounts })
    await worker.ready()
    const loggers = await worker.rest('GET', '/admin/loggers/org.apache.kafka.connect.runtime.rest')
    assert.equal((loggers.body as { level: string }).level, 'DEBUG')

    const name = uniqueName('image-orders')
    await until('the worker is ready', async () => (await worker.rest('GET', '/health')).status === 200)
    const reply = await worker.rest('POST', '/connectors', {
      name,
      config: {
        ...rest,
        'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
        'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
        'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
        'aws.access.key.id': '${file:/etc/kafka-connect/secrets/s3.properties:id}',
        'aws.secret.access.key': '${file:/etc/kafka-connect/secrets/s3.properties:secret}',
        topics: topic,
        'flush.size': '100',
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    await produce(
      Array.from({ length: 250 }, (_, i) => ({ topic, partition: 0, value: Buffer.from(`{"i":${i}}`) })),
    )
    // What begins with an underscore is the connector's own bookkeeping.
    const files = async (): Promise<string[]> => (await bucket.keys()).filter((key) => !/(^|\/)_/.test(key))
    await until('two full files are stored', async () => (await files()).length === 2).catch(
      async (error: Error) => {
        const status = JSON.stringify((await worker.rest('GET', `/connectors/${name}/status`)).body)
        throw new Error(`${error.message}\n${status}\n${worker.output()}`, { cause: error })
      },
    )

    const command = image.Healthcheck.Test.slice(1 + image.Entrypoint.length)
    assert.equal(await start({ env, command }).exit, 0, 'the health check passes')

    const admin = kafka().admin()
    try {
      const committed = async (): Promise<bigint | undefined> =>
        (await admin.listGroupOffsets(`connect-${name}`)).find((o) => o.partition.topic === topic)?.offset
          .offset
      assert.equal(await committed(), undefined, 'nothing is committed before the drain')
      assert.equal(await worker.stop(), 0)
      assert.equal(await committed(), 200n, 'what is stored is committed')
    } finally {
      await admin.close()
    }
    assert.deepEqual(readdirSync(worker.volume), [], 'nothing is left of the spill log')
    assert.equal(await start({ env, command }).exit, 1, 'the health check fails without a worker')
  })

  test('as standalone worker: takes variables for the worker, mounted files for its connectors, and mounted plugins', async () => {
    const connectors = join(folder, 'connectors')
    mkdirSync(connectors)
    const plugins = join(folder, 'plugins')
    mkdirSync(join(plugins, 'mounted'), { recursive: true })
    writeFileSync(
      join(plugins, 'mounted', 'package.json'),
      '{"name":"mounted","version":"4.5.6","type":"module","spillway":{"plugins":"./plugin.js"}}',
    )
    writeFileSync(
      join(plugins, 'mounted', 'plugin.js'),
      `import { configDef } from '@spillway/framework'
       export default { kind: 'predicate', className: 'Mounted', doc: '', config: configDef({}), create() {} }`,
    )
    const name = uniqueName('image-standalone')
    writeFileSync(
      join(connectors, 'words.json'),
      JSON.stringify({
        name,
        config: {
          'connector.class': 'FileStreamSink',
          topics: topic,
          file: '/var/lib/spillway/words.txt',
        },
      }),
    )
    const worker = start({
      env: { ...workerEnv(), CONNECT_LISTENERS: 'http://127.0.0.1:0' },
      mounts: { '/etc/kafka-connect/connectors': connectors, '/usr/share/spillway/plugins': plugins },
      command: ['standalone', '--env', '/etc/kafka-connect/connectors/words.json'],
    })
    await worker.ready()
    const { body } = await worker.rest('GET', '/connector-plugins?connectorsOnly=false')
    assert.deepEqual(
      (body as { class: string }[]).filter((plugin) => plugin.class === 'Mounted'),
      [{ class: 'Mounted', type: 'predicate', version: '4.5.6' }],
    )
    await until('the file is there', () => readdirSync(worker.volume).includes('words.txt'))
    assert.equal(await worker.stop(), 0)
  })
})
