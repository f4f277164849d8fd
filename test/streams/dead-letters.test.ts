import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  Consumed,
  deadLetter,
  Grouped,
  HandlerResponse,
  LogAndContinueExceptionHandler,
  LogAndContinueProcessingExceptionHandler,
  Produced,
  Repartitioned,
  type Serde,
  Serdes,
  StreamsBuilder,
} from '../../transforms/streams/src/index.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { StateFolder, appConfig, readUntil, startApp, textRecords } from './kafka-app.ts'

const text = Serdes.string()

/** A text that cannot be read, or written, where it begins with this. */
function touchy(reading: string, writing: string): Serde<string> {
  return {
    serializer: {
      serialize: (topic, headers, value) => {
        if (value?.startsWith(writing)) throw new Error(`${value} cannot be written`)
        return text.serializer.serialize(topic, headers, value)
      },
    },
    deserializer: {
      deserialize: (topic, headers, bytes) => {
        const value = text.deserializer.deserialize(topic, headers, bytes)
        if (value?.startsWith(reading)) throw new Error(`${value} cannot be read`)
        return value
      },
    },
  } as Serde<string>
}

/** Reads, sends through one repartition topic, then another, and writes; each value says where it fails. */
function hops(input: string, output: string) {
  const builder = new StreamsBuilder()
  builder
    .stream(input, Consumed.with(text, touchy('read 0', '-')))
    .mapValues((value) => {
      if (value === 'process 0') throw new Error('process 0')
      return value
    })
    .repartition(
      Repartitioned.with(text, touchy('read 1', 'write 1')).withName('first').withNumberOfPartitions(1),
    )
    .mapValues((value) => {
      if (value === 'process 1') throw new Error('process 1')
      return value
    })
    .groupBy((_key, value) => value, Grouped.with(text, touchy('read 2', '-')).withName('second'))
    .aggregate(
      () => '',
      (_key, value) => {
        if (value === 'process 2') throw new Error('process 2')
        return value
      },
    )
    .toStream()
    .mapValues((value) => {
      if (value === 'process 3') throw new Error('process 3')
      return value
    })
    .to(output, Produced.with(text, touchy('-', 'write 3')))
  return builder.build()
}

const places = [
  'read 0',
  'process 0',
  'write 1',
  'read 1',
  'process 1',
  'read 2',
  'process 2',
  'process 3',
  'write 3',
]

describe('dead letters', () => {
  test('tell where a record was read first, however many repartition topics it has crossed', async () => {
    using folder = new StateFolder()
    const [input, output, dlq] = ['hops-in', 'hops-out', 'hops-dlq'].map((name) => uniqueName(name)) as [
      string,
      string,
      string,
    ]
    for (const name of [input, output, dlq]) await createTopic(name)
    const config = appConfig(folder.path, {
      'errors.dead.letter.queue.topic.name': dlq,
      'deserialization.exception.handler': new LogAndContinueExceptionHandler(),
      'processing.exception.handler': new LogAndContinueProcessingExceptionHandler(),
      'production.exception.handler': {
        handleSerializationError: (context, _record, error) =>
          HandlerResponse.resume([deadLetter(dlq, context, error)]),
      },
      'default.key.serde': text,
      'default.value.serde': text,
    })
    await using _app = await startApp(hops(input, output), config)
    await produce(
      textRecords(
        input,
        ['good', ...places, 'last'].map((value) => [`key of ${value}`, value] as const),
      ),
    )
    const letters = await readUntil(dlq, ({ length }) => length >= places.length)
    const id = String(config['application.id'])
    const found = new Map(
      letters.map(({ value, headers }) => {
        const header = (name: string): string | undefined =>
          headers.find(({ key }) => key === `__streams.errors.${name}`)?.value?.toString()
        const original = [header('original.topic'), header('original.partition'), header('original.offset')]
        assert.ok(!headers.some(({ key }) => key === '__streams.original'))
        return [
          String(value),
          {
            topic: header('topic'),
            message: header('message'),
            ...(original[0] === undefined ? {} : { original }),
          },
        ]
      }),
    )
    assert.deepEqual([...found.keys()].sort(), [...places].sort(), 'each as it was read')
    for (const [index, place] of places.entries()) {
      const letter = found.get(place)
      const hop =
        /[01]$/.test(place) && place !== 'read 1' && place !== 'process 1' ? 0 : place.endsWith('1') ? 1 : 2
      const topic = hop === 0 ? input : `${id}-${hop === 1 ? 'first' : 'second'}-repartition`
      assert.equal(letter?.topic, topic, place)
      assert.deepEqual(letter.original, hop === 0 ? undefined : [input, '0', String(index + 1)], place)
    }
    // Nothing of it is seen behind the topology.
    const out = await readUntil(output, (records) => records.some(({ value }) => String(value) === 'last'))
    assert.deepEqual(
      out.map(({ value, headers }) => [String(value), headers.length]),
      [
        ['good', 0],
        ['last', 0],
      ],
    )
  })
})
