/** Cases A about offsets and topics of a connector. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, kafka, produce, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { CaseWorker, MODES } from './cases/case-worker.ts'
import { differs } from './cases/differs.ts'
import { filledTopic, Monitored } from './cases/monitored.ts'

const folder = mkdtempSync(join(tmpdir(), 'conformance-offsets-'))
/** Thirty records in three partitions. */
let topic: string
before(async () => {
  topic = await filledTopic(
    Array.from({ length: 30 }, (_, i) => `v${i}`),
    3,
  )
})
after(() => rmSync(folder, { recursive: true, force: true }))

const tp = (partition: unknown): object => ({ kafka_topic: topic, kafka_partition: partition })
const body = (partition: unknown, offset: unknown): object => ({ offsets: [{ partition, offset }] })

for (const mode of MODES) {
  suite(mode, () => {
    let worker: CaseWorker
    let sink: Monitored
    const path = (): string => `/connectors/${sink.name}/offsets`
    before(async () => {
      worker = await CaseWorker.start(mode, { 'offset.flush.interval.ms': '500' })
      sink = new Monitored(worker, folder)
      await sink.create(topic)
    })
    after(async () => await worker.dispose())

    test('A40, A41: committed offsets by partition; 404 for an unknown connector', async () => {
      await worker.expectError('GET', '/connectors/nope/offsets', undefined, 404, 'Connector nope not found')
      const wanted = Object.fromEntries([0, 1, 2].map((p) => [`${topic}-${p}`, 10]))
      await until('all is committed', async () => {
        const committed = await sink.committed()
        return Object.entries(wanted).every(([partition, offset]) => committed[partition] === offset)
      })
      assert.deepEqual(await sink.committed(), wanted)
    })

    test('A43: offsets of a running or paused connector cannot be changed', async () => {
      const message =
        'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the ' +
        `specified connector by issuing a 'PUT' request to the '/connectors/${sink.name}/stop' endpoint`
      const change = body(tp(0), { kafka_offset: 1 })
      await worker.untilState(sink.name, 'RUNNING', 1)
      await worker.expectError('PATCH', path(), change, 400, message)
      await worker.expectError('DELETE', path(), undefined, 400, message)
      await worker.rest('PUT', `/connectors/${sink.name}/pause`)
      await worker.untilState(sink.name, 'PAUSED', 1)
      await worker.expectError('PATCH', path(), change, 400, message)
    })

    test('A44: nothing to change', async () => {
      await worker.rest('PUT', `/connectors/${sink.name}/stop`)
      await worker.untilState(sink.name, 'STOPPED', 0)
      const needed = 'Partitions / offsets need to be provided for an alter offsets request'
      await worker.expectError('PATCH', path(), {}, 400, needed)
      await worker.expectError('PATCH', path(), { offsets: [] }, 400, needed)
    })

    test('A45, A46, A47, A48, A49: partitions and offsets that are none', async () => {
      const cases: [unknown, unknown, string][] = [
        [null, null, 'The partition for a sink connector offset cannot be null or missing'],
        [
          {},
          null,
          "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
        ],
        [
          { kafka_topic: null, kafka_partition: 0 },
          null,
          'Kafka topic names must be valid strings and may not be null',
        ],
        [
          { kafka_topic: topic, kafka_partition: null },
          null,
          'Kafka partitions must be valid numbers and may not be null',
        ],
        [
          tp('not a number'),
          null,
          "Failed to parse the following Kafka partition value in the provided offsets: 'not a number'. Partition " +
            'values for sink connectors need to be integers.',
        ],
        [
          tp(0),
          {},
          "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
        ],
        [
          tp(0),
          { kafka_offset: 'not a number' },
          "Failed to parse the following Kafka offset value in the provided offsets: 'not a number'. Offset values " +
            'for sink connectors need to be integers.',
        ],
      ]
      for (const [partition, offset, message] of cases) {
        await worker.expectError('PATCH', path(), body(partition, offset), 400, message)
      }
    })

    test('A50: bodies that are no offsets at all are 400 (Kafka Connect: 500)', async () => {
      const heading = 'Malformed JSON, unknown field, value of a wrong type'
      const status = differs(heading, { kafkaConnect: 500, spillway: 400 })
      await worker.expectError('PATCH', path(), [], status, /Cannot deserialize value/)
      await worker.expectError('PATCH', path(), { key: [] }, status, /Unrecognized field/)
      await worker.expectError('PATCH', path(), { offsets: {} }, status, /Cannot deserialize value/)
      await worker.expectError('PATCH', path(), { offsets: [123] }, status, /Cannot construct instance/)
    })

    test('A52, A54: a stopped connector takes new offsets, forgets single ones and all', async () => {
      const offsets = [
        { partition: tp(0), offset: { kafka_offset: 3 } },
        { partition: tp('1'), offset: null },
        { partition: tp(2), offset: { kafka_offset: '4' } },
      ]
      const altered = await worker.rest('PATCH', path(), { offsets })
      assert.deepEqual(altered.body, {
        message: 'The offsets for this connector have been altered successfully',
      })
      assert.deepEqual(await sink.committed(), { [`${topic}-0`]: 3, [`${topic}-2`]: 4 })
      for (let i = 0; i < 2; i++) {
        const reset = await worker.rest('DELETE', path())
        assert.deepEqual(reset.body, {
          message: 'The offsets for this connector have been reset successfully',
        })
        assert.deepEqual(await sink.committed(), {})
      }
    })

    test('A51: a connector that does not say that it has altered its own offsets is told about in the message', async () => {
      const plain = new Monitored(worker, folder)
      await plain.create(topic, { 'alter.offsets': 'false' })
      await worker.rest('PUT', `/connectors/${plain.name}/stop`)
      await worker.untilState(plain.name, 'STOPPED', 0)
      for (const [method, request, verb] of [
        ['PATCH', body(tp(0), { kafka_offset: 1 }), 'altered'],
        ['DELETE', undefined, 'reset'],
      ] as const) {
        const reply = await worker.rest(method, `/connectors/${plain.name}/offsets`, request)
        assert.deepEqual(reply.body, {
          message:
            `The Connect framework-managed offsets for this connector have been ${verb} successfully. However, if this ` +
            `connector manages offsets externally, they will need to be manually ${verb} in the system that the ` +
            'connector uses.',
        })
      }
      await plain.remove()
    })

    test('A53: while somebody is still in the group, offsets cannot be changed', async () => {
      const groupId = `connect-${sink.name}`
      const consumer = kafka().consumer({ groupId, clientId: groupId })
      let isAssigned = false
      const nothing = async (): Promise<void> => {}
      const onAssigned = async (): Promise<void> => {
        isAssigned = true
      }
      consumer.subscribe({ topics: [topic] }, { onAssigned, onRevoked: nothing, onLost: nothing })
      try {
        await until('the consumer is a member', async () => {
          await consumer.poll(200)
          return isAssigned
        })
        for (const [method, request] of [
          ['PATCH', body(tp(0), { kafka_offset: 1 })],
          ['DELETE', undefined],
        ] as const) {
          await worker.expectError(method, path(), request, 500, /zombie sink task/)
        }
      } finally {
        await consumer.close()
      }
    })

    test('X5: offsets of a partition that is not there are refused by the broker', async () => {
      await worker.expectError(
        'PATCH',
        path(),
        body({ kafka_topic: topic, kafka_partition: 7 }, { kafka_offset: 1 }),
        500,
        `Failed to alter consumer group offsets for connector ${sink.name}`,
      )
    })

    test('A38: the topics a connector has read are listed, forgotten on reset, and listed again with new records', async () => {
      const other = uniqueName('other')
      await createTopic(other)
      const value = Buffer.from('x')
      await produce([{ topic: other, partition: 0, value }])
      const both = new Monitored(worker, folder)
      await both.create(`${topic},${other}`)
      const topics = async (): Promise<Set<string>> => {
        const reply = await worker.rest('GET', `/connectors/${both.name}/topics`)
        assert.equal(reply.status, 200)
        return new Set((reply.body as Record<string, { topics: string[] }>)[both.name]?.topics)
      }
      await until('both are listed', async () => (await topics()).size === 2)
      assert.deepEqual(await topics(), new Set([topic, other]))
      const { status } = await worker.rest('PUT', `/connectors/${both.name}/topics/reset`)
      assert.equal(status, 202)
      await until('none is listed', async () => (await topics()).size === 0)
      await produce([{ topic: other, partition: 0, value }])
      await until('one is listed again', async () => (await topics()).has(other))
      const nobody = await worker.rest('GET', '/connectors/nobody/topics')
      assert.deepEqual(nobody.body, { nobody: { topics: [] } })
      await both.remove()
    })
  })
}

suite('topic tracking', () => {
  for (const [key, get, reset] of [
    ['topic.tracking.enable', 'Topic tracking is disabled.', 'Topic tracking is disabled.'],
    ['topic.tracking.allow.reset', undefined, 'Topic tracking reset is disabled.'],
  ] as const) {
    test(`A39: 403 where ${key} is false`, async (t) => {
      const worker = await CaseWorker.start('standalone', { [key]: 'false' })
      t.after(async () => await worker.dispose())
      if (get !== undefined) await worker.expectError('GET', '/connectors/x/topics', undefined, 403, get)
      await worker.expectError('PUT', '/connectors/x/topics/reset', undefined, 403, reset)
    })
  }
})
