import assert from 'node:assert/strict'
import { test } from 'node:test'

import { StreamsBuilder } from '../streams-builder.ts'
import { KafkaStreams } from './kafka-streams.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const topology = new StreamsBuilder().build()
const make = (config: Readonly<Record<string, string>>): KafkaStreams =>
  new KafkaStreams(topology, { 'bootstrap.servers': '127.0.0.1:9092', ...config }, { logger: silent })

test('a setting that cannot be is refused when the client is made, with its key', () => {
  const refused: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{}, /application\.id is needed/],
    [{ 'application.id': '../elsewhere' }, /\.\.\/elsewhere for configuration application\.id/],
    [{ 'application.id': '..' }, /configuration application\.id/],
    [{ 'application.id': 'a b' }, /configuration application\.id/],
    [{ 'application.id': 'a', 'processing.guarantee': 'exactly_once' }, /processing\.guarantee/],
    [{ 'application.id': 'a', 'group.protocol': 'streams' }, /group\.protocol/],
    [{ 'application.id': 'a', 'group.protocol': 'consumer' }, /group\.protocol/],
    [
      { 'application.id': 'a', 'main.consumer.partition.assignment.strategy': 'range' },
      /partition\.assignment/,
    ],
    [{ 'application.id': 'a', 'auto.offset.reset': 'newest' }, /auto\.offset\.reset/],
    [{ 'application.id': 'a', 'commit.interval.ms': '-1' }, /commit\.interval\.ms/],
    [{ 'application.id': 'a', 'bootstrap.servers': '' }, /bootstrap\.servers/],
  ]
  for (const [config, message] of refused)
    assert.throws(() => make(config), { message }, JSON.stringify(config))
})

test('a client that has not begun closes at once, twice, and does not begin after that', async () => {
  const client = make({ 'application.id': 'orders_1.v2-b' })
  assert.equal(client.state(), 'CREATED')
  assert.equal(await client.close(), true)
  assert.equal(await client.close({ timeoutMs: 10 }), true)
  assert.equal(client.state(), 'NOT_RUNNING')
  await assert.rejects(client.start(), { name: 'IllegalStateException' })
})
