import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Consumed,
  Grouped,
  Materialized,
  Produced,
  Serdes,
  StreamsBuilder,
  type Topology,
} from '../../transforms/streams/src/index.ts'
import { closing } from '../support/closing.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { StateFolder, appConfig, newest, readUntil, startApp, textRecords } from './kafka-app.ts'

function wordCount(input: string, output: string): Topology {
  const builder = new StreamsBuilder()
  const texts = () => Consumed.with(Serdes.string(), Serdes.string())
  builder
    .stream(input, texts())
    .flatMapValues((line) => line.split(' '))
    .groupBy((_key, word) => word, Grouped.with(Serdes.string(), Serdes.string()).withName('words'))
    .count(Materialized.as<string, bigint>('counts'))
    .toStream()
    .mapValues(String)
    .to(output, Produced.with(Serdes.string(), Serdes.string()))
  return builder.build()
}

test('a word count goes through repartition and changelog topics, and goes on after a restart and without its state', async () => {
  using state = new StateFolder()
  const [input, output] = [uniqueName('lines'), uniqueName('counts')]
  await createTopic(input, 3)
  await createTopic(output, 2)
  const config = appConfig(state.path)
  const application = config['application.id'] as string
  const lines = ['all streams lead to kafka', 'hello kafka streams', 'join kafka summit']
  await produce(
    textRecords(
      input,
      lines.map((line, i) => [`k${i}`, line]),
    ),
  )
  {
    await using app = await startApp(wordCount(input, output), config)
    const records = await readUntil(
      output,
      (found) => newest(found).get('kafka') === '3' && newest(found).size === 8,
    )
    assert.equal(newest(records).get('streams'), '2')
    assert.equal(app.state(), 'RUNNING')
    assert.deepEqual(
      app
        .metadataForLocalThreads()
        .flatMap(({ activeTasks }) => activeTasks)
        .sort(),
      ['0_0', '0_1', '0_2', '1_0', '1_1', '1_2'],
    )
  }
  await using admin = closing(kafka().admin())
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(application)).sort()
  assert.deepEqual(topics, [`${application}-counts-changelog`, `${application}-words-repartition`])
  assert.equal((await admin.topicConfigs(topics[0] as string))['cleanup.policy'], 'compact')
  assert.equal((await admin.topicConfigs(topics[1] as string))['retention.ms'], '-1')

  await produce(textRecords(input, [['k9', 'kafka again']]))
  {
    await using _app = await startApp(wordCount(input, output), config)
    await readUntil(
      output,
      (found) => newest(found).get('kafka') === '4' && newest(found).get('again') === '1',
    )
  }
  // Another folder: all of the state comes from the changelog.
  using other = new StateFolder()
  await produce(textRecords(input, [['k9', 'kafka again']]))
  {
    await using _app = await startApp(wordCount(input, output), { ...config, 'state.dir': other.path })
    const records = await readUntil(output, (found) => newest(found).get('kafka') === '5')
    const ofKafka = records
      .filter(({ key }) => key?.toString() === 'kafka')
      .map(({ value }) => value?.toString())
    assert.deepEqual(ofKafka, ['1', '2', '3', '4', '5'])
  }
})
