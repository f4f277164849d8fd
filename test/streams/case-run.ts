import { strict as assert } from 'node:assert'
import type { Admin, Consumer, ConsumerRecord, Producer } from '../../framework/api/src/kafka/port.ts'
import { caseTopologies, expectedOutputs, loadCase } from '../../transforms/streams/src/conformance/cases.ts'
import type {
  GoldenCase,
  GoldenInput,
  GoldenOutput,
} from '../../transforms/streams/src/conformance/golden-case.ts'
import { runCase } from '../../transforms/streams/src/conformance/run-case.ts'
import { Headers, Serdes, type Serde, type StreamsConfig } from '../../transforms/streams/src/index.ts'
import { TopologyTopics } from '../../transforms/streams/src/kafka/topics/topology-topics.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { kafka, uniqueName } from '../support/topics.ts'
import { NamespacedClient } from './namespaced-client.ts'
import { partitionsOf, readToEnds, settled } from './settled.ts'
import type { RemoteApp, StreamsProcess } from './streams-process.ts'

const applicationId = 'app'

/** One case on Kafka: its own topics, an application in two processes, inputs one by one. */
export class CaseRun {
  readonly #name: string
  readonly #golden: GoldenCase
  /** Of each topic that the application reads. */
  readonly #partitions: number
  readonly #admin: Admin
  readonly #producer: Producer
  readonly #reader: Consumer
  readonly #namespace: string
  readonly #sources: readonly string[]
  readonly #changelogs: readonly string[]

  constructor(name: string, partitions: number) {
    this.#name = name
    this.#golden = loadCase(name)
    this.#partitions = partitions
    this.#namespace = `${uniqueName('case')}-`
    const client = new NamespacedClient(kafka(), this.#namespace)
    this.#admin = client.admin()
    this.#producer = client.producer({ clientId: 'case-inputs', compression: 'none' })
    this.#reader = client.consumer({ clientId: 'case-outputs', fetchMaxWaitMs: 100 })
    const topics = new TopologyTopics(applicationId, this.#build().builder)
    this.#sources = topics.namedTopics()
    this.#changelogs = topics
      .internalTopics()
      .filter(({ kind }) => kind === 'changelog')
      .map(({ name: topic }) => topic)
  }

  /** Until the end; what it gave is compared with the reference. */
  async run(processes: readonly StreamsProcess[], stateDirs: readonly string[]): Promise<void> {
    try {
      await this.#createTopics()
      const apps = processes.map((each, index) => this.#start(each, stateDirs[index] as string))
      try {
        await this.#compare(apps)
      } catch (error) {
        const logs = apps.map((app) => `${app.id} ${app.state}\n${app.shown()}`).join('\n')
        process.stderr.write(`# ${this.#name}\n${logs}\n`)
        throw error
      } finally {
        await Promise.all(apps.map((app) => (app.hasEnded ? undefined : app.stop())))
      }
    } finally {
      await this.#close()
    }
  }

  async #compare(apps: readonly RemoteApp[]): Promise<void> {
    await Promise.all(apps.map(async (app) => await app.running()))
    await this.#readOutputs()
    const outputs: GoldenOutput[] = []
    const { inputs, expectedError } = this.#golden
    for (const [step, input] of inputs.entries()) {
      if (input.advanceWallClockMs !== undefined) continue
      await this.#send(input)
      if (expectedError?.step === step) {
        await this.#compareError(apps)
        break
      }
      await this.#settled(apps)
      outputs.push(...(await this.#outputs(step)))
    }
    assert.deepEqual(this.#sorted(outputs), this.#sorted(expectedOutputs(this.#name)), 'outputs')
    if (expectedError === undefined) await this.#compareChangelogs()
    // With one partition there may be one task only.
    if (this.#partitions > 1)
      for (const app of apps) assert.notEqual(app.tasks.length, 0, `tasks of ${app.id}`)
  }

  async #compareError(apps: readonly RemoteApp[]): Promise<void> {
    const { expectedError } = this.#golden
    for (const app of apps) {
      await app.ended()
      assert.equal(app.state, 'ERROR')
      assert.ok(
        app.log.some(({ line }) => line.includes(expectedError?.rootMessage ?? '-')),
        app.shown(),
      )
    }
  }

  /** Of the fixture, where it has them; else of the same topology under the test driver. */
  async #compareChangelogs(): Promise<void> {
    const wanted = Object.fromEntries(this.#changelogs.map((topic) => [topic, []]))
    const driven = runCase({ ...this.#golden, changelogs: wanted }, (config) =>
      this.#build(config),
    ).changelogs
    for (const topic of this.#changelogs) {
      const expected = this.#golden.changelogs?.[topic] ?? driven?.[topic] ?? []
      // A row of the left side keeps the partition it came from.
      if (topic.includes('subscription-store') && this.#partitions > 1) continue
      const found = (await this.#wholeTopic(topic)).map(({ key, value, timestamp }) => ({
        keyHex: key?.toString('hex') ?? '',
        valueHex: value?.toString('hex') ?? null,
        timestamp,
      }))
      // Without a time of its own a row has the producer's.
      const times = this.#byKey(expected).map(({ timestamp }) => timestamp)
      const comparable = this.#byKey(found).map((row, index) =>
        times[index] === null ? { ...row, timestamp: null } : row,
      )
      assert.deepEqual(comparable, this.#byKey(expected), `changelog ${topic}`)
    }
  }

  #byKey<T extends { readonly keyHex: string }>(records: readonly T[]): readonly T[] {
    if (this.#partitions === 1) return records
    return [...records].sort((a, b) => compare(a.keyHex, b.keyHex))
  }

  /** Within a step the order of records of several partitions is nobody's. */
  #sorted(outputs: readonly GoldenOutput[]): readonly GoldenOutput[] {
    const order = Object.keys(this.#golden.topics)
    return [...outputs].sort(
      (a, b) =>
        a.step - b.step ||
        order.indexOf(a.topic) - order.indexOf(b.topic) ||
        (this.#partitions === 1 ? 0 : compare(a.key ?? '', b.key ?? '')),
    )
  }

  #build(config: StreamsConfig = this.#config()) {
    const build = caseTopologies[this.#name]
    assert.ok(build !== undefined)
    return build(config)
  }

  #config(): StreamsConfig {
    const serde = Serdes.string() as Serde<unknown>
    return { ...this.#golden.config, 'default.key.serde': serde, 'default.value.serde': serde }
  }

  #start(process: StreamsProcess, stateDir: string): RemoteApp {
    return process.start({
      id: this.#namespace,
      topology: this.#name,
      namespace: this.#namespace,
      config: {
        ...this.#golden.config,
        'bootstrap.servers': endpointsFromEnv().kafka.bootstrapServers,
        'state.dir': `${stateDir}/${this.#namespace}`,
        'replication.factor': 1,
        // Times of the cases are those of 1970, and the broker deletes what is too old.
        'windowstore.changelog.additional.retention.ms': 10_000_000_000_000,
        'commit.interval.ms': 50,
        'producer.linger.ms': 0,
        'statestore.cache.max.bytes': 0,
        'session.timeout.ms': 30_000,
        'heartbeat.interval.ms': 300,
        '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__': 0,
      },
    })
  }

  async #createTopics(): Promise<void> {
    const topics = Object.entries(this.#golden.topics).filter(([, { role }]) => role !== 'internal')
    await this.#admin.createTopics(
      topics.map(([name, { role }]) => ({
        name,
        partitions: role === 'input' ? this.#partitions : 1,
        replicationFactor: 1,
        configs: { 'retention.ms': '-1' },
      })),
    )
  }

  async #readOutputs(): Promise<void> {
    const names = Object.entries(this.#golden.topics)
      .filter(([, { role }]) => role !== 'input')
      .map(([name]) => name)
    const partitions = await partitionsOf(this.#admin, names)
    this.#reader.assign(partitions.map((each) => ({ ...each, offset: 0n })))
  }

  async #send({ topic = '', key, value, timestamp = 0, headers = {} }: GoldenInput): Promise<void> {
    const kinds = this.#golden.topics[topic]
    const bytes =
      value === undefined || value === null
        ? null
        : kinds?.value === 'long'
          ? longBytes(BigInt(value))
          : Buffer.from(String(value))
    await this.#producer.send([
      {
        topic,
        key: key === undefined || key === null ? null : Buffer.from(key),
        value: bytes,
        timestamp,
        headers: Object.entries(headers).map(([name, text]) => ({ key: name, value: Buffer.from(text) })),
      },
    ])
  }

  async #settled(apps: readonly RemoteApp[]): Promise<void> {
    await settled(this.#admin, applicationId, this.#sources, () => {
      const dead = apps.find((app) => app.hasEnded)
      if (dead !== undefined) throw new Error(`${dead.id} is ${dead.state}`)
    })
  }

  async #outputs(step: number): Promise<readonly GoldenOutput[]> {
    return (await readToEnds(this.#admin, this.#reader)).map((record) => {
      const { topic, timestamp, key, value } = record
      const kinds = this.#golden.topics[topic]
      const headers = Headers.over(record.headers).toObject() as Record<string, string>
      delete headers['__streams.errors.stacktrace']
      const found = {
        step,
        topic,
        key: key?.toString() ?? null,
        value:
          value === null ? null : kinds?.value === 'long' ? Number(value.readBigInt64BE()) : value.toString(),
        timestamp,
      }
      return Object.keys(headers).length === 0 ? found : { ...found, headers }
    })
  }

  async #wholeTopic(topic: string): Promise<readonly ConsumerRecord[]> {
    const partitions = await partitionsOf(this.#admin, [topic])
    this.#reader.assign(partitions.map((each) => ({ ...each, offset: 0n })))
    return await readToEnds(this.#admin, this.#reader)
  }

  async #close(): Promise<void> {
    const topics = await this.#admin.listTopics()
    if (topics.length > 0) await this.#admin.deleteTopics(topics)
    await Promise.all([this.#reader.close(), this.#producer.close(), this.#admin.close()])
  }
}

function longBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
