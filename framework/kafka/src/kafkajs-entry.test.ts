import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'

const loaded: string[] = []
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url)
    return nextLoad(url, context)
  },
})
const { clientKind } = await import('./index.ts')
const CLUSTER = { bootstrapServers: ['127.0.0.1:1'] }
const ofKafkajs = (): string[] => loaded.filter((url) => url.includes('/kafkajs/'))

test('nothing of kafkajs is loaded before it is chosen, and its settings are checked without it', async () => {
  await clientKind('platformatic').create(CLUSTER)
  assert.throws(() => clientKind('kafkajs').check({ groupInstanceId: 'a' }), /group\.instance\.id/)
  assert.ok(loaded.some((url) => url.includes('/platformatic/')))
  assert.deepEqual(ofKafkajs(), [])
  const client = await clientKind('kafkajs').create(CLUSTER)
  assert.equal(client.name, 'kafkajs')
  assert.ok(ofKafkajs().length > 0)
})
