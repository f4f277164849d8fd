import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'

import { endpointsFromEnv } from '../../stack/stack.ts'
import { AwsAccount } from '../s3/support/aws-account.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const EXAMPLE = join(import.meta.dirname, '..', '..', 'config-examples', 's3-assume-role.json')
const RECORDS = 500

interface Connector {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
}

let worker: WorkerProcess | undefined
after(async () => {
  await worker?.dispose()
})

test('s3-assume-role.json writes with a role, its endpoint and credentials from the environment alone', async () => {
  const { name, config } = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as Connector
  const { endpoint } = endpointsFromEnv().aws
  using account = await AwsAccount.open(config['s3.bucket.name'])
  const user = await account.user({ Action: 'sts:AssumeRole' })
  const externalId = config['s3.credentials.provider.sts.role.external.id']
  const arn = await account.namedRole(
    'lake-writer',
    {
      Action: 'sts:AssumeRole',
      Principal: { AWS: user.arn },
      Condition: { StringEquals: { 'sts:ExternalId': externalId } },
    },
    account.mayWrite,
  )
  assert.equal(arn, config['s3.credentials.provider.sts.role.arn'])
  const topic = uniqueName('orders')
  await createTopic(topic, 1)
  const orders = Array.from({ length: RECORDS }, (_, orderId) => JSON.stringify({ orderId }))
  await produce(orders.map((order) => ({ topic, partition: 0, value: Buffer.from(order) })))
  worker = await WorkerProcess.start({
    connectors: [{ name: uniqueName(name), config: { ...config, topics: topic } }],
    env: {
      AWS_ACCESS_KEY_ID: user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
      AWS_ENDPOINT_URL: endpoint,
    },
  })
  const key = `topics/${topic}/partition=0/${topic}+0+0000000000.json.gz`
  await until('the object is there', async () => (await account.keys()).includes(key))
  const object = await account.store.get(key)
  assert.ok(object !== null)
  assert.deepEqual(gunzipSync(object.body).toString().trimEnd().split('\n'), orders)
  assert.equal(await worker.stop(), 0)
})
