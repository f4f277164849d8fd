import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QueryableStoreTypes } from '../../transforms/streams/src/index.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { type Answer, ask } from './asking.ts'
import { counting } from './counting.ts'
import { LogOfTest, StateFolder, appConfig, newest, readUntil, startApp, textRecords } from './kafka-app.ts'
import { StreamsProcess } from './streams-process.ts'

const here = 'here.example:1'
const there = 'there.example:2'
const keys = Array.from({ length: 12 }, (_, i) => `key-${i}`)
const COUNT = 50
/** A task that is not here, is on its way, or a client that has not heard. */
const refusals = [
  'InvalidStateStoreException',
  'InvalidStateStorePartitionException',
  'StateStoreMigratedException',
]

test('before, during and after a hand-over who has a key is named, and who is asked answers right or refuses by name', async (t) => {
  using folder = new StateFolder()
  using other = new StateFolder()
  const [input, output] = [uniqueName('asked-in'), uniqueName('asked-out')]
  for (const topic of [input, output]) await createTopic(topic, 4)
  const records = Array.from({ length: COUNT }, () => keys).flat()
  await produce(
    textRecords(
      input,
      records.map((key) => [key, 'x'] as const),
    ),
  )
  const config = appConfig(folder.path, { 'num.standby.replicas': 1, 'application.server': here })
  const log = new LogOfTest()
  await using app = await startApp(counting(input, output), config, log)
  await readUntil(output, (found) => keys.every((key) => newest(found).get(key) === String(COUNT)))
  const right = String(COUNT)
  const seen = { answered: 0, refused: 0, unknown: 0 }
  /** Whatever is said while tasks move must be true. */
  const check = (answer: Answer, key: string): void => {
    if (answer.owner === 'unavailable:-1') seen.unknown++
    else assert.ok([here, there].includes(answer.owner), answer.owner)
    if (answer.own === right) seen.answered++
    else seen.refused++
    assert.ok([right, ...refusals].includes(answer.own), `${key}: ${JSON.stringify(answer)}`)
  }

  // Before: alone.
  for (const key of keys)
    assert.deepEqual(ask(app, key), { owner: here, standbys: [], own: right, stale: right })
  assert.deepEqual(app.metadataForAllStreamsClients(), app.streamsMetadataForStore('counts'))
  const [alone, ...none] = app.metadataForAllStreamsClients()
  assert.deepEqual([alone?.topicPartitions.length, alone?.hostInfo.toString(), none], [4, here, []])

  // During: another one joins, gets half of the tasks, and each keeps copies of the other's.
  const config2 = { ...config, 'state.dir': other.path, 'application.server': there }
  await using another = StreamsProcess.counting(input, output, config2)
  const peer = another.app
  const open = app.store('counts', QueryableStoreTypes.keyValueStore<string, bigint>()).all()
  open.next()
  const isSettled = (answers: readonly Answer[]): boolean =>
    answers.every(({ standbys, stale }) => standbys.length === 1 && stale === right) &&
    answers.filter(({ owner }) => owner === there).length > 0 &&
    answers.every(({ owner, own }) => (owner === here) === (own === right))
  await until('each has half of the tasks, and copies of the others', async () => {
    const mine = keys.map((key) => ask(app, key))
    mine.forEach((answer, i) => check(answer, keys[i] ?? ''))
    if (!peer.hasStarted) return false
    const theirs: Answer[] = []
    for (const key of keys) theirs.push(await peer.ask(key))
    theirs.forEach((answer, i) => check(answer, keys[i] ?? ''))
    return (
      isSettled(mine) &&
      theirs.every(({ stale, owner, own }) => stale === right && (owner === there) === (own === right))
    )
  })
  t.diagnostic(`while tasks moved ${JSON.stringify(seen)}`)
  assert.ok(seen.answered > 0 && seen.refused > 0)

  // An iteration over rows that have gone says so, rather than to end early.
  assert.throws(() => [...open], { name: 'InvalidStateStoreException' })

  // After: both say the same, whoever is asked.
  for (const key of keys) {
    const [mine, theirs] = [ask(app, key), await peer.ask(key)]
    assert.deepEqual([mine.owner, mine.standbys], [theirs.owner, theirs.standbys])
    assert.deepEqual(mine.standbys, [mine.owner === here ? there : here])
    const [has, copies] = mine.owner === here ? [mine, theirs] : [theirs, mine]
    assert.deepEqual([has.own, copies.own], [right, 'InvalidStateStorePartitionException'])
  }
  for (const {
    topicPartitions,
    standbyTopicPartitions,
    standbyStateStoreNames,
  } of app.metadataForAllStreamsClients()) {
    assert.deepEqual([topicPartitions.length, standbyTopicPartitions.length], [2, 2])
    assert.deepEqual([...standbyStateStoreNames], ['counts'])
  }
  await until('copies lack nothing', async () => {
    const lags = (await app.allLocalStorePartitionLags()).get('counts')
    return lags?.size === 4 && [...lags.values()].every(({ offsetLag }) => offsetLag === 0n)
  })
  const lags = (await app.allLocalStorePartitionLags()).get('counts') ?? new Map()
  for (const { currentOffsetPosition, endOffsetPosition } of lags.values())
    assert.equal(currentOffsetPosition, endOffsetPosition)

  // The other one dies: its keys are refused here until they are ours; copies answer all the time.
  await another.process.kill()
  await until('all tasks are here again', () => {
    const answers = keys.map((key) => ask(app, key))
    answers.forEach((answer, i) => check(answer, keys[i] ?? ''))
    assert.deepEqual(new Set(answers.map(({ stale }) => stale)), new Set([right]))
    return answers.every(
      ({ owner, own, standbys }) => owner === here && own === right && standbys.length === 0,
    )
  })
  assert.equal(app.state(), 'RUNNING', log.lines.join('\n'))
})
