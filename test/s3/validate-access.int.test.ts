import assert from 'node:assert/strict'
import test from 'node:test'
import type { RawConfig } from '@spillway/framework'
import { freeModules } from '@spillway/worker'
import { registry } from 'spillway'
import { s3SinkConnector } from '@spillway/s3-sink'

import { AwsAccount } from './support/aws-account.ts'
import { FaultProxy } from './support/fault-proxy.ts'
import { TestBucket } from './support/test-bucket.ts'

/** What validation finds wrong, as `key: message`. */
async function problems(config: RawConfig): Promise<string[]> {
  const found =
    (await s3SinkConnector.probe?.(config, AbortSignal.timeout(30_000), freeModules(registry))) ?? []
  return found.map(({ key, message }) => `${key}: ${message}`)
}

async function isRefused(config: RawConfig, expected: RegExp): Promise<void> {
  const found = await problems(config)
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', expected)
}

test('a bucket that takes objects has no problem, and nothing is left in it', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  assert.deepEqual(await problems(bucket.config({ 'store.url': proxy.url })), [])
  assert.equal(proxy.count('CreateMultipartUpload'), 1)
  assert.equal(proxy.count('AbortMultipartUpload'), 1)
  assert.deepEqual(await bucket.allKeys(), [])
  assert.deepEqual(await bucket.openUploads(), [])
})

test('what the store refuses is told at the key to correct', async () => {
  await using bucket = await TestBucket.create()
  await isRefused(
    bucket.config({ 's3.bucket.name': `${bucket.name}-missing` }),
    /^s3\.bucket\.name: Non-existent S3 bucket/,
  )
  await isRefused(
    bucket.config({ 'aws.secret.access.key': 'wrong' }),
    /^aws\.secret\.access\.key: .*Signature/,
  )
  await isRefused(bucket.config({ 'aws.access.key.id': 'nobody' }), /^aws\.access\.key\.id: /)
})

test('rights that lack are told, and so is a role that may not be assumed', async () => {
  using account = await AwsAccount.open()
  const reader = await account.user({ Action: ['s3:ListBucket', 's3:GetObject'] })
  const keys = { 'aws.access.key.id': reader.accessKeyId, 'aws.secret.access.key': reader.secretAccessKey }
  await isRefused(account.config(keys), /^s3\.bucket\.name: .*AccessDenied.*s3:PutObject/)
  const other = { Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::123456789012:user/x' } }
  const role = await account.role(other, account.mayWrite)
  await isRefused(
    account.config({
      ...keys,
      's3.credentials.provider.class': 'io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider',
      's3.credentials.provider.sts.role.arn': role,
      's3.credentials.provider.sts.endpoint': account.config()['store.url'] ?? '',
    }),
    /^s3\.credentials\.provider\.class: getting credentials .*AccessDenied/,
  )
})

test('a store that is not reached, fails or does not answer is no problem of the configuration', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  assert.deepEqual(await problems(bucket.config({ 'store.url': 'http://127.0.0.1:9' })), [])
  assert.deepEqual(await problems(bucket.config({ 'store.url': 'http://store.invalid' })), [])
  proxy.inject(() => ({ answer: 503, code: 'SlowDown' }))
  assert.deepEqual(await problems(bucket.config({ 'store.url': proxy.url })), [])
  proxy.inject(() => 'stall')
  const began = performance.now()
  assert.deepEqual(await problems(bucket.config({ 'store.url': proxy.url })), [])
  assert.ok(performance.now() - began < 20_000)
})

test('access is not looked at where that is turned off, nor where the keys themselves are wrong', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const config = bucket.config({ 'store.url': proxy.url, 's3.bucket.name': 'missing' })
  assert.deepEqual(await problems({ ...config, 's3.validate.access': 'false' }), [])
  assert.deepEqual(await problems({ ...config, 'flush.size': 'many' }), [])
  assert.equal(proxy.requests.length, 0)
})
