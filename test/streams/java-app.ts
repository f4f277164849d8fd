import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { mavenClassPath } from '../../stack/maven.ts'
import { jdk, locate } from '../../stack/requirements.ts'
import { settingsFromEnv } from '../../stack/settings.ts'

const VERSION = '4.3.1'

/** An application of Kafka Streams itself, from its Java source, until the end of its scope. */
export class JavaApp implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#exited = once(child, 'exit')
  }

  /** @param source a file of the folder `java` */
  static async start(source: string, args: readonly string[]): Promise<JavaApp> {
    const javac = await locate(jdk)
    const { cacheDir } = settingsFromEnv(process.env)
    const jars = [`org.apache.kafka:kafka-streams:${VERSION}`, 'org.slf4j:slf4j-nop:1.7.36']
    const found = await mavenClassPath(`kafka-streams-${VERSION}`, jars, { cacheDir, report: () => {} })
    const options = ['-cp', join(found, '*'), join(import.meta.dirname, 'java', source)]
    const java = join(dirname(javac), 'java')
    return new JavaApp(spawn(java, [...options, ...args], { stdio: ['ignore', 'ignore', 'inherit'] }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#exited
  }
}
