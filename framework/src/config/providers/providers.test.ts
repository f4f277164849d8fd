import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ConfigError } from '../../errors/connect-errors.ts'
import {
  configProviders,
  configureProviders,
  directoryConfigProvider,
  envVarConfigProviderOf,
  fileConfigProvider,
} from './index.ts'

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spillway-providers-'))
  await mkdir(join(directory, 'secrets', 'nested'), { recursive: true })
  await writeFile(join(directory, 'secrets', 'db.properties'), 'db.password = s3cr\\u0065t\ndb.user=joe\n')
  await writeFile(join(directory, 'secrets', 'token'), 'abc\n')
  await writeFile(join(directory, 'outside.properties'), 'db.password=other')
  await symlink('token', join(directory, 'secrets', 'linked-token'))
})
after(() => rm(directory, { recursive: true }))

const entriesOf = (found: { data: ReadonlyMap<string, string> }): Record<string, string> =>
  Object.fromEntries(found.data)

test('the file provider returns the asked keys of a properties file and leaves out missing ones', async () => {
  const provider = fileConfigProvider.create()
  await provider.configure({})
  const found = await provider.get(
    join(directory, 'secrets', 'db.properties'),
    new Set(['db.password', 'nope', 'toString']),
  )
  assert.deepEqual(entriesOf(found), { 'db.password': 's3cret' })
})

test('the file provider fails for a file that cannot be read, and finds nothing without a path', async () => {
  const provider = fileConfigProvider.create()
  await provider.configure({})
  await assert.rejects(async () => provider.get(join(directory, 'missing'), new Set(['a'])), {
    name: 'ConfigError',
    message: `Could not read properties from file ${join(directory, 'missing')}`,
  })
  assert.deepEqual(entriesOf(await provider.get('', new Set(['a']))), {})
})

test('the file provider reads nothing outside its allowed paths, dots resolved', async () => {
  const provider = fileConfigProvider.create()
  await provider.configure({ 'allowed.paths': join(directory, 'secrets') })
  const keys = new Set(['db.password'])
  const outside = [
    join(directory, 'outside.properties'),
    `${directory}/secrets/../outside.properties`,
    `${directory}/secrets-not/db.properties`,
  ]
  for (const path of outside) assert.deepEqual(entriesOf(await provider.get(path, keys)), {}, path)
  const inside = `${directory}/secrets/nested/../db.properties`
  assert.deepEqual(entriesOf(await provider.get(inside, keys)), { 'db.password': 's3cret' })
})

test('a provider refuses allowed paths that are relative or do not exist', async () => {
  for (const plugin of [fileConfigProvider, directoryConfigProvider]) {
    const provider = plugin.create()
    await assert.rejects(async () => provider.configure({ 'allowed.paths': 'secrets' }), {
      message: 'Path secrets is not absolute',
    })
    await assert.rejects(async () => provider.configure({ 'allowed.paths': join(directory, 'missing') }), {
      message: `Path ${join(directory, 'missing')} does not exist`,
    })
  }
})

test('the directory provider returns whole files as they are, links followed, directories left out', async () => {
  const provider = directoryConfigProvider.create()
  await provider.configure({ 'allowed.paths': directory })
  const keys = new Set(['token', 'linked-token', 'nested', 'missing', '../outside.properties'])
  const found = await provider.get(join(directory, 'secrets'), keys)
  assert.deepEqual(entriesOf(found), { token: 'abc\n', 'linked-token': 'abc\n' })
})

test('the directory provider finds nothing where the path is no directory or not allowed', async () => {
  const provider = directoryConfigProvider.create()
  await provider.configure({ 'allowed.paths': join(directory, 'secrets', 'nested') })
  assert.deepEqual(entriesOf(await provider.get(join(directory, 'secrets'), new Set(['token']))), {})
  await provider.configure({})
  assert.deepEqual(entriesOf(await provider.get(join(directory, 'secrets', 'token'), new Set(['token']))), {})
})

test('the environment provider returns only variables whose whole name matches the allowlist', async () => {
  const provider = envVarConfigProviderOf({ APP_KEY: 'k', MY_APP_KEY: 'm', HOME: '/h' }).create()
  const keys = new Set(['APP_KEY', 'MY_APP_KEY', 'HOME', 'NONE', 'toString'])
  await provider.configure({})
  assert.deepEqual(entriesOf(await provider.get('', keys)), { APP_KEY: 'k', MY_APP_KEY: 'm', HOME: '/h' })
  await provider.configure({ 'allowlist.pattern': 'APP_.*|HO' })
  assert.deepEqual(entriesOf(await provider.get('', keys)), { APP_KEY: 'k' })
})

test('an allowlist that takes too long to match a name is told, and lets nothing out', () => {
  const name = 'A'.repeat(60)
  const provider = envVarConfigProviderOf({ [name]: 'secret' }).create()
  void provider.configure({ 'allowlist.pattern': '(A+)+_' })
  assert.throws(() => provider.get('', new Set([name])), {
    name: 'ConfigError',
    message: /took longer than 20 ms: the regular expression \(A\+\)\+_ \(allowlist\.pattern\)/,
  })
})

test('the environment provider refuses a path and a pattern that does not compile', async () => {
  const provider = envVarConfigProviderOf({}).create()
  await assert.rejects(async () => provider.get('some/path', new Set(['A'])), {
    message: "Path is not supported for EnvVarConfigProvider, invalid value 'some/path'. Write ${env:NAME}.",
  })
  await assert.rejects(async () => provider.configure({ 'allowlist.pattern': '(' }), ConfigError)
})

test('config.providers configures each named provider from its own params', async () => {
  const providers = await configureProviders(
    {
      'config.providers': 'file, env',
      'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
      'config.providers.file.param.allowed.paths': join(directory, 'secrets'),
      'config.providers.env.class': 'EnvVarConfigProvider',
    },
    configProviders,
  )
  assert.deepEqual([...providers.keys()], ['file', 'env'])
  const found = await providers
    .get('file')
    ?.get(join(directory, 'outside.properties'), new Set(['db.password']))
  assert.equal(found?.data.size, 0)
})

test('config.providers with an unknown or missing class names the key and the known classes', async () => {
  for (const extra of [{ 'config.providers.x.class': 'com.acme.Vault' }, {}]) {
    await assert.rejects(
      configureProviders({ 'config.providers': 'x', ...extra }, configProviders),
      (error: unknown) =>
        error instanceof ConfigError &&
        error.key === 'config.providers.x.class' &&
        error.message.includes('FileConfigProvider'),
    )
  }
})
