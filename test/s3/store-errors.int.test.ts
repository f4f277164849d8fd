import assert from 'node:assert/strict'
import test from 'node:test'
import { isRetriable, type RawConfig } from '@spillway/framework'

import { PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }

async function startFails(config: RawConfig, message: RegExp): Promise<void> {
  const driver = new SinkDriver()
  await assert.rejects(driver.start(config), (error: Error) => {
    assert.match(error.message, message)
    assert.equal(isRetriable(error), false, 'the task fails instead of waiting')
    return true
  })
  await driver.kill()
}

test('a bucket that does not exist fails the start and names the key', async () => {
  await using bucket = await TestBucket.create()
  await startFails(
    bucket.config({ 's3.bucket.name': `${bucket.name}-missing` }),
    /Non-existent S3 bucket: test-.*-missing.*s3\.bucket\.name/,
  )
})

test('a wrong secret fails the start and names the key', async () => {
  await using bucket = await TestBucket.create()
  await startFails(
    bucket.config({ 'aws.secret.access.key': 'wrong' }),
    /SignatureDoesNotMatch.*aws\.secret\.access\.key/,
  )
})

test('an unknown access key fails the start and names the key', async () => {
  await using bucket = await TestBucket.create()
  await startFails(bucket.config({ 'aws.access.key.id': 'nobody' }), /aws\.access\.key\.id/)
})

test('a store that is down is waited for and shown, and used when it is there', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  const started = driver.start(bucket.config({ 'store.url': 'http://127.0.0.1:9', 's3.part.retries': '1' }))
  const ended = assert.rejects(started)
  await driver.until(() => {
    driver.clock.advance(60_000)
    return driver.notices.length > 0
  })
  assert.match(driver.notices[0] ?? '', /ECONNREFUSED/)
  await driver.kill()
  await ended
})

test('a bucket that vanishes fails the task, and nothing counts as durable', async () => {
  const bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12])
  await bucket[Symbol.asyncDispose]()
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  assert.match(await driver.failure(), /NoSuchBucket.*s3\.bucket\.name/)
  assert.deepEqual(await driver.preCommit(true), { 'test-topic-12': 0n })
  await driver.kill()
})
