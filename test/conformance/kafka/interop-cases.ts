import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type Case, type Harness, numbered, pollUntil, until, valuesOf } from '@spillway/kafka/testing'

import { java, locate } from '../../../stack/requirements.ts'
import { kafkaClassPath } from './kafka-tools.ts'

/** A consumer of Kafka's own tools in the group; its lines are the values it reads. */
async function javaConsumer(
  kafka: Harness,
  topic: string,
  groupId: string,
  assignor: string,
): Promise<{ readonly lines: string[]; stop(): Promise<void> }> {
  const properties = {
    'partition.assignment.strategy': `org.apache.kafka.clients.consumer.${assignor}`,
    'session.timeout.ms': '10000',
    'heartbeat.interval.ms': '200',
    'auto.offset.reset': 'earliest',
    'auto.commit.interval.ms': '100',
  }
  const args = [
    '-cp',
    await kafkaClassPath(),
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    'org.apache.kafka.tools.consumer.ConsoleConsumer',
  ]
  args.push('--bootstrap-server', kafka.bootstrapServers, '--topic', topic, '--group', groupId)
  for (const [key, value] of Object.entries(properties)) args.push('--command-property', `${key}=${value}`)
  const process_: ChildProcess = spawn(await locate(java), args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const lines: string[] = []
  let rest = ''
  process_.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  const stop = async (): Promise<void> => {
    if (process_.exitCode !== null || process_.signalCode !== null) return
    process_.kill('SIGTERM')
    await once(process_, 'exit')
  }
  kafka.later(stop)
  return { lines, stop }
}

/** One group of both: Java joins second, then leads alone, then ours joins Java's. */
async function shareWithJava(kafka: Harness, ours: string, javas: string): Promise<void> {
  const topic = await kafka.topic(4)
  const groupId = kafka.name('group')
  const options = { groupId, partitionAssignmentStrategy: [ours] }
  const first = kafka.member(topic, options)
  await pollUntil([first], () => first.consumer.assignment().length === 4, 'all partitions')
  const java = await javaConsumer(kafka, topic, groupId, javas)
  // We lead: Java must understand what we assign.
  await pollUntil([first], () => first.consumer.assignment().length === 2, 'half of the partitions')
  const producer = kafka.producer()
  const send = (prefix: string): Promise<unknown> =>
    producer.send(
      numbered(prefix, 40).map((value, i) => ({ topic, partition: i % 4, value: Buffer.from(value) })),
    )
  await send('a')
  await pollUntil(
    [first],
    () => first.records.length === 20 && java.lines.length === 20,
    'half of the records each',
  )
  assert.deepEqual([...valuesOf(first.records), ...java.lines].sort(), numbered('a', 40).sort())
  await first.consumer.commit(
    new Map(first.consumer.assignment().map((partition) => [partition, { offset: 10n }] as const)),
  )
  await first.consumer.close()
  await until(async () => (await kafka.admin.describeGroup(groupId)).state === 'Stable', 'Java alone')
  await send('b')
  await until(() => java.lines.length === 60, 'all records at Java')
  // Java leads: we must understand what it assigns.
  const second = kafka.member(topic, options)
  await pollUntil([second], () => second.consumer.assignment().length === 2, 'half of the partitions again')
  await until(async () => {
    second.records.push(...(await second.consumer.poll(50)))
    return (await kafka.admin.describeGroup(groupId)).state === 'Stable'
  }, 'a stable group')
  const seen = [second.records.length, java.lines.length] as const
  await send('c')
  await pollUntil(
    [second],
    () => second.records.length - seen[0] === 20 && java.lines.length - seen[1] === 20,
    'half of the records each again',
  )
  await java.stop()
}

/** Groups in which Kafka's own consumer is a member. */
export const interopCases: readonly Case[] = [
  {
    name: 'shares a group with a Java consumer: range',
    run: (kafka) => shareWithJava(kafka, 'range', 'RangeAssignor'),
  },
  {
    name: 'shares a group with a Java consumer: cooperative-sticky',
    run: (kafka) => shareWithJava(kafka, 'cooperative-sticky', 'CooperativeStickyAssignor'),
  },
  {
    name: 'shares a group with a Java consumer: sticky',
    run: (kafka) => shareWithJava(kafka, 'sticky', 'StickyAssignor'),
  },
]
