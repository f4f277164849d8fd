import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { ConfigKey } from '../../framework/api/src/config/config-def.ts'
import { SINKS } from '../../framework/api/src/connector/connect-kinds.ts'
import { registry } from '../../spillway/src/registry.ts'
import { sinkConnectorConfig } from '../../framework/worker/src/config/connector-config.ts'
import { uniqueName } from '../support/topics.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const root = mkdtempSync(join(tmpdir(), 'spillway-door-'))
const modules = join(root, 'modules')
const marker = join(root, 'it-ran')
const write = (path: string, text: string): string => {
  writeFileSync(path, text)
  return path
}
const source = (kind: string): string =>
  `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, '');
export default { kind: '${kind}', className: 'Evil', version: '1', doc: '', timeBased: false, config: { keys: {}, checks: [], validate: () => [] }, create: () => ({}) }`
mkdirSync(modules)
const evil = write(join(root, 'evil.mjs'), source('partitioner'))
symlinkSync(evil, join(modules, 'link.mjs'))
symlinkSync(root, join(modules, 'folder'))

const FORMS: readonly string[] = [
  `data:text/javascript,${encodeURIComponent(source('partitioner'))}`,
  pathToFileURL(evil).href,
  evil,
  `./${relative(process.cwd(), evil)}`,
  '../evil.mjs',
  join(modules, '..', 'evil.mjs'),
  './link.mjs',
  './folder/evil.mjs',
  '@evil/package',
]

const S3 = 'io.confluent.connect.s3.S3SinkConnector'
const AIVEN = 'io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector'
const CONFIGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [S3]: {
    's3.bucket.name': 'none',
    's3.region': 'us-east-1',
    'store.url': 'http://127.0.0.1:1',
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    's3.validate.access': 'false',
    'flush.size': '3',
    'store.kafka.keys': 'true',
    'store.kafka.headers': 'true',
  },
  [AIVEN]: { 'aws.s3.bucket.name': 'none', 'aws.s3.endpoint': 'http://127.0.0.1:1' },
  'org.apache.kafka.connect.file.FileStreamSinkConnector': { file: join(root, 'out.txt') },
  'io.confluent.connect.jdbc.JdbcSinkConnector': { 'connection.url': 'jdbc:postgresql://127.0.0.1:1/none' },
}

/** Every key of a connector of this class that takes the name of a class or module, with what must stand beside it. */
function namingKeys(className: string): [key: string, beside: Readonly<Record<string, string>>][] {
  const plugin = registry.find(SINKS, className)
  assert.ok(plugin !== undefined, className)
  // What connectors have in common is tried with one of them.
  const common = className === S3 ? sinkConnectorConfig.keys : {}
  const declared = Object.entries<ConfigKey>({ ...common, ...plugin.config.keys })
    .filter(([, key]) => key.type === 'class' || key.plugin !== undefined)
    .map(([key]): [string, Record<string, string>] => [key, {}])
  if (className !== S3) return declared
  return [
    ...declared,
    ['connector.class', {}],
    ['transforms.evil.type', { transforms: 'evil' }],
    ['predicates.evil.type', { predicates: 'evil' }],
  ]
}

suite('no request runs code', () => {
  let worker: WorkerProcess
  const basic = (user: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${user}:pw-${user}`).toString('base64')}`,
    'content-type': 'application/json',
  })
  const ask = async (
    user: string,
    method: string,
    path: string,
    body: unknown,
  ): Promise<[number, string]> => {
    const reply = await fetch(`${worker.url}${path}`, {
      method,
      headers: basic(user),
      body: JSON.stringify(body),
    })
    return [reply.status, await reply.text()]
  }

  before(async () => {
    worker = await WorkerProcess.start({
      config: {
        'plugin.module.path': modules,
        'rest.basic.auth.users.file': write(join(root, 'users'), 'admin=pw-admin\nviewer=pw-viewer\n'),
        'rest.read.only.users': 'viewer',
      },
    })
  })
  after(async () => {
    await worker?.dispose()
    rmSync(root, { recursive: true, force: true })
  })

  test('every key that names a class, in every hostile form, by every way a configuration comes in', async () => {
    const keys = Object.keys(CONFIGS).flatMap(namingKeys)
    assert.ok(
      [
        'partitioner.class',
        'timestamp.extractor',
        'headers.format.class',
        's3.credentials.provider.class',
      ].every((key) => keys.some(([found]) => found === key)),
    )
    for (const [className, config] of Object.entries(CONFIGS)) {
      // One that runs, for the changes.
      const name = uniqueName('door')
      const whole = { ...config, 'connector.class': className, name, topics: name }
      const [status, text] = await ask('admin', 'POST', '/connectors', {
        name,
        config: className.includes('jdbc') ? { ...whole, 'connector.class': 'FileStreamSink' } : whole,
        initial_state: 'STOPPED',
      })
      if (!className.includes('jdbc')) assert.equal(status, 201, text)
      for (const [key, beside] of namingKeys(className)) {
        for (const form of FORMS) {
          const bad = { ...whole, ...beside, [key]: form }
          const what = `${className} ${key} ${form.slice(0, 60)}`
          const plugin = encodeURIComponent(key === 'connector.class' ? form : className)
          for (const user of ['viewer', 'admin']) {
            const validated = await ask(user, 'PUT', `/connector-plugins/${plugin}/config/validate`, bad)
            if (validated[0] === 200) {
              const { error_count: count } = JSON.parse(validated[1]) as { error_count: number }
              assert.ok(count > 0 || !isImported(key), `validate ${what}`)
            }
            const body = { config: bad, records: [{ value: '{}' }] }
            // A preview is a thread: what is imported nowhere is asked for once.
            if (isImported(key) || form === evil) {
              const previewed = await ask(user, 'POST', `/connector-plugins/${plugin}/preview`, body)
              assert.ok(previewed[0] >= 400 || !isImported(key), `preview ${what}: ${previewed[1]}`)
            }
          }
          if (className.includes('jdbc') || !isImported(key)) continue
          const fresh = uniqueName('door')
          for (const [method, path, sent] of [
            ['POST', '/connectors', { name: fresh, config: { ...bad, name: fresh } }],
            ['PUT', `/connectors/${fresh}/config`, { ...bad, name: fresh }],
            ['PUT', `/connectors/${name}/config`, bad],
            ['PATCH', `/connectors/${name}/config`, { ...beside, [key]: form }],
          ] as const) {
            const answer = await ask('admin', method, path, sent)
            assert.equal(answer[0], 400, `${method} ${what}: ${answer[1]}`)
            assert.equal((await ask('viewer', method, path, sent))[0], 403)
          }
        }
      }
    }
    assert.equal(existsSync(marker), false, 'a module ran')
  })

  test('a module in the folder is found by who may create connectors; for others it is not loaded', async () => {
    const ran = join(root, 'good-ran')
    write(
      join(modules, 'good.mjs'),
      `import { appendFileSync } from 'node:fs'; import { configDef } from '@spillway/framework'
appendFileSync(${JSON.stringify(ran)}, 'x')
export default { kind: 'transformation', className: 'Good', version: '1', doc: '', config: configDef({}),
  create: () => ({ configure() {}, apply: (record) => record.with({ topic: 'good' }) }) }`,
    )
    const config = {
      ...CONFIGS[S3],
      topics: 'any',
      name: 'any',
      'connector.class': S3,
      transforms: 'good',
      'transforms.good.type': './good.mjs',
    }
    const errorsOf = async (user: string): Promise<string> => {
      const [status, text] = await ask(user, 'PUT', `/connector-plugins/${S3}/config/validate`, config)
      assert.equal(status, 200, text)
      const { configs } = JSON.parse(text) as { configs: { value: { errors: string[] } }[] }
      return configs.flatMap(({ value }) => value.errors).join('\n')
    }
    const body = { config, records: [{ value: '{}' }] }
    assert.match(await errorsOf('viewer'), /loads none for users who may only read/)
    assert.equal((await ask('viewer', 'POST', `/connector-plugins/${S3}/preview`, body))[0], 400)
    assert.equal(existsSync(ran), false)
    assert.equal(await errorsOf('admin'), '')
    assert.equal(await errorsOf('viewer'), '', 'it is loaded now')
    const [status, text] = await ask('viewer', 'POST', `/connector-plugins/${S3}/preview`, body)
    assert.equal(status, 200, text)
    assert.match(text, /"topic":"good"/)
  })
})

/** Keys whose classes are ours alone, whatever a name looks like, are in no need of a door. */
function isImported(key: string): boolean {
  return !/^(storage\.class|jdbc\.credentials\.provider\.class)$/.test(key)
}
