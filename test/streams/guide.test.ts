/** Runs docs/guides/streams-on-kafka.md from its first line to its last. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { converterNamed, INT64, SchemaBuilder, Struct } from '@spillway/framework'
import { pickFreePorts } from '../../stack/ports.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { closing } from '../support/closing.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { type Ended, root, RunningCommand, spillway, startSpillway } from './command.ts'
import { newest, readUntil } from './kafka-app.ts'

interface Block {
  readonly language: string
  /** `background`, `file=name`. */
  readonly what: string
  readonly text: string
}

const { kafka: broker, registry } = endpointsFromEnv()

/** The fenced blocks of a page, with names of the stack and of this run in the place of its own. */
function blocksOf(page: string, prefix: string, ports: readonly [string, string]): Block[] {
  const text = readFileSync(page, 'utf8')
    .replaceAll('guide-', `${prefix}-`)
    .replaceAll('localhost:9092', broker.bootstrapServers)
    .replaceAll('http://localhost:8081', registry.url)
    .replaceAll('7001', ports[0])
    .replaceAll('7002', ports[1])
  const fences = text.matchAll(/^( *)```(\w+) ?(\S*)\n(.*?)^\1```$/gms)
  return [...fences].map(([, indent = '', language = '', what = '', body = '']) => ({
    language,
    what,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }))
}

/** Does what a reader of the page does. */
class Reader implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'spillway-guide-'))
  readonly running = new Map<string, RunningCommand>()

  constructor() {
    mkdirSync(join(this.folder, 'node_modules'))
    symlinkSync(join(root, 'node_modules', '@spillway'), join(this.folder, 'node_modules', '@spillway'))
  }

  /** Runs the lines of a block, and gives what the last one printed. */
  async do({ language, what, text }: Block): Promise<string> {
    // Members hear of a rebalance with their next heartbeat: a test need not wait for that.
    const quick = language === 'properties' ? 'heartbeat.interval.ms=300\nsession.timeout.ms=6000\n' : ''
    if (what.startsWith('file='))
      writeFileSync(join(this.folder, what.slice('file='.length)), `${text}${quick}`)
    if (language !== 'sh') return ''
    let printed = ''
    for (const line of text.split('\n').filter((each) => each !== ''))
      printed = what === 'background' ? this.#begin(line) : await this.#run(line)
    return printed
  }

  async stop(line: string): Promise<Ended> {
    const command = this.running.get(line)
    assert.ok(command, `${line} runs`)
    this.running.delete(line)
    return await command.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.running.values()) await command[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #begin(line: string): string {
    const [program = '', ...args] = line.split(' ')
    const command =
      program === 'spillway'
        ? startSpillway(this.folder, ...args)
        : new RunningCommand(process.execPath, args, this.folder)
    this.running.set(line, command)
    return ''
  }

  async #run(line: string): Promise<string> {
    const option = (name: string): string => new RegExp(`--${name} (\\S+)`).exec(line)?.[1] ?? ''
    if (line.startsWith('kafka-topics.sh ')) {
      await createTopic(option('topic'), Number(option('partitions')))
    } else if (line.includes('| kafka-console-producer.sh ')) {
      const said = /^echo '(.*?)'/.exec(line)?.[1] ?? ''
      await produce([{ topic: option('topic'), key: null, value: Buffer.from(said) }])
    } else if (line.startsWith('kafka-console-consumer.sh ')) {
      await readUntil(option('topic'), (found) => newest(found).get('sea') === '2')
    } else if (line.startsWith('curl ')) {
      const url = line.split(' ')[1] ?? ''
      let text: string | undefined
      await until(`${url} answers`, async () => {
        text = await bodyOf(url)
        return text !== undefined && !/^sea [01] /.test(text)
      })
      return text ?? ''
    } else if (line.startsWith('spillway ')) {
      const ended = await spillway(this.folder, ...line.split(' ').slice(1))
      assert.equal(ended.code, 0, `${line}\n${ended.out}${ended.err}`)
      return ended.out
    } else {
      assert.fail(`no test runs ${line}`)
    }
    return ''
  }
}

/** What a server answers with 200; undefined for anything else. */
async function bodyOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url)
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}

suite('the guide', () => {
  test('streams on Kafka: from an empty folder to a new version that takes over', async () => {
    const prefix = uniqueName('guide')
    const free = await pickFreePorts(['here', 'there'].map((name) => ({ name, env: '', fallback: 0 })))
    const ports = [String(free['here']), String(free['there'])] as const
    const blocks = blocksOf(join(root, 'docs', 'guides', 'streams-on-kafka.md'), prefix, ports)
    await using reader = new Reader()
    let next = 0
    /** All blocks up to the one that has the text, with what it printed. */
    const upTo = async (text: string): Promise<string> => {
      for (;;) {
        const block = blocks[next++]
        assert.ok(block, `the page has ${text}`)
        const printed = await reader.do(block)
        if (block.text.includes(text)) return printed
      }
    }
    const run = 'spillway streams run word-count.ts --config streams.properties'

    assert.match(await upTo('--format mermaid'), /^flowchart TB\n/)
    await upTo(run)
    await until('the application runs', () =>
      /"msg":"REBALANCING -> RUNNING"/.test(reader.running.get(run)?.out ?? ''),
    )
    await upTo('kafka-console-consumer.sh')
    const status = await upTo('streams status word-count.ts')
    assert.match(status, /: Stable, 1 members\nMEMBER +TASK +LAG +PARTITIONS\n/)
    assert.match(status, / 0_3 .* 1_0 /s)

    await upTo('node program.ts')
    await until('the program shares the tasks', async () => {
      const { out } = await spillway(
        reader.folder,
        'streams',
        'status',
        'word-count.ts',
        '--config',
        'streams.properties',
      )
      return /2 members/.test(out) && !/ - /.test(out)
    })
    const program = await reader.stop('node program.ts')
    assert.equal(program.code, 0, program.err)
    assert.match(program.out, /state RUNNING\n(?:.*\n)*state NOT_RUNNING\n$/)

    await upTo('node ask.ts')
    const asking = [...reader.running.keys()].filter((line) => line.startsWith('node ask.ts'))
    assert.equal(asking.length, 2)
    await until('each of the two has its half of the tasks', async () => {
      const found = await Promise.all(ports.map((port) => bodyOf(`http://localhost:${port}/everywhere/sea`)))
      return found.every((text) => text?.split('\n').length === 2)
    })
    assert.match(await upTo('curl '), /^\d: (\d+|null)\n\d: (\d+|null)$/)
    const answers = await Promise.all(ports.map((port) => bodyOf(`http://localhost:${port}/asked/sea`)))
    assert.match(answers[0] ?? '', /^sea 2 of localhost:\d+$/)
    assert.equal(answers[0], answers[1])
    for (const line of asking) assert.equal((await reader.stop(line)).code, 0)

    const orders = 'spillway streams run orders.ts --config orders.properties'
    await upTo(orders)
    await produceOrders(`${prefix}-orders`)
    const totals = await readUntil(`${prefix}-totals`, (found) => found.length >= 2)
    assert.equal(await amountOf(totals.at(-1)?.value ?? null), 12n)
    assert.equal((await reader.stop(orders)).code, 0)

    const first = await reader.stop(run)
    assert.equal(first.code, 0, first.out)
    assert.match(first.out, /"msg":"Stopping on SIGTERM"(?:.*\n)*.*"msg":"Stopped"\}\n$/)
    assert.match(await upTo('--dry-run'), /Local state that is deleted:\n {2}.*Done\./s)
    await gone(prefix, 'word-count')

    // Begun again, it counts the same lines once more.
    const before = (await readUntil(`${prefix}-counts`, (found) => newest(found).get('sea') === '2')).length
    await reader.do({ language: 'sh', what: 'background', text: run })
    await readUntil(`${prefix}-counts`, (found) => newest(found.slice(before)).get('sea') === '2')
    const second = 'spillway streams run word-count-2.ts --config streams-2.properties'
    await upTo(second)
    await until('version 2 has caught up', async () => {
      const args = ['streams', 'status', 'word-count-2.ts', '--config', 'streams-2.properties', '--json']
      const { code, out } = await spillway(reader.folder, ...args)
      if (code !== 0) return false
      const { members } = JSON.parse(out) as { members: { tasks: { lag: string }[] }[] }
      const tasks = members.flatMap((member) => member.tasks)
      return tasks.length === 8 && tasks.every(({ lag }) => lag === '0')
    })
    await upTo('status word-count-2.ts')
    const counts = newest(await readUntil(`${prefix}-counts-2`, (found) => newest(found).size === 5))
    assert.deepEqual(Object.fromEntries([...counts].sort()), {
      and: '1',
      deep: '1',
      sea: '2',
      the: '2',
      wide: '1',
    })
    await reader.stop(run)
    await upTo('reset --config streams.properties --yes')
    await gone(prefix, 'word-count')
    assert.equal((await internalTopics(prefix, 'word-count-2')).length, 2)
    assert.equal((await reader.stop(second)).code, 0)
    for (const block of blocks.slice(next)) await reader.do(block)
  })
})

const orderSchema = SchemaBuilder.struct().name('shop.Order').field('amount', INT64).build()

async function produceOrders(topic: string): Promise<void> {
  const converter = converterNamed('AvroConverter').create()
  await converter.configure({ 'schema.registry.url': registry.url }, false)
  for (const amount of [5n, 7n]) {
    const value = await converter.fromConnectData(
      topic,
      orderSchema,
      new Struct(orderSchema).put('amount', amount),
    )
    await produce([{ topic, key: Buffer.from('a'), value }])
  }
  await converter.close?.()
}

async function amountOf(value: Buffer | null): Promise<unknown> {
  const converter = converterNamed('AvroConverter').create()
  await converter.configure({ 'schema.registry.url': registry.url }, false)
  const { value: total } = await converter.toConnectData('t', value, [])
  await converter.close?.()
  return (total as Struct).get('amount')
}

/** A broker tells of deleted topics for a moment longer. */
async function gone(prefix: string, application: string): Promise<void> {
  await until(
    `internal topics of ${application} are deleted`,
    async () => (await internalTopics(prefix, application)).length === 0,
  )
}

async function internalTopics(prefix: string, application: string): Promise<string[]> {
  await using admin = closing(kafka().admin())
  const names = await admin.listTopics()
  return names.filter((name) => new RegExp(`^${prefix}-${application}-[a-z]`).test(name))
}
