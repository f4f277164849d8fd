/** `spillway streams` as processes against the real broker. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { ConfigError, type TopicPartition } from '@spillway/api'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { loadTopology } from '../../spillway/src/streams/load-topology.ts'
import { readStreamsConfig } from '../../spillway/src/streams/streams-config-file.ts'
import { stateFolder } from '../../spillway/src/streams/reset-command.ts'
import { resetTarget } from '../../spillway/src/streams/reset-options.ts'
import { isInternalTopic, resetPlan } from '../../spillway/src/streams/reset-plan.ts'
import { closing } from '../support/closing.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { spillway, startSpillway } from './command.ts'
import { readUntil, textRecords } from './kafka-app.ts'

const servers = endpointsFromEnv().kafka.bootstrapServers

/** A folder with files, as a user has them. */
class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'spillway-streams-'))

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.path, name), text)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

function properties(application: string, more: Readonly<Record<string, string>> = {}): string {
  const all = {
    'application.id': application,
    'bootstrap.servers': servers,
    'state.dir': './state',
    'heartbeat.interval.ms': '300',
    'session.timeout.ms': '6000',
    ...more,
  }
  return Object.entries(all)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function countModule(input: string, output: string): string {
  return `import { Materialized, Serdes, Produced } from '@spillway/streams'
export default (builder) => {
  builder.stream('${input}').groupByKey().count(Materialized.as('counts'))
    .toStream().mapValues(String).to('${output}', Produced.with(Serdes.string(), Serdes.string()))
}
`
}

/** The first half of what it takes to be an application: offsets of a group. */
async function commitOffsets(
  group: string,
  offsets: readonly (readonly [TopicPartition, bigint])[],
): Promise<void> {
  await using admin = closing(kafka().admin())
  await admin.alterGroupOffsets(group, new Map(offsets.map(([at, offset]) => [at, { offset }])))
}

async function committed(group: string): Promise<Record<string, bigint>> {
  await using admin = closing(kafka().admin())
  const found = await admin.listGroupOffsets(group)
  return Object.fromEntries(
    found.map(({ partition: { topic, partition }, offset }) => [`${topic}-${partition}`, offset.offset]),
  )
}

suite('spillway streams', () => {
  test('run: serdes by name, a drain on SIGTERM that commits, a second run that goes on; status; a reset that refuses and one that does', async () => {
    const [application, input, output] = [uniqueName('cmd'), uniqueName('in'), uniqueName('out')]
    await createTopic(input, 2)
    await createTopic(output)
    using folder = new Folder({
      'app.mjs': countModule(input, output),
      'app.properties': properties(application, {
        'default.key.serde': 'org.apache.kafka.common.serialization.Serdes$StringSerde',
        'default.value.serde': 'JsonConverter',
        'default.value.serde.schemas.enable': 'false',
        // Only the drain commits.
        'commit.interval.ms': '600000',
      }),
    })
    const config = ['--config', 'app.properties']
    await produce(
      textRecords(input, [
        ['a', '{"n":1}', 0, 0],
        ['b', '{}', 0, 1],
        ['a', '[]', 0, 0],
      ]),
    )
    {
      await using app = startSpillway(folder.path, 'streams', 'run', 'app.mjs', ...config)
      await readUntil(output, (found) => found.length >= 3).catch((error: unknown) => {
        throw new Error(`${app.out}${app.err}`, { cause: error })
      })
      const { code, out } = await spillway(folder.path, 'streams', 'status', 'app.mjs', ...config)
      assert.equal(code, 0)
      assert.match(out, new RegExp(`^${application}: Stable, 1 members\n`))
      assert.match(out, / 0_0 +2 .*\n.* 0_1 +1 /)

      const refused = await spillway(
        folder.path,
        'streams',
        'reset',
        ...config,
        '--input-topics',
        input,
        '--yes',
      )
      assert.equal(refused.code, 1)
      assert.match(refused.err, /still active and has the following members: .*\. Stop all running instances/)

      const { code: ended, err } = await app.stop()
      assert.deepEqual([ended, err], [0, ''])
    }
    assert.deepEqual(await committed(application), { [`${input}-0`]: 2n, [`${input}-1`]: 1n })
    await produce(textRecords(input, [['a', '1', 0, 0]]))
    {
      await using app = startSpillway(folder.path, 'streams', 'run', 'app.mjs', ...config)
      const values = (await readUntil(output, (found) => found.length >= 4)).map(
        ({ key, value }) => `${key?.toString()}${value?.toString()}`,
      )
      assert.deepEqual(values.sort(), ['a1', 'a2', 'a3', 'b1'])
      app.kill('SIGINT')
      assert.equal((await app.ended()).code, 0)
    }
    const dead = await spillway(folder.path, 'streams', 'status', ...config, '--json')
    assert.equal(dead.code, 1)
    assert.deepEqual(JSON.parse(dead.out), { applicationId: application, state: 'Empty', members: [] })

    const reset = ['streams', 'reset', ...config, '--input-topics', input]
    const dry = await spillway(folder.path, ...reset, '--dry-run')
    assert.equal(dry.code, 0)
    assert.match(dry.out, new RegExp(`${input}-0: 3 -> 0\n.*${input}-1: 1 -> 0\n`))
    assert.match(
      dry.out,
      new RegExp(`deleted:\n +${application}-counts-changelog\nLocal state that is deleted:\n`),
    )
    const unasked = await spillway(folder.path, ...reset)
    assert.deepEqual([unasked.code, unasked.err], [1, 'Nothing was done. Answer y, or use --yes.\n'])
    assert.deepEqual(await committed(application), { [`${input}-0`]: 3n, [`${input}-1`]: 1n })
    assert.ok(existsSync(join(folder.path, 'state', application)))
    await using asked = startSpillway(folder.path, ...reset)
    asked.say('y\n')
    assert.equal((await asked.ended()).code, 0)
    assert.deepEqual(await committed(application), { [`${input}-0`]: 0n, [`${input}-1`]: 0n })
    assert.ok(!existsSync(join(folder.path, 'state', application)))
    await using admin = closing(kafka().admin())
    await until(
      'the changelog is gone',
      async () => !(await admin.listTopics()).includes(`${application}-counts-changelog`),
    )
    {
      await using _app = startSpillway(folder.path, 'streams', 'run', 'app.mjs', ...config)
      const again = (await readUntil(output, (found) => found.length >= 8))
        .slice(4)
        .map(({ key, value }) => `${key?.toString()}${value?.toString()}`)
      assert.deepEqual(again.sort(), ['a1', 'a2', 'a3', 'b1'])
    }
  })

  test('run: what cannot go on ends with 1 and says why', async () => {
    const [input, output] = [uniqueName('in'), uniqueName('out')]
    await createTopic(input)
    await createTopic(output)
    await produce(textRecords(input, [['a', 'v']]))
    using folder = new Folder({
      'fails.mjs': `import { Consumed, Produced, Serdes, StreamsBuilder } from '@spillway/streams'
const text = Serdes.string()
const builder = new StreamsBuilder()
builder.stream('${input}', Consumed.with(text, text)).mapValues(() => { throw new Error('no good') }).to('${output}', Produced.with(text, text))
export const topology = builder.build()
`,
      'app.properties': properties(uniqueName('cmd')),
      'wrong.properties': properties(uniqueName('cmd'), { 'num.stream.threads': '0' }),
      'serde.properties': properties(uniqueName('cmd'), { 'default.key.serde': 'StrongSerde' }),
      'nothing.mjs': 'export const a = 1',
      'broken.mjs': 'export default {',
      'wrong.mjs': 'export default () => 7',
    })
    const died = await spillway(folder.path, 'streams', 'run', 'fails.mjs', '--config', 'app.properties')
    assert.equal(died.code, 1)
    assert.match(died.out, /StreamThread-1 died: .*topic=.*offset=0.*no good/)
    const refused = await spillway(folder.path, 'streams', 'run', 'fails.mjs', '--config', 'wrong.properties')
    assert.equal(refused.code, 1)
    assert.match(
      refused.err,
      /^Invalid value '0' .*num\.stream\.threads: it must be at least 1\. \[STREAMS_\w+\]\n$/,
    )
    const at = (name: string): string => join(folder.path, name)
    const failing: readonly [() => Promise<unknown>, RegExp][] = [
      [
        () => readStreamsConfig({ config: at('serde.properties') }),
        /it must be one of StringSerde, .*JsonConverter/,
      ],
      [() => readStreamsConfig({ config: at('nowhere.json') }), /nowhere\.json: there is no such file$/],
      [() => loadTopology(at('nothing.mjs'), {}), /nothing\.mjs exports no topology: .* It exports a\.$/],
      [() => loadTopology(at('broken.mjs'), {}), /broken\.mjs cannot be imported: Unexpected /],
      [
        () => loadTopology(at('wrong.mjs'), {}),
        /its function must return a Topology, its StreamsBuilder, or nothing$/,
      ],
      [() => loadTopology(at('nowhere.mjs'), {}), /nowhere\.mjs: there is no such file$/],
    ]
    for (const [failure, message] of failing) await assert.rejects(failure, { name: 'ConfigError', message })
  })

  test('describe: the text of describe(), and graphs with topics and stores', async () => {
    using folder = new Folder({
      'app.mjs': countModule('in "put', 'out'),
      'builder.mjs': `import { StreamsBuilder } from '@spillway/streams'
export default async (builder, config) => { builder.stream(/in-.*/).to(config['to']); return builder }
export const config = { to: 'x', 'application.id': 'a' }
`,
    })
    const text = await spillway(folder.path, 'streams', 'describe', 'app.mjs')
    assert.match(
      text.out,
      /^Topologies:\n {3}Sub-topology: 0\n {4}Source: KSTREAM-SOURCE-0000000000 \(topics: \[in "put\]\)\n/,
    )
    const dot = await spillway(folder.path, 'streams', 'describe', 'app.mjs', '--format', 'dot')
    assert.match(
      dot.out,
      /^digraph topology \{\n(?:.*\n)* {2}t0 \[label="in \\"put", shape=cds\]\n(?:.*\n)* {4}s0 \[label="counts", shape=cylinder\]\n(?:.*\n)*\}\n$/,
    )
    assert.match(dot.out, / {2}t0 -> n0\n/)
    const mermaid = await spillway(folder.path, 'streams', 'describe', 'builder.mjs', '--format', 'mermaid')
    assert.match(mermaid.out, /^flowchart TB\n {2}t0\[\/"\/in-\.\*\/"\/\]\n {2}t1\[\/"x"\/\]\n/)
    const wrong = await spillway(folder.path, 'streams', 'describe', 'app.mjs', '--format', 'svg')
    assert.deepEqual(
      [wrong.code, wrong.err],
      [1, 'There is no format svg: formats are text, dot, mermaid. [CONNECT_CONFIG]\n'],
    )
  })
})

suite('reset', () => {
  test('where input topics are read from: each option of the Java tool, within what the partitions hold', async () => {
    const [application, topic, other] = [uniqueName('reset'), uniqueName('in'), uniqueName('mid')]
    await createTopic(topic, 2)
    await createTopic(other)
    await produce(
      textRecords(
        topic,
        Array.from({ length: 10 }, (_, i) => [null, 'v', 1_000 * i, 0] as const),
      ),
    )
    await produce(
      textRecords(
        topic,
        Array.from({ length: 3 }, (_, i) => [null, 'v', 1_000 * i, 1] as const),
      ),
    )
    await produce(textRecords(other, [[null, 'v', 0, 0]]))
    await using admin = closing(kafka().admin())
    await admin.deleteRecords(new Map([[{ topic, partition: 0 }, 2n]]))
    await commitOffsets(application, [[{ topic, partition: 0 }, 5n]])
    using folder = new Folder({ 'offsets.csv': `${topic},0,7\r\n"${topic}",1,99\n\n`, 'bad.csv': 'a;b;c' })
    const cases: readonly [
      options: object,
      zero: bigint | undefined,
      one: bigint | undefined,
      warnings: number,
    ][] = [
      [{}, 2n, 0n, 0],
      [{ toEarliest: true }, 2n, 0n, 0],
      [{ toLatest: true }, 10n, 3n, 0],
      [{ toOffset: '4' }, 4n, 3n, 1],
      [{ toOffset: '0' }, 2n, 0n, 1],
      [{ shiftBy: '-2' }, 3n, 0n, 1],
      [{ shiftBy: '+1' }, 6n, 1n, 0],
      [{ shiftBy: '100' }, 10n, 3n, 2],
      [{ toDatetime: '1970-01-01T00:00:02.500' }, 3n, 3n, 0],
      [{ toDatetime: '1970-01-01T01:00:02.500+01:00' }, 3n, 3n, 0],
      [{ byDuration: 'PT0.001S' }, 10n, 3n, 0],
      [{ byDuration: 'P30000DT5H' }, 2n, 0n, 0],
      [{ fromFile: join(folder.path, 'offsets.csv') }, 7n, 3n, 1],
    ]
    for (const [options, zero, one, warnings] of cases) {
      const target = await resetTarget(options, Date.now())
      const plan = await resetPlan(
        admin,
        application,
        { inputTopics: topic, intermediateTopics: other, ...options },
        target,
      )
      const found = (partition: number): bigint | undefined =>
        plan.input.find(({ at }) => at.partition === partition)?.offset
      assert.deepEqual(
        [found(0), found(1), plan.warnings.length],
        [zero, one, warnings],
        JSON.stringify(options),
      )
      assert.deepEqual(
        plan.intermediate.map(({ offset }) => offset),
        [1n],
      )
    }
    const wrong: readonly [object, RegExp][] = [
      [{ toEarliest: true, toLatest: true }, /Only one of --to-earliest, --to-latest/],
      [{ toOffset: '-1' }, /Invalid value -1 for --to-offset/],
      [{ shiftBy: '1.5' }, /Invalid value 1\.5 for --shift-by/],
      [{ byDuration: '1h' }, /Invalid value 1h for --by-duration: it must be as P1DT2H30M/],
      [{ byDuration: 'P' }, /Invalid value P for/],
      [{ toDatetime: 'yesterday' }, /Invalid value yesterday for --to-datetime/],
      [{ fromFile: join(folder.path, 'bad.csv') }, /bad\.csv:1: a line must be topic,partition,offset/],
      [{ fromFile: join(folder.path, 'no.csv') }, /no\.csv: ENOENT/],
    ]
    for (const [options, message] of wrong)
      await assert.rejects(resetTarget(options, 0), { name: 'ConfigError', message })
    const unknown = resetPlan(admin, application, { inputTopics: `${topic},nowhere` }, { kind: 'earliest' })
    await assert.rejects(unknown, /Topics of --input-topics that are not in the cluster: nowhere\./)
  })

  test('internal topics: those of the application, not of another one whose name begins alike; a choice of them', async () => {
    const application = uniqueName('reset')
    const own = [
      'a-changelog',
      'b-repartition',
      'KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000007-topic',
      'j-subscription-registration-topic',
    ].map((name) => `${application}-${name}`)
    const others = [`${application}-data`, `${application}-2-a-changelog`, `${application}x-a-changelog`]
    for (const topic of [...own, ...others]) await createTopic(topic)
    await commitOffsets(`${application}-2`, [[{ topic: `${application}-2-a-changelog`, partition: 0 }, 0n]])
    assert.ok(isInternalTopic(own[0] as string, application))
    await using admin = closing(kafka().admin())
    const plan = await resetPlan(admin, application, {}, { kind: 'earliest' })
    assert.deepEqual(plan.internalTopics, [...own].sort())
    assert.deepEqual(plan.warnings, [
      `${application}-2-a-changelog stays: it is of the application ${application}-2.`,
    ])
    const chosen = await resetPlan(
      admin,
      application,
      { internalTopics: own[1] as string },
      { kind: 'earliest' },
    )
    assert.deepEqual(chosen.internalTopics, [own[1]])
    await assert.rejects(
      resetPlan(admin, application, { internalTopics: others[0] as string }, { kind: 'earliest' }),
      (error) => error instanceof ConfigError && /that are no internal topics of/.test(error.message),
    )
    await admin.deleteTopics([...own, ...others])
  })

  test('members whose process is gone can be forced out; state is looked for below its folder only', async () => {
    const [application, input] = [uniqueName('reset'), uniqueName('in')]
    await createTopic(input)
    using folder = new Folder({ 'admin.properties': `bootstrap.servers=${servers}\n` })
    await using consumer = closing(
      kafka().consumer({
        groupId: application,
        clientId: 'gone',
        autoOffsetReset: 'earliest',
        sessionTimeoutMs: 45_000,
      }),
    )
    const none = async (): Promise<void> => {}
    consumer.subscribe({ topics: [input] }, { onAssigned: none, onRevoked: none, onLost: none })
    await until('the member is there', async () => {
      await consumer.poll(100)
      return consumer.assignment().length > 0
    })
    mkdirSync(join(folder.path, 'state', application), { recursive: true })
    const reset = [
      'streams',
      'reset',
      '--application-id',
      application,
      '--command-config',
      'admin.properties',
      '--input-topics',
      input,
      '--yes',
    ]
    const forced = await spillway(folder.path, ...reset, '--force', '--state-dir', 'state')
    assert.equal(forced.code, 0, forced.err)
    assert.match(forced.out, /Members whose membership is ended:\n +gone/)
    assert.deepEqual(await committed(application), { [`${input}-0`]: 0n })
    assert.ok(!existsSync(join(folder.path, 'state', application)))
    await consumer.close()
    for (const id of ['..', '.', 'a/../../b', 'a/b'])
      assert.throws(() => stateFolder(folder.path, id), /not looked for outside of/)
    const nowhere = await spillway(folder.path, 'streams', 'reset', '--application-id', application)
    assert.match(nowhere.err, /^Which Kafka cluster\?/)
    const nobody = await spillway(folder.path, 'streams', 'reset', '--bootstrap-server', servers)
    assert.match(nobody.err, /^Which application\?/)
  })
})
