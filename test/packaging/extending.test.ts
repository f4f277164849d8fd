import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { filesOf, installPackages } from './outside.ts'

const outside = mkdtempSync(join(tmpdir(), 'spillway-outside-'))
const topic = uniqueName('words')

/** Packages as somebody else publishes them, and where they are installed. */
const PACKAGES = [
  {
    name: 'quiet-esm',
    place: 'node_modules',
    type: 'module',
    source: `import { configDef } from '@spillway/framework'
export default ['Quiet', 'QuietToo'].map((className) => ({
  kind: 'transformation', className, version: '7.0.0', doc: '', config: configDef({}),
  create: () => ({ configure() {}, apply: (record) => record.with({ value: String(record.value).toLowerCase() }) }),
}))`,
  },
  {
    name: '@acme/quiet-cjs',
    place: 'plugins',
    type: 'commonjs',
    source: `const { configDef } = require('@spillway/framework')
module.exports = {
  kind: 'transformation', className: 'com.acme.QuietCjs', doc: '', config: configDef({}),
  create: () => ({ configure() {}, apply: (record) => record.with({ value: record.value + '?' }) }),
}`,
  },
  { name: 'throwing', place: 'plugins', type: 'module', source: `throw new Error('out of order')` },
  {
    name: 'lacking',
    place: 'plugins',
    type: 'module',
    source: `import 'a-package-nobody-has'\nexport default {}`,
  },
] as const

/** Packs a package with npm and unpacks it where npm would install it. */
function installPluginPackage({ name, place, type, source }: (typeof PACKAGES)[number]): void {
  const from = mkdtempSync(join(tmpdir(), 'spillway-package-'))
  const manifest = { name, version: '3.2.1', type, spillway: { plugins: './plugin.js' } }
  writeFileSync(join(from, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(from, 'plugin.js'), source)
  execFileSync('npm', ['pack', '--pack-destination', from], { cwd: from, stdio: 'pipe' })
  const tarball = readdirSync(from).find((file) => file.endsWith('.tgz')) ?? ''
  execFileSync('tar', ['-xzf', join(from, tarball), '-C', from])
  const target = join(outside, place, name)
  mkdirSync(dirname(target), { recursive: true })
  renameSync(join(from, 'package'), target)
  rmSync(from, { recursive: true, force: true })
}

suite('docs/extending.md, built outside the repository from the packed packages', () => {
  let worker: WorkerProcess
  let bucket: TestBucket

  before(async () => {
    installPackages(outside)
    const { kafka } = endpointsFromEnv()
    for (const [name, text] of filesOf('docs/extending.md')) {
      const here = text
        .replace('127.0.0.1:29092', kafka.bootstrapServers)
        .replace('http://127.0.0.1:8083', 'http://127.0.0.1:0')
        .replace('"topics": "words"', `"topics": "${topic}"`)
      mkdirSync(dirname(join(outside, name)), { recursive: true })
      writeFileSync(join(outside, name), here)
    }
    for (const one of PACKAGES) installPluginPackage(one)
    writeFileSync(join(outside, 'package.json'), '{"name":"outside","private":true,"type":"module"}')
    bucket = await TestBucket.create(uniqueName('outside'))
    await createTopic(topic, 1)
    await produce(
      ['short', 'several words in a line'].map((text) => ({ topic, partition: 0, value: Buffer.from(text) })),
    )
    worker = WorkerProcess.runIn(outside, ['standalone', 'worker.json', 'lines.json'])
    await worker.ready()
  })
  after(async () => {
    await worker?.dispose()
    bucket?.close()
    rmSync(outside, { recursive: true, force: true })
  })

  test('sink, converter, transformation, predicate and configuration provider work together from the JSON alone', async () => {
    const lines = ['SHORT', 'SEVERAL', 'WORDS', 'IN', 'A', 'LINE'].map(
      (word, i) => `${topic}-0@${i === 0 ? 0 : 1} ${word}!\n`,
    )
    const file = join(outside, 'out.txt')
    await until(
      'all lines are written',
      () => existsSync(file) && readFileSync(file, 'utf8') === lines.join(''),
    )
  })

  test('a partitioner and a format of one file each decide place and bytes of the objects of the S3 sink', async () => {
    const reply = await worker.rest('POST', '/connectors', {
      name: uniqueName('letters'),
      config: {
        ...bucket.config,
        'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
        'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
        'format.class': './shout-format.js',
        'partitioner.class': './first-letter.js',
        topics: topic,
        'flush.size': '2',
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    const key = `topics/${topic}/letters/S/${topic}+0+0000000000.shout`
    await until('the object is there', async () => (await bucket.keys()).includes(key))
    assert.deepEqual(await bucket.lines(key), ['SHORT!', 'SEVERAL WORDS IN A LINE!'])
  })

  test('a plugin that does not load is named with its key and the reason', async () => {
    writeFileSync(join(outside, 'modules', 'broken.js'), 'export default {')
    const reply = await worker.rest('POST', '/connectors', {
      name: uniqueName('broken'),
      config: { 'connector.class': './broken.js', topics: topic },
    })
    assert.equal(reply.status, 400)
    assert.match(JSON.stringify(reply.body), /\.\/broken\.js/)
  })

  test('packages of plugin.path and of node_modules are found, ESM and CommonJS, and work by class name', async () => {
    const { body } = await worker.rest('GET', '/connector-plugins?connectorsOnly=false')
    const plugins = body as { class: string; type: string; version: string; error?: string }[]
    const found = ['Quiet', 'QuietToo', 'com.acme.QuietCjs', 'com.example.Shout'].map(
      (name) => plugins.find((plugin) => plugin.class === name)?.version,
    )
    assert.deepEqual(found, ['7.0.0', '7.0.0', '3.2.1', '1.0.0'])
    const file = join(outside, 'quiet.txt')
    const reply = await worker.rest('POST', '/connectors', {
      name: uniqueName('quiet'),
      config: {
        'connector.class': './lines-sink.js',
        topics: topic,
        path: file,
        transforms: 'quiet,cjs',
        'transforms.quiet.type': 'Quiet',
        'transforms.cjs.type': 'QuietCjs',
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    await until(
      'both lines are written',
      () => existsSync(file) && readFileSync(file, 'utf8').includes('line?'),
    )
    assert.match(readFileSync(file, 'utf8'), /^\S+@0 short\?\n\S+@1 several words in a line\?\n$/)
  })

  test('a package that throws and one that lacks a dependency are listed and logged, and the worker serves', async () => {
    const { body } = await worker.rest('GET', '/connector-plugins?connectorsOnly=false')
    const broken = (body as { class: string; type: string; error?: string }[]).filter(
      ({ type }) => type === 'broken',
    )
    assert.deepEqual(broken.map((plugin) => plugin.class).sort(), ['lacking', 'throwing'])
    const error = (name: string): string => broken.find((plugin) => plugin.class === name)?.error ?? ''
    assert.equal(error('throwing'), 'out of order')
    assert.match(error('lacking'), /Cannot find package 'a-package-nobody-has'/)
    assert.match(worker.output(), /The plugins of throwing \(\S+\) cannot be used: out of order/)
    const connectors = (await worker.rest('GET', '/connector-plugins')).body as { type: string }[]
    assert.ok(
      connectors.every(({ type }) => type === 'sink'),
      'the list that clients of Kafka Connect read is as it was',
    )
    const reply = await worker.rest('POST', '/connectors', {
      name: uniqueName('throwing'),
      config: { 'connector.class': 'com.example.ThrowingSink', topics: topic },
    })
    assert.match(JSON.stringify(reply.body), /could not be loaded: .*throwing \(out of order\)/)
  })
})
