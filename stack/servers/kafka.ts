import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { mavenClassPath } from '../maven.ts'
import { LOOPBACK } from '../ports.ts'
import { java, locate, maven } from '../requirements.ts'
import { runCommand } from '../run-command.ts'
import { tcpExchange } from '../tcp-exchange.ts'
import { portOf } from './server.ts'
import type { Server, ServerContext } from './server.ts'

const VERSION = '4.3.1'
/** The binding that joins Kafka's logging calls to Log4j; of the release Kafka 4.3.1 itself depends on. */
const LOG4J_VERSION = '2.25.4'

const BROKER = 'kafka'
const CONTROLLER = 'kafka-controller'

export interface KafkaEndpoint {
  readonly bootstrapServers: string
}

/** Apache Kafka in KRaft mode: one node that is broker and controller. */
export const kafka: Server<KafkaEndpoint> = {
  title: `Apache Kafka ${VERSION}`,
  ports: [
    { name: BROKER, env: 'SPILLWAY_KAFKA_PORT', fallback: 29092 },
    { name: CONTROLLER, env: 'SPILLWAY_KAFKA_CONTROLLER_PORT', fallback: { after: BROKER } },
  ],
  requirements: [java, maven],
  endpoint: (ports) => ({ bootstrapServers: `${LOOPBACK}:${portOf(ports, BROKER)}` }),
  address: (ports) => `${LOOPBACK}:${portOf(ports, BROKER)}`,
  download,

  async prepare(context) {
    const classPath = join(await download(context), '*')
    const jvm = await locate(java)
    const properties = join(context.dir, 'server.properties')
    const log4j = join(context.dir, 'log4j2.xml')
    const data = join(context.dir, 'data')
    writeFileSync(properties, renderProperties(context, data))
    writeFileSync(log4j, LOG4J)
    const logging = `-Dlog4j2.configurationFile=${log4j}`
    if (!existsSync(join(data, 'meta.properties'))) {
      mkdirSync(data, { recursive: true })
      const format = ['format', '--cluster-id', CLUSTER_ID, '--config', properties, '--ignore-formatted']
      const args = [
        '-cp',
        classPath,
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        logging,
        'kafka.tools.StorageTool',
      ]
      await runCommand(jvm, [...args, ...format], { signal: context.signal })
    }
    return {
      command: jvm,
      args: ['-cp', classPath, '-Xms256m', '-Xmx512m', '-XX:+UseG1GC', logging, 'kafka.Kafka', properties],
    }
  },

  /** Answers a Metadata request with a broker in it: the listener is open and the controller has let the broker in. */
  async isReady(ports) {
    const reply = await tcpExchange(portOf(ports, BROKER), METADATA_REQUEST, isWholeReply)
    return reply !== undefined && reply.readInt32BE(8) > 0
  },
}

function download(context: ServerContext): Promise<string> {
  const coordinates = [
    `org.apache.kafka:kafka_2.13:${VERSION}`,
    `org.apache.kafka:kafka-tools:${VERSION}`,
    `org.apache.logging.log4j:log4j-slf4j-impl:${LOG4J_VERSION}`,
  ]
  return mavenClassPath(`kafka-${VERSION}`, coordinates, context)
}

/** Every local stack may have the same one: it only has to stay what the data folder was formatted with. */
const CLUSTER_ID = 'spillway-local-stack-0'

function renderProperties({ ports }: ServerContext, data: string): string {
  const broker = `${LOOPBACK}:${portOf(ports, BROKER)}`
  const controller = `${LOOPBACK}:${portOf(ports, CONTROLLER)}`
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
listeners=PLAINTEXT://${broker},CONTROLLER://${controller}
advertised.listeners=PLAINTEXT://${broker}
log.dirs=${data}

# Topics are made on purpose, with the partitions their author wants.
auto.create.topics.enable=false
# Records keep their own timestamps, which may be years old: nothing is deleted for its age.
log.retention.ms=-1

# One node holds every replica there can be; few partitions make the first consumer and transaction quick.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2

# A group starts with its first member, and tests may ask for short sessions.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# A killed broker is let in again only when the session of its former life has ended.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500

# A quarter of the heap would go to the log cleaner by default.
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
`
}

const LOG4J = `<Configuration status="error">
  <Appenders>
    <Console name="console" target="SYSTEM_OUT">
      <PatternLayout pattern="%d{ISO8601} %p %m (%c{1})%n"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="console"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"/>
  </Loggers>
</Configuration>
`

/** Metadata, version 0, correlation id 1, no client id, no topics asked for: every topic and broker is told. */
const METADATA_REQUEST = Buffer.from('0000000e 0003 0000 00000001 ffff 00000000'.replaceAll(' ', ''), 'hex')

/** Size, correlation id, then the number of brokers. */
function isWholeReply(reply: Buffer): boolean {
  return reply.length >= 12 && reply.length >= 4 + reply.readInt32BE(0)
}
