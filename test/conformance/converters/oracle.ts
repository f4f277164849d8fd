import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'

import { mavenClassPath } from '../../../stack/maven.ts'
import { pythonPackages } from '../../../stack/python-packages.ts'
import { java, locate, pythonWithPip } from '../../../stack/requirements.ts'
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

  /**
   * A script over Python's libraries, by default fastavro and protoc's. Needs python3 with pip.
   *
   * @param script in the folder `python`, or an absolute path; it may import the scripts of that folder.
   */
  static async python(script: string, packages: readonly string[] = PYTHON_PACKAGES): Promise<Oracle> {
    const { cacheDir } = settingsFromEnv()
    const libraries = await pythonPackages('python-readers', packages, { cacheDir, report })
    const scripts = join(import.meta.dirname, 'python')
    const env = { ...process.env, PYTHONPATH: [libraries, scripts].join(delimiter) }
    return new Oracle(await locate(pythonWithPip), [resolve(scripts, script)], env)
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
