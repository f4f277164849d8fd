import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mavenClassPath } from '../../../../stack/maven.ts'
import { java, locate } from '../../../../stack/requirements.ts'
import { settingsFromEnv } from '../../../../stack/settings.ts'
import { until } from '../../../support/until.ts'
import { clusterConfig, workerDefaults } from '../../../support/worker-process.ts'
import { compileJavaPlugins } from './java-plugins.ts'
import type { ConformanceWorker, Target } from './target.ts'

/** Pinned: what the suite holds is what this version does. */
const VERSION = '4.3.1'
const MODULES = [
  'connect-runtime',
  'connect-file',
  'connect-transforms',
  'connect-json',
  'connect-basic-auth-extension',
]
/** The version that Kafka's own class path is built for. */
const LOG4J_VERSION = '2.25.4'

const options = { cacheDir: settingsFromEnv().cacheDir, report: (line: string): void => console.log(line) }

/** Apache Kafka Connect, from its jars. Needs a Java runtime (17 or newer) and Maven's client. */
export const kafkaConnectTarget: Target = {
  name: 'kafka-connect',
  pluginClass: (plugin) => `spillway.conformance.${plugin}`,
  spawn: async ({ cluster, config, connectorFiles }) => {
    const classPath = await mavenClassPath(
      `kafka-connect-${VERSION}`,
      [
        ...MODULES.map((name) => `org.apache.kafka:${name}:${VERSION}`),
        `org.apache.logging.log4j:log4j-slf4j-impl:${LOG4J_VERSION}`,
      ],
      options,
    )
    const plugins = await compileJavaPlugins(classPath, options)
    const folder = mkdtempSync(join(tmpdir(), 'kafka-connect-'))
    const settings = {
      ...workerDefaults(),
      ...(cluster === undefined
        ? { 'offset.storage.file.filename': join(folder, 'offsets') }
        : clusterConfig(cluster)),
      'plugin.path': plugins,
      'plugin.discovery': 'service_load',
      ...config,
    }
    const properties = join(folder, 'worker.properties')
    writeFileSync(properties, renderProperties(settings))
    writeFileSync(join(folder, 'log4j2.xml'), LOG4J)
    const main = cluster === undefined ? 'ConnectStandalone' : 'ConnectDistributed'
    const args = [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Dlog4j2.configurationFile=${join(folder, 'log4j2.xml')}`,
      '-cp',
      join(classPath, '*'),
      `org.apache.kafka.connect.cli.${main}`,
      properties,
      ...(connectorFiles ?? []),
    ]
    return new KafkaConnectProcess(await locate(java), args, folder)
  },
}

class KafkaConnectProcess implements ConformanceWorker {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly exit: Promise<number | NodeJS.Signals>
  #url: string | undefined

  constructor(command: string, args: readonly string[], folder: string) {
    const log = openSync(join(folder, 'worker.log'), 'a')
    try {
      this.#child = spawn(command, args, { stdio: ['ignore', log, log] })
    } finally {
      closeSync(log)
    }
    this.#folder = folder
    this.exit = once(this.#child, 'exit').then(
      ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    )
  }

  get url(): string {
    if (this.#url === undefined) throw new Error('The worker is not ready yet')
    return this.#url
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  output(): string {
    return readFileSync(join(this.#folder, 'worker.log'), 'utf8')
  }

  async ready(): Promise<void> {
    await until('Kafka Connect listens', () => {
      if (!this.isRunning) throw new Error(`The worker ended:\n${this.output()}`)
      this.#url = /REST server listening at (http:\/\/[^/\s]+)\//.exec(this.output())?.[1]
      return this.#url !== undefined
    })
    // It listens some time before its resources are there.
    await until('its resources are there', async () => {
      if (!this.isRunning) throw new Error(`The worker ended:\n${this.output()}`)
      const reply = await fetch(`${this.url}/health`).catch(() => undefined)
      await reply?.text()
      return reply !== undefined && reply.status !== 404
    })
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async dispose(): Promise<void> {
    if (this.isRunning) this.kill('SIGKILL')
    await this.exit
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function renderProperties(settings: Readonly<Record<string, string>>): string {
  const escape = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${escape(value)}\n`)
    .join('')
}

const LOG4J = `<Configuration status="error">
  <Appenders>
    <Console name="console" target="SYSTEM_OUT">
      <PatternLayout pattern="%d{ISO8601} %p %m (%c{1})%n"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="console"/></Root>
    <Logger name="org.apache.kafka.connect.runtime.rest.RestServer" level="INFO"/>
    <Logger name="org.apache.kafka.connect.runtime.rest.RestServer.requests" level="WARN"/>
  </Loggers>
</Configuration>
`
