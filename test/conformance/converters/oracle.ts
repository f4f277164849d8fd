import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'

import { cached } from '../../../stack/cache.ts'
import { mavenClassPath } from '../../../stack/maven.ts'
import { java, locate, pythonWithPip } from '../../../stack/requirements.ts'
import { runCommand } from '../../../stack/run-command.ts'
import { settingsFromEnv } from '../../../stack/settings.ts'

/** Pinned: what these tests hold is what these versions do. */
const CONNECT_VERSION = '4.3.1'
const PYTHON_PACKAGES = ['fastavro==1.9.7', 'protobuf==5.29.5', 'grpcio-tools==1.71.0']

const report = (line: string): void => console.log(line)

/** Another implementation in a process of its own: a line of JSON asks, a line of JSON answers, in order. */
export class Oracle {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = []
  #errors = ''

  private constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#process = spawn(command, args, { env, stdio: 'pipe' })
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4000)
    })
    this.#process.on('error', (error) => this.#fail(error))
    this.#process.on('close', (code) => {
      this.#fail(new Error(`${command} ended with code ${String(code)}: ${this.#errors}`))
    })
    this.#process.stdin.on('error', () => undefined)
    // Not readline: it takes U+2028 for the end of a line too.
    let rest = ''
    this.#process.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#waiting.shift()?.resolve(JSON.parse(line))
    })
  }

  /** Kafka Connect's own JsonConverter and SimpleHeaderConverter. Needs a JDK (17 or newer) and Maven's client. */
  static async connect(): Promise<Oracle> {
    const coordinates = ['connect-json', 'connect-api'].map(
      (name) => `org.apache.kafka:${name}:${CONNECT_VERSION}`,
    )
    const { cacheDir } = settingsFromEnv()
    const classPath = await mavenClassPath('connect-oracle', coordinates, { cacheDir, report })
    const source = join(import.meta.dirname, 'java', 'ConnectOracle.java')
    // `java` compiles a single source itself, where the JDK's compiler is there; a mere runtime says that it is not.
    const args = ['-XX:TieredStopAtLevel=1', '-cp', join(classPath, '*'), source]
    return new Oracle(await locate(java), args, process.env)
  }

  /** fastavro and protoc's Python. Needs python3 with pip. */
  static async python(script: string): Promise<Oracle> {
    const { cacheDir } = settingsFromEnv()
    const key = `python-${PYTHON_PACKAGES.join('-').replaceAll(/[^\w.-]/g, '_')}`
    const folder = await cached(
      cacheDir,
      key,
      async (target) => {
        report(`installing ${PYTHON_PACKAGES.join(', ')} with pip`)
        const args = [
          '-m',
          'pip',
          'install',
          '--quiet',
          '--disable-pip-version-check',
          '--target',
          join(target, 'lib'),
        ]
        await runCommand(await locate(pythonWithPip), [...args, ...PYTHON_PACKAGES])
      },
      { report },
    )
    const env = { ...process.env, PYTHONPATH: join(folder, 'lib') }
    return new Oracle(await locate(pythonWithPip), [join(import.meta.dirname, 'python', script)], env)
  }

  ask<T>(question: object): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (answer: unknown) => void, reject })
      this.#process.stdin.write(`${JSON.stringify(question)}\n`)
    })
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#process.once('close', () => resolve()))
    this.#process.stdin.end()
    if (this.#process.exitCode === null) await ended
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
