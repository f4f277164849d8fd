import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { RawConfig } from '@spillway/framework'

import { endpointsFromEnv } from '../../stack/settings.ts'
import { AwsAccount, type AwsSession } from './support/aws-account.ts'
import { FaultProxy } from './support/fault-proxy.ts'
import { withEnv } from './support/with-env.ts'
import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const ASSUME_ROLE = {
  's3.credentials.provider.class': 'io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider',
}
const { endpoint: STS } = endpointsFromEnv().aws

/** The variables that lead an AWS SDK anywhere; none of the machine's own may be seen. */
const NO_AWS = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_ROLE_ARN: undefined,
  AWS_ROLE_SESSION_NAME: undefined,
  AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
  AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
  AWS_CONFIG_FILE: '/nonexistent/config',
  AWS_ENDPOINT_URL_STS: STS,
}

/** Writes three records with that configuration, and finds them in the bucket. */
async function writes(account: AwsAccount, config: RawConfig): Promise<void> {
  const driver = new SinkDriver()
  await driver.start(account.config(config), [P12])
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  assert.deepEqual(await account.keys(), [key(0)])
}

async function refuses(account: AwsAccount, config: RawConfig, message: RegExp): Promise<void> {
  const driver = new SinkDriver()
  await assert.rejects(driver.start(account.config(config)), message)
  await driver.kill()
  assert.deepEqual(await account.keys(), [])
}

const keysOf = (user: { accessKeyId: string; secretAccessKey: string }): RawConfig => ({
  'aws.access.key.id': user.accessKeyId,
  'aws.secret.access.key': user.secretAccessKey,
})

test('keys of a user who may write are enough, and those of one who may not are refused with what to do', async () => {
  using account = await AwsAccount.open()
  const stranger = await account.user()
  const driver = new SinkDriver()
  await driver.start(account.config(keysOf(stranger)), [P12])
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  assert.match(await driver.failure(), /403 AccessDenied.*s3:PutObject/s)
  await driver.kill()
  await writes(account, keysOf(await account.user(account.mayWrite)))
})

test('a role is assumed with an external id, as its trust policy asks, and refused with another', async () => {
  using account = await AwsAccount.open()
  const user = await account.user({ Action: 'sts:AssumeRole' })
  const arn = await account.role(
    {
      Action: 'sts:AssumeRole',
      Principal: { AWS: user.arn },
      Condition: { StringEquals: { 'sts:ExternalId': 'agreed-upon' } },
    },
    account.mayWrite,
  )
  const config = {
    ...keysOf(user),
    ...ASSUME_ROLE,
    's3.credentials.provider.sts.role.arn': arn,
    's3.credentials.provider.sts.role.session.name': 'session',
    's3.credentials.provider.sts.region': 'us-east-1',
    's3.credentials.provider.sts.endpoint': STS,
  }
  await refuses(
    account,
    { ...config, 's3.credentials.provider.sts.role.external.id': 'guessed' },
    /getting credentials .*role arn.*AccessDenied.*trust policy.*external\.id/s,
  )
  await writes(account, { ...config, 's3.credentials.provider.sts.role.external.id': 'agreed-upon' })
})

test('a connector of one account writes to the bucket of another by a role there, and not without', async () => {
  using connect = await AwsAccount.open()
  using owner = await AwsAccount.openSecond()
  const user = await connect.user({ Action: 'sts:AssumeRole' }, { Action: 's3:*' })
  const arn = await owner.role({ Action: 'sts:AssumeRole', Principal: { AWS: user.arn } }, owner.mayWrite)
  assert.notEqual(arn.split(':')[4], user.arn.split(':')[4])
  const driver = new SinkDriver()
  await driver.start(owner.config(keysOf(user)), [P12])
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  assert.match(await driver.failure(), /403 AccessDenied/)
  await driver.kill()
  await writes(owner, {
    ...keysOf(user),
    ...ASSUME_ROLE,
    's3.credentials.provider.sts.role.arn': arn,
    's3.credentials.provider.sts.endpoint': STS,
  })
})

test('a role that only another role may assume is reached by the chain', async () => {
  using account = await AwsAccount.open()
  const user = await account.user({ Action: 'sts:AssumeRole' })
  const first = await account.role(
    { Action: 'sts:AssumeRole', Principal: { AWS: user.arn } },
    { Action: 'sts:AssumeRole' },
  )
  const last = await account.role({ Action: 'sts:AssumeRole', Principal: { AWS: '*' } }, account.mayWrite)
  await using sts = await FaultProxy.start(STS)
  await writes(account, {
    ...keysOf(user),
    ...ASSUME_ROLE,
    's3.credentials.provider.sts.role.chain': first,
    's3.credentials.provider.sts.role.arn': last,
    's3.credentials.provider.sts.endpoint': sts.url,
  })
  assert.equal(sts.count('other'), 2)
})

/** A server of metadata, or of anything else that is asked over HTTP. */
async function serving(listener: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server: Server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A folder with files of that content. */
function folderWith(files: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'spillway-credentials-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

const SOURCES = 'software.amazon.awssdk.auth.credentials'

for (const [name, config] of [
  ['the default chain', {}],
  [
    'the provider of the environment',
    { 's3.credentials.provider.class': `${SOURCES}.EnvironmentVariableCredentialsProvider` },
  ],
  [
    'the name it has in the first SDK',
    { 's3.credentials.provider.class': 'com.amazonaws.auth.EnvironmentVariableCredentialsProvider' },
  ],
] as const) {
  test(`keys of the environment are found by ${name}`, async () => {
    using account = await AwsAccount.open()
    const user = await account.user(account.mayWrite)
    using _env = withEnv({
      ...NO_AWS,
      AWS_ACCESS_KEY_ID: user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
    })
    await writes(account, config)
  })
}

test('a profile is found by its key, one that assumes a role through STS', async () => {
  using account = await AwsAccount.open()
  const user = await account.user({ Action: 'sts:AssumeRole' })
  const arn = await account.role({ Action: 'sts:AssumeRole', Principal: { AWS: user.arn } }, account.mayWrite)
  using folder = folderWith({
    credentials: `[base]\naws_access_key_id=${user.accessKeyId}\naws_secret_access_key=${user.secretAccessKey}\n`,
    config: `[profile writer]\nrole_arn=${arn}\nsource_profile=base\n`,
  })
  using _env = withEnv({
    ...NO_AWS,
    AWS_SHARED_CREDENTIALS_FILE: join(folder.path, 'credentials'),
    AWS_CONFIG_FILE: join(folder.path, 'config'),
  })
  await writes(account, {
    's3.credentials.provider.class': `${SOURCES}.ProfileCredentialsProvider`,
    's3.credentials.provider.profile': 'writer',
  })
})

const ANYONE = { Action: 'sts:AssumeRole', Principal: { AWS: '*' } }

/** An STS that gives a role for the token of a service account, which moto's cannot while it checks rights. */
async function stsForTokens(account: AwsAccount, token: string): Promise<{ url: string } & AsyncDisposable> {
  return serving((request, reply) => {
    void text(request).then(async (body) => {
      const asked = new URLSearchParams(body)
      if (asked.get('Action') !== 'AssumeRoleWithWebIdentity') {
        const { method, url: path, headers } = request
        const passedOn = httpRequest(new URL(path ?? '/', STS), { method, headers }, (answer) => {
          reply.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(reply)
        })
        passedOn.end(body)
        return
      }
      if (asked.get('WebIdentityToken') !== token) {
        reply.writeHead(403).end('<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>')
        return
      }
      const session = await account.session(asked.get('RoleArn') ?? '')
      reply
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          '<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>' +
            `<AccessKeyId>${session.accessKeyId}</AccessKeyId>` +
            `<SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>` +
            `<SessionToken>${session.sessionToken}</SessionToken>` +
            `<Expiration>${session.expiration.toISOString()}</Expiration>` +
            '</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>',
        )
    })
  })
}

for (const by of ['the environment, as Kubernetes sets it', 'keys'] as const) {
  test(`the token of a service account becomes a role, by ${by}`, async () => {
    using account = await AwsAccount.open()
    const arn = await account.role(ANYONE, account.mayWrite)
    using folder = folderWith({ token: 'header.payload.signature' })
    await using sts = await stsForTokens(account, 'header.payload.signature')
    const token = join(folder.path, 'token')
    using _env = withEnv({
      ...NO_AWS,
      ...(by !== 'keys' && {
        AWS_ENDPOINT_URL_STS: sts.url,
        AWS_WEB_IDENTITY_TOKEN_FILE: token,
        AWS_ROLE_ARN: arn,
      }),
    })
    const keys = {
      's3.credentials.provider.class': `${SOURCES}.WebIdentityTokenFileCredentialsProvider`,
      's3.credentials.provider.web.identity.token.file': token,
      's3.credentials.provider.sts.role.arn': arn,
      's3.credentials.provider.sts.endpoint': sts.url,
    }
    await writes(account, by === 'keys' ? keys : {})
  })
}

test('a role is assumed with the role of a service account', async () => {
  using account = await AwsAccount.open()
  const service = await account.role(ANYONE, { Action: 'sts:AssumeRole' })
  const writer = await account.role(ANYONE, account.mayWrite)
  using folder = folderWith({ token: 'token' })
  await using sts = await stsForTokens(account, 'token')
  using _env = withEnv({
    ...NO_AWS,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder.path, 'token'),
    AWS_ROLE_ARN: service,
  })
  await writes(account, { ...ASSUME_ROLE, 's3.credentials.provider.sts.role.arn': writer })
})

/** What ECS and EC2 hand out. */
const metadataOf = (session: AwsSession): string =>
  JSON.stringify({
    Code: 'Success',
    Type: 'AWS-HMAC',
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: session.expiration.toISOString(),
  })

for (const config of [{}, { 's3.credentials.provider.class': `${SOURCES}.ContainerCredentialsProvider` }]) {
  const by = 's3.credentials.provider.class' in config ? 'its class' : 'the default chain'
  test(`the role of a container is found by ${by}`, async () => {
    using account = await AwsAccount.open()
    const session = await account.session(await account.role(ANYONE, account.mayWrite))
    await using metadata = await serving((request, reply) => {
      const isAllowed = request.url === '/v2/credentials' && request.headers.authorization === 'pod-token'
      reply.writeHead(isAllowed ? 200 : 403).end(isAllowed ? metadataOf(session) : '')
    })
    using _env = withEnv({
      ...NO_AWS,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${metadata.url}/v2/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'pod-token',
    })
    await writes(account, config)
  })
}

for (const config of [
  {},
  { 's3.credentials.provider.class': `${SOURCES}.InstanceProfileCredentialsProvider` },
]) {
  const by = 's3.credentials.provider.class' in config ? 'its class' : 'the default chain'
  test(`the role of an instance is found by ${by}`, async () => {
    using account = await AwsAccount.open()
    const session = await account.session(await account.role(ANYONE, account.mayWrite))
    const path = '/latest/meta-data/iam/security-credentials/'
    await using metadata = await serving((request, reply) => {
      if (request.url === '/latest/api/token' && request.method === 'PUT') reply.end('session-token')
      else if (request.headers['x-aws-ec2-metadata-token'] !== 'session-token') reply.writeHead(401).end()
      else if (request.url === path) reply.end('writer')
      else if (request.url === `${path}writer`) reply.end(metadataOf(session))
      else reply.writeHead(404).end()
    })
    using _env = withEnv({ ...NO_AWS, AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url })
    await writes(account, config)
  })
}

test('a source of the user’s own is a module that is given the keys below the prefix', async () => {
  using account = await AwsAccount.open()
  const user = await account.user(account.mayWrite)
  using folder = folderWith({
    'vault.mjs': `export default (keys) => async () => ({
      accessKeyId: keys['vault.id'], secretAccessKey: keys['vault.secret'] })`,
  })
  await writes(account, {
    's3.credentials.provider.class': join(folder.path, 'vault.mjs'),
    's3.credentials.provider.vault.id': user.accessKeyId,
    's3.credentials.provider.vault.secret': user.secretAccessKey,
  })
})

test('credentials that the store no longer takes are renewed, and nothing is lost or written twice', async () => {
  using account = await AwsAccount.open()
  const user = await account.user({ Action: 'sts:AssumeRole' })
  const arn = await account.role({ ...ANYONE, Principal: { AWS: user.arn } }, account.mayWrite)
  await using sts = await FaultProxy.start(STS)
  await using store = await FaultProxy.start(STS)
  const driver = new SinkDriver()
  const config = {
    ...keysOf(user),
    ...ASSUME_ROLE,
    'store.url': store.url,
    'flush.size': '2',
    's3.credentials.provider.sts.role.arn': arn,
    's3.credentials.provider.sts.endpoint': sts.url,
  }
  await driver.start(account.config(config), [P12])
  const expired = new Set<string>()
  let refused = 0
  store.inject(({ accessKeyId }) => {
    if (!expired.has(accessKeyId)) return undefined
    refused++
    return { answer: 400, code: 'ExpiredToken' }
  })
  for (const from of [0, 4, 8]) {
    await driver.put(...range(from, from + 4).map((offset) => record(offset)))
    await driver.until(async () => {
      driver.clock.advance(30_000)
      await driver.put()
      return (await driver.preCommit())['test-topic-12'] === BigInt(from + 4)
    })
    // All that was used so far runs out.
    for (const { accessKeyId } of store.requests) expired.add(accessKeyId)
  }
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 12n })
  assert.deepEqual(
    await account.keys(),
    [0, 2, 4, 6, 8, 10].map((offset) => key(offset)),
  )
  assert.equal(sts.requests.length, 3, 'the role was assumed once for each time that it ran out')
  assert.ok(refused >= 2)
  assert.equal(driver.notices.filter((notice) => notice !== null).length, 0, 'nobody had to be told')
})

test('while STS does not answer, the task waits and says so; it does not fail', async () => {
  using account = await AwsAccount.open()
  const user = await account.user({ Action: 'sts:AssumeRole' })
  const arn = await account.role({ ...ANYONE, Principal: { AWS: user.arn } }, account.mayWrite)
  await using sts = await FaultProxy.start(STS)
  await using store = await FaultProxy.start(STS)
  const driver = new SinkDriver()
  await driver.start(
    account.config({
      ...keysOf(user),
      ...ASSUME_ROLE,
      'store.url': store.url,
      's3.part.retries': '1',
      's3.credentials.provider.sts.role.arn': arn,
      's3.credentials.provider.sts.endpoint': sts.url,
    }),
    [P12],
  )
  const accessKeyId = store.requests[0]?.accessKeyId
  store.inject((request) =>
    request.accessKeyId === accessKeyId ? { answer: 400, code: 'ExpiredToken' } : undefined,
  )
  let isDown = true
  sts.inject(() => (isDown ? { answer: 503, code: 'ServiceUnavailable' } : undefined))
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  await driver.until(async () => {
    driver.clock.advance(30_000)
    await driver.put()
    return driver.paused.has('test-topic-12')
  })
  assert.match(driver.notices.at(-1) ?? '', /ExpiredToken.*Consumption is paused/)
  isDown = false
  await driver.until(async () => {
    driver.clock.advance(30_000)
    await driver.put()
    return (await driver.preCommit())['test-topic-12'] === 3n
  })
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  assert.deepEqual(await account.keys(), [key(0)])
})
