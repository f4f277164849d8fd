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
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { postgresDatabase } from '../jdbc/support/databases.ts'
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
  {
    name: '@acme/kinds',
    place: 'plugins',
    type: 'module',
    source: `import { builtInDialects } from '@spillway/jdbc-sink'
export default [
  { kind: 'format', className: 'com.acme.BareFormat', doc: '', compressible: true, create: ({ view }) => ({
    extension: '.bare', contentType: 'text/plain',
    append: (record, file) => file.append(Buffer.from(view.value(record) + ';')) }) },
  { kind: 'partitioner', className: 'com.acme.OnePartitioner', doc: '', timeBased: true,
    create: ({ extractor }) => ({ encodePartition: (record, now) => 'at-' + extractor.extract(record, now) }) },
  { kind: 'timestamp_extractor', className: 'com.acme.ZeroExtractor', doc: '', create: () => ({ extract: () => 0 }) },
  { kind: 'credential_source', className: 'com.acme.OwnCredentialsProvider', doc: '',
    create: ({ own }) => async () => ({ accessKeyId: own.id, secretAccessKey: own.word }) },
  { ...builtInDialects[0], className: 'com.acme.RoachDialect', subprotocols: ['roach'] },
]`,
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

  test('an object store and a timestamp extractor of one file each: where objects lie, and by which time', async () => {
    const file = join(outside, 'vault.db')
    const config = {
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      'storage.class': './vault-store.js',
      'vault.file': file,
      'format.class': './shout-format.js',
      'partitioner.class': 'io.confluent.connect.storage.partitioner.DailyPartitioner',
      'timestamp.extractor': './offset-clock.js',
      'enable.conditional.writes': 'true',
      locale: 'en',
      timezone: 'UTC',
      topics: topic,
      'flush.size': '1',
    }
    const created = async (changes: Record<string, string>): Promise<{ status: number; body: unknown }> =>
      await worker.rest('POST', '/connectors', {
        name: uniqueName('vault'),
        config: { ...config, ...changes },
      })
    const reply = await created({})
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    const key = (day: string, offset: number): string =>
      `topics/${topic}/year=2024/month=01/day=${day}/${topic}+0+000000000${offset}.shout`
    const objects = (): Record<string, string> => {
      using database = existsSync(file)
        ? new DatabaseSync(file, { readOnly: true })
        : new DatabaseSync(':memory:')
      try {
        const rows = database.prepare('SELECT key, body FROM object ORDER BY key').all()
        return Object.fromEntries(
          rows.map((row) => [String(row['key']), Buffer.from(row['body'] as Uint8Array).toString()]),
        )
      } catch {
        return {}
      }
    }
    await until('both objects are there', () => Object.keys(objects()).length >= 2)
    assert.deepEqual(objects(), {
      [key('01', 0)]: 'SHORT!\n',
      [key('02', 1)]: 'SEVERAL WORDS IN A LINE!\n',
    })
    // Its keys are validated with the sink's, and known.
    const { 'vault.file': _, ...without } = config
    const refused = await worker.rest('POST', '/connectors', { name: uniqueName('vault'), config: without })
    assert.equal(refused.status, 400)
    assert.match(JSON.stringify(refused.body), /Missing required configuration \\"vault\.file\\"/)
    assert.doesNotMatch(worker.output(), /'vault\.file' was supplied but isn't a known config/)
    const unknown = await created({ 'storage.class': 'com.example.Vault' })
    assert.match(JSON.stringify(unknown.body), /Class com\.example\.Vault could not be found/)
  })

  test('JDBC dialects of one file each: of a database that speaks plain SQL, and of one like another', async () => {
    const rows = uniqueName('rows')
    await createTopic(rows, 1)
    const field = (name: string, type: string): object => ({ field: name, type, optional: name !== 'id' })
    const schema = {
      type: 'struct',
      fields: [field('id', 'int64'), field('text', 'string'), field('ok', 'boolean')],
    }
    const payloads = [
      { id: 1, text: 'first', ok: true },
      { id: 2, text: "it's", ok: false },
      { id: 1, text: 'first again', ok: null },
    ]
    await produce(
      payloads.map((payload) => ({
        topic: rows,
        partition: 0,
        value: Buffer.from(JSON.stringify({ schema, payload })),
      })),
    )
    await using postgres = await postgresDatabase()
    const notes = join(outside, 'notes.db')
    const connect = async (config: Readonly<Record<string, string>>): Promise<void> => {
      const reply = await worker.rest('POST', '/connectors', {
        name: uniqueName('rows'),
        config: {
          'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
          topics: rows,
          'table.name.format': 'notes',
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
          'insert.mode': 'upsert',
          'pk.mode': 'record_value',
          'pk.fields': 'id',
          'auto.create': 'true',
          ...config,
        },
      })
      assert.equal(reply.status, 201, JSON.stringify(reply.body))
    }
    await connect({
      'connection.url': `jdbc:notes:${notes}`,
      'dialect.name': './notes-dialect.js',
      'offsets.storage.table': 'positions',
    })
    const like = postgres.url.replace('postgresql', 'cockroachdb')
    await connect({ ...postgres.config, 'connection.url': like, 'dialect.name': './cockroach-dialect.js' })
    const select = 'SELECT id, text, ok FROM notes ORDER BY id'
    const inNotes = (): unknown[] => {
      using database = new DatabaseSync(existsSync(notes) ? notes : ':memory:')
      try {
        return database
          .prepare(select)
          .all()
          .map((row) => ({ ...row }))
      } catch {
        return []
      }
    }
    await until('all rows are in the notebook', () => JSON.stringify(inNotes()).includes('first again'))
    assert.deepEqual(inNotes(), [
      { id: 1, text: 'first again', ok: null },
      { id: 2, text: "it's", ok: 0 },
    ])
    const inPostgres = async (): Promise<string> =>
      JSON.stringify(await postgres.query(select).catch(() => []))
    await until('all rows are in PostgreSQL', async () => (await inPostgres()).includes('first again'))
    // A package's dialect is found by the URL alone.
    await connect({
      ...postgres.config,
      'connection.url': postgres.url.replace('postgresql', 'roach'),
      'table.name.format': 'roaches',
    })
    await until('all rows are in the other table', async () =>
      JSON.stringify(await postgres.query('SELECT * FROM roaches').catch(() => [])).includes('first again'),
    )
  })

  test('every kind comes in packages, is named by class and listed where all kinds are asked for', async () => {
    const list = async (query: string): Promise<Map<string, string>> => {
      const { body } = await worker.rest('GET', `/connector-plugins${query}`)
      const plugins = body as { class: string; type: string }[]
      return new Map(plugins.map((plugin) => [plugin.class, plugin.type]))
    }
    const all = await list('?connectorsOnly=false&kinds=all')
    const ours: Readonly<Record<string, string>> = {
      'com.acme.BareFormat': 'format',
      'com.acme.OnePartitioner': 'partitioner',
      'com.acme.ZeroExtractor': 'timestamp_extractor',
      'com.acme.OwnCredentialsProvider': 'credential_source',
      'com.acme.RoachDialect': 'dialect',
      'io.spillway.storage.LocalStorage': 'object_store',
      'io.confluent.connect.s3.format.avro.AvroFormat': 'format',
      'org.apache.kafka.common.config.provider.FileConfigProvider': 'config_provider',
      'com.acme.QuietCjs': 'transformation',
    }
    for (const [name, type] of Object.entries(ours)) assert.equal(all.get(name), type, name)
    const connects = ['sink', 'converter', 'header_converter', 'transformation', 'predicate', 'broken']
    for (const query of [
      '?connectorsOnly=false',
      '?connectorsOnly=false&kinds=connect',
      '?connectorsOnly=false&kinds=x',
    ]) {
      for (const [name, type] of await list(query))
        assert.ok(connects.includes(type), `${query} ${name} ${type}`)
    }
    assert.deepEqual(
      new Set((await list('?kinds=all')).values()),
      new Set(['sink']),
      'connectors only by default',
    )
    const keysOf = async (plugin: string): Promise<string[]> => {
      const { body } = await worker.rest('GET', `/connector-plugins/${plugin}/config`)
      return (body as { name: string }[]).map(({ name }) => name)
    }
    assert.deepEqual(await keysOf('com.acme.BareFormat'), [])
    assert.ok((await keysOf('AvroFormat')).includes('avro.codec'))
    const { 'aws.access.key.id': id = '', 'aws.secret.access.key': word = '', ...open } = bucket.config
    const reply = await worker.rest('POST', '/connectors', {
      name: uniqueName('kinds'),
      config: {
        ...open,
        's3.credentials.provider.class': 'com.acme.OwnCredentialsProvider',
        's3.credentials.provider.id': id,
        's3.credentials.provider.word': word,
        'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
        'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
        'format.class': 'Bare',
        'partitioner.class': 'com.acme.OnePartitioner',
        'timestamp.extractor': 'com.acme.ZeroExtractor',
        'topics.dir': 'kinds',
        topics: topic,
        'flush.size': '2',
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    const key = `kinds/${topic}/at-0/${topic}+0+0000000000.bare`
    await until('the object is there', async () => (await bucket.keys()).includes(key))
    assert.equal((await bucket.lines(key)).join(''), 'SHORT;SEVERAL WORDS IN A LINE;')
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
