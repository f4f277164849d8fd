import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Consumed, KafkaStreams, Serdes, StreamsBuilder } from '../../transforms/streams/src/index.ts'
import { createTopic, uniqueName } from '../support/topics.ts'
import { LogOfTest, StateFolder, appConfig } from './kafka-app.ts'

const texts = () => Consumed.with(Serdes.string(), Serdes.string())

test('topics that brokers hear of only after the start of the application are waited for', async () => {
  using state = new StateFolder()
  const [input, global] = [uniqueName('late'), uniqueName('late-global')]
  const builder = new StreamsBuilder()
  const table = builder.globalTable(global, texts())
  builder.stream(input, texts()).join(
    table,
    (key) => key,
    (left, right) => left + right,
  )
  const log = new LogOfTest()
  await using streams = new KafkaStreams(builder.build(), appConfig(state.path), { logger: log })
  const started = streams.start()
  // A broker that hears of a topic later answers as one where it comes to be later.
  await sleep(300)
  await createTopic(input)
  await sleep(300)
  await createTopic(global)
  await started
  await streams.running()
  assert.equal(streams.state(), 'RUNNING', log.lines.join('\n'))
})
