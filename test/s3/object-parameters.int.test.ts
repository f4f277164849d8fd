import assert from 'node:assert/strict'
import test from 'node:test'
import {
  GetObjectAclCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3'
import type { RawConfig } from '@spillway/framework'
import { s3Config } from '@spillway/s3-sink'

import { endpointsFromEnv } from '../../stack/settings.ts'
import { AwsAccount } from './support/aws-account.ts'
import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'

const P12 = { topic: TOPIC, partition: PARTITION }

/** Writes a small object and one of several parts, and asks the store for what it knows of each. */
async function heads(account: AwsAccount, config: RawConfig): Promise<HeadObjectCommandOutput[]> {
  const { accessKeyId, secretAccessKey } = endpointsFromEnv().aws
  const driver = new SinkDriver()
  await driver.start(
    account.config({
      'aws.access.key.id': accessKeyId,
      'aws.secret.access.key': secretAccessKey,
      'flush.size': '4',
      's3.part.size': '5242880',
      ...config,
    }),
    [P12],
  )
  const filler = 'x'.repeat(1_500_000)
  await driver.put(...range(0, 4).map((offset) => record(offset)))
  await driver.put(...range(4, 8).map((offset) => record(offset, { value: { offset, filler } })))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 8n })
  return Promise.all(
    [0, 4].map((offset) =>
      account.s3.send(new HeadObjectCommand({ Bucket: account.bucket, Key: key(offset) })),
    ),
  )
}

test('T57 objects are encrypted as asked: AES256 or with a KMS key', async () => {
  using plain = await AwsAccount.open()
  for (const head of await heads(plain, { 's3.ssea.name': 'AES256' }))
    assert.equal(head.ServerSideEncryption, 'AES256')
  using kms = await AwsAccount.open()
  const kmsKey = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555'
  const config = { 's3.ssea.name': 'aws:kms', 's3.sse.kms.key.id': kmsKey }
  for (const head of await heads(kms, config)) {
    assert.equal(head.ServerSideEncryption, 'aws:kms')
    assert.equal(head.SSEKMSKeyId, kmsKey)
  }
})

test('a canned ACL is that of the objects', async () => {
  using account = await AwsAccount.open()
  await heads(account, { 's3.acl.canned': 'public-read' })
  for (const offset of [0, 4]) {
    const { Grants = [] } = await account.s3.send(
      new GetObjectAclCommand({ Bucket: account.bucket, Key: key(offset) }),
    )
    assert.ok(
      Grants.some(({ Grantee, Permission }) => /AllUsers/.test(Grantee?.URI ?? '') && Permission === 'READ'),
    )
  }
})

test('tags are those of the objects', async () => {
  using account = await AwsAccount.open()
  await heads(account, { 's3.object.tagging': 'true', 's3.object.tagging.key.value.pairs': 'team:data' })
  for (const offset of [0, 4]) {
    const { TagSet = [] } = await account.s3.send(
      new GetObjectTaggingCommand({ Bucket: account.bucket, Key: key(offset) }),
    )
    const tags = Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value]))
    assert.deepEqual(tags, {
      startOffset: String(offset),
      endOffset: String(offset + 3),
      recordCount: '4',
      team: 'data',
    })
  }
})

test('objects say of themselves what the configuration says: type, encoding, metadata, storage class', async () => {
  using account = await AwsAccount.open()
  const written = await heads(account, {
    's3.compression.type': 'gzip',
    's3.object.content.type': 'application/json',
    's3.object.content.encoding': 'gzip',
    's3.object.metadata': 'Team:data,origin:kafka: orders',
    's3.storage.class': 'STANDARD_IA',
  }).catch((error: Error) => (error.name === 'NotFound' ? undefined : Promise.reject(error)))
  assert.equal(written, undefined, 'the names end in .gz')
  for (const offset of [0, 4]) {
    const Key = key(offset, PARTITION, '.json.gz')
    const head = await account.s3.send(new HeadObjectCommand({ Bucket: account.bucket, Key }))
    assert.equal(head.ContentType, 'application/json')
    assert.equal(head.ContentEncoding, 'gzip')
    assert.deepEqual(head.Metadata, { team: 'data', origin: 'kafka: orders' })
    assert.equal(head.StorageClass, 'STANDARD_IA')
  }
})

test('without keys for it an object has the type of its format, and no encoding', async () => {
  using account = await AwsAccount.open()
  for (const head of await heads(account, {})) {
    assert.equal(head.ContentType, 'application/x-ndjson')
    assert.ok(!head.ContentEncoding)
    assert.deepEqual(head.Metadata, {})
  }
})

test('metadata that no header can bear is refused', () => {
  assert.throws(() => s3Config.parse({ 's3.object.metadata': 'no-colon' }), /'no-colon' is no name:value/)
  assert.throws(() => s3Config.parse({ 's3.object.metadata': 'a:ü' }), /is no name:value/)
})
