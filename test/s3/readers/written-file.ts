import assert from 'node:assert/strict'
import type { RawConfig, SinkRecord } from '@spillway/framework'

import { PARTITION, TOPIC } from '../support/records.ts'
import { SinkDriver } from '../support/sink-driver.ts'
import { TestBucket } from '../support/test-bucket.ts'

/** The one object that the sink makes of these records in the stack's S3 server. */
export async function writtenFile(
  config: RawConfig,
  records: readonly SinkRecord[],
): Promise<{ readonly key: string; readonly body: Buffer }> {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...config, 'flush.size': String(records.length) }), [
    { topic: TOPIC, partition: PARTITION },
  ])
  await driver.put(...records)
  assert.deepEqual(await driver.stop(), {
    [`${TOPIC}-${PARTITION}`]: (records.at(-1)?.kafkaOffset ?? 0n) + 1n,
  })
  const [key, ...others] = await bucket.keys()
  assert.ok(key !== undefined && others.length === 0)
  const object = await bucket.store.get(key)
  assert.ok(object !== null)
  return { key, body: object.body }
}
