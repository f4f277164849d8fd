/** Runs the examples of docs/guides/refine.md, and tells what refine.* does in a worker. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { ConsumerRecord } from '../../framework/api/src/kafka/port.ts'
import { sqliteDatabase } from '../jdbc/support/databases.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { type ConnectorRequest, WorkerProcess } from '../support/worker-process.ts'

const root = join(import.meta.dirname, '..', '..')
const EXAMPLES = join(root, 'config-examples', 'refine')
const S3 = 'io.confluent.connect.s3.S3SinkConnector'

interface Sample {
  readonly key?: string
  readonly value?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The block of the guide with these words behind its language; its text, as numbers are to keep their digits. */
function blockOf(what: string): string {
  const page = readFileSync(join(root, 'docs', 'guides', 'refine.md'), 'utf8')
  const block = new RegExp(`^\`\`\`json ${what}\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1]
  assert.ok(block, `the guide has a block ${what}`)
  return block
}

/** What stands in the objects of each example, line by line, by their directory. */
const WRITTEN: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'iot-events': {
    'iot-temperature': ['{"device":{"id":"a1"},"reading":21.5,"at":1}'],
    'iot-door': ['{"device":{"id":"b7"},"reading":"open","at":3}'],
  },
  'cdc-tables': {
    'shop.users': [
      '{"before":null,"after":{"id":1,"name":"Ann"},"source":{"lsn":9007199254740993},"op":"c","ts_ms":1}',
    ],
    'cdc-other': ['{"after":{"id":8},"source":{},"op":"u","ts_ms":3}'],
  },
  'multi-tenant-logs': {
    'logs-acme': ['{"level":"ERROR","message":"boom","http":{"path":"/pay","headers":{"host":"h"}}}'],
    'logs-unknown': ['{"level":"INFO","message":"Audit: role changed"}'],
  },
}

let worker: WorkerProcess
let bucket: TestBucket

before(async () => {
  bucket = await TestBucket.create(uniqueName('refine'))
  worker = await WorkerProcess.start()
})
after(async () => {
  await worker?.dispose()
  bucket?.close()
})

function example(name: string): ConnectorRequest {
  return JSON.parse(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8')) as ConnectorRequest
}

async function dead(topic: string): Promise<ConsumerRecord> {
  const consumer = kafka().consumer({ groupId: uniqueName('reader'), clientId: 'reader' })
  const none = async (): Promise<void> => {}
  consumer.subscribe({ topics: [topic] }, { onAssigned: none, onRevoked: none, onLost: none })
  const records: ConsumerRecord[] = []
  try {
    await until(`a record in ${topic}`, async () => {
      records.push(...(await consumer.poll(500)))
      return records.length > 0
    })
    return records[0] as ConsumerRecord
  } finally {
    await consumer.close()
  }
}

const headerOf = (record: ConsumerRecord, name: string): string =>
  String(record.headers.find(({ key }) => key === `__connect.errors.${name}`)?.value)

suite('the examples of the guide', () => {
  test('each has its test', () => {
    const names = readdirSync(EXAMPLES).map((file) => file.replace('.json', ''))
    assert.deepEqual(names.toSorted(), Object.keys(WRITTEN).toSorted())
  })

  for (const [name, written] of Object.entries(WRITTEN)) {
    test(`${name}: the preview is the one of the guide, and the objects hold what it foretold`, async () => {
      const { config } = example(name)
      const asked = `{"config":${JSON.stringify(config)},"records":${blockOf(`records=${name}`)}}`
      const reply = await fetch(`${worker.url}/connector-plugins/${S3}/preview`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: asked,
      })
      const answer = (await reply.json()) as { records: unknown }
      assert.equal(reply.status, 200, JSON.stringify(answer))
      assert.deepEqual(answer.records, JSON.parse(blockOf(`preview=${name}`)))

      const topic = uniqueName(name)
      const queue = uniqueName('dead')
      const directory = uniqueName(name)
      await createTopic(topic, 1)
      const samples = JSON.parse(blockOf(`records=${name}`)) as readonly Sample[]
      await produce(
        samples.map(({ key, value, headers = {} }) => ({
          topic,
          partition: 0,
          key: key === undefined ? null : Buffer.from(key),
          // The digits of the guide's number are more than a number of JavaScript has.
          value:
            value === null || value === undefined
              ? null
              : Buffer.from(JSON.stringify(value).replace('9007199254740992', '9007199254740993')),
          headers: Object.entries(headers).map(([header, text]) => ({
            key: header,
            value: Buffer.from(text),
          })),
        })),
      )
      const places = {
        ...bucket.config,
        topics: topic,
        'topics.dir': directory,
        'rotate.schedule.interval.ms': '1000',
        ...(config['errors.deadletterqueue.topic.name'] !== undefined && {
          'errors.deadletterqueue.topic.name': queue,
        }),
      }
      const made = await worker.rest('PUT', `/connectors/${topic}/config`, { ...config, ...places })
      assert.equal(made.status, 201, JSON.stringify(made.body))
      await until(`${directory} holds what it should`, async () =>
        isDeepStrictEqual(await linesOf(directory), written),
      )
      if (name !== 'multi-tenant-logs') return
      const record = await dead(queue)
      assert.equal(headerOf(record, 'stage'), 'TRANSFORMATION')
      assert.equal(headerOf(record, 'class.name'), 'io.spillway.refine.Refine')
      assert.equal(
        headerOf(record, 'exception.message'),
        `refine.keep: value.message is a number, not a text (${topic}-0@4)`,
      )
    })
  }
})

/** The lines of all objects of a directory, by the topic they stand under. */
async function linesOf(directory: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const key of await bucket.keys(`${directory}/`)) {
    const topic = key.split('/')[1] ?? ''
    // This S3 server lists an object a moment before it serves it.
    const lines = await bucket.lines(key).catch((error: Error) => {
      if (error.name !== 'NoSuchKey') throw error
      return []
    })
    ;(found[topic] ??= []).push(...lines)
  }
  return found
}

suite('refine.* in a worker', () => {
  const config = {
    'connector.class': 'FileStreamSink',
    file: '/dev/null',
    'refine.keep': 'value.n >= 3',
    'refine.drop': 'value.n == 9007199254740993',
  }

  test('dropped records are read and not sent, their offsets are committed, and clients see the keys as they wrote them', async () => {
    const topic = uniqueName('refine-drop')
    await createTopic(topic, 1)
    const texts = ['{"n":1}', '{"n":3}', '{"n":9007199254740993}', '{"n":9007199254740992}', '{"n":2}']
    await produce(texts.map((text) => ({ topic, partition: 0, value: Buffer.from(text) })))
    const whole = { name: topic, topics: topic, ...config, 'offset.flush.interval.ms': '500' }
    const reply = await worker.rest('PUT', `/connectors/${topic}/config`, whole)
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    const read = await worker.rest('GET', `/connectors/${topic}/config`)
    assert.deepEqual(read.body, whole)
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`${worker.url}/metrics`)).text()
      const line = text.split('\n').find((each) => each.includes(name) && each.includes(`"${topic}"`))
      return Number(line?.split(' ').at(-1))
    }
    await until('all records are read', async () => (await metric('sink_record_read_total')) === 5)
    await until('two are sent', async () => (await metric('sink_record_send_total')) === 2)
    assert.equal((await worker.rest('PUT', `/connectors/${topic}/stop`)).status, 204)
    const admin = kafka().admin()
    try {
      await until('all offsets are committed', async () => {
        const [position] = await admin.listGroupOffsets(`connect-${topic}`)
        return position?.offset.offset === 5n
      })
    } finally {
      await admin.close()
    }
  })

  test('records with a schema go to a table for each type, with the fields that are left under their new names', async () => {
    await using database = await sqliteDatabase()
    const topic = uniqueName('refine-tables')
    await createTopic(topic, 1)
    const where = {
      field: 'where',
      type: 'struct',
      optional: true,
      fields: [{ field: 'city', type: 'string' }],
    }
    const fields = [
      { field: 'kind', type: 'string' },
      { field: 'id', type: 'int64' },
      { field: 'note', type: 'string', optional: true },
      where,
    ]
    const envelope = (payload: object): string =>
      JSON.stringify({ schema: { type: 'struct', fields }, payload })
    const texts = [
      envelope({ kind: 'one', id: 1, note: 'a', where: { city: 'Bonn' } }),
      envelope({ kind: 'two', id: 2, note: null, where: null }),
      envelope({ kind: 'two', id: 3, note: 'b', where: { city: 'Rome' } }),
    ].map((text) => text.replace('"id":3', '"id":9007199254740993'))
    await produce(texts.map((text) => ({ topic, partition: 0, value: Buffer.from(text) })))
    const request = {
      name: topic,
      topics: topic,
      'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
      ...database.config,
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'true',
      'auto.create': 'true',
      'pk.mode': 'none',
      'refine.drop': 'value.where.city == "Bonn" || value.id > 9007199254740993',
      'refine.route.topic': 'kind_{{value.kind}}',
      'refine.project.exclude': 'where,kind',
      'refine.project.rename': 'note:remark',
    }
    const reply = await worker.rest('PUT', `/connectors/${topic}/config`, request)
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    const expected = [
      { id: '2', remark: null },
      { id: '9007199254740993', remark: 'b' },
    ]
    let rows: readonly object[] = []
    await until('the rows are there', async () => {
      const query = `SELECT * FROM ${database.quote('kind_two')} ORDER BY id`
      rows = await database.query(query).catch((error: Error) => {
        if (!/no such table/.test(error.message)) throw error
        return []
      })
      return rows.length === expected.length
    })
    assert.deepEqual(
      rows.map((row) => ({ ...row, id: String((row as { id: unknown }).id) })),
      expected,
    )
    await assert.rejects(database.query(`SELECT * FROM ${database.quote('kind_one')}`), /no such table/)
    assert.equal((await worker.rest('DELETE', `/connectors/${topic}`)).status, 204)
  })

  test('what is wrong is told at its key, with what may have been meant', async () => {
    const wrong = {
      name: 'x',
      topics: 't',
      ...config,
      'refine.drop': 'value.n = 1',
      'refine.kep': 'true',
      'refine.dedupe.by': 'value.id',
    }
    const { body } = await worker.rest('PUT', '/connector-plugins/FileStreamSink/config/validate', wrong)
    const infos = body as { configs: { value: { name: string; errors: string[] } }[] }
    const errors = Object.fromEntries(
      infos.configs
        .filter(({ value }) => value.errors.length > 0)
        .map(({ value }) => [value.name, value.errors[0]]),
    )
    assert.deepEqual(Object.keys(errors).toSorted(), ['refine.dedupe.by', 'refine.drop', 'refine.kep'])
    assert.match(errors['refine.drop'] ?? '', /Unexpected character.*character 9/)
    assert.match(errors['refine.kep'] ?? '', /Did you mean refine\.keep\?/)
    assert.match(errors['refine.dedupe.by'] ?? '', /needs a managed stage, which this version does not have/)
    const created = await worker.rest('POST', '/connectors', { name: uniqueName('wrong'), config: wrong })
    assert.equal(created.status, 400)
  })
})
