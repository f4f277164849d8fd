import { join } from 'node:path'

import { mavenClassPath } from '../../../stack/maven.ts'
import { settingsFromEnv } from '../../../stack/settings.ts'

const VERSION = '4.3.1'

/** Class path of Kafka and its tools: the stack's, downloaded once. */
export async function kafkaClassPath(): Promise<string> {
  const { cacheDir } = settingsFromEnv(process.env)
  const jars = [
    `org.apache.kafka:kafka_2.13:${VERSION}`,
    `org.apache.kafka:kafka-tools:${VERSION}`,
    'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4',
  ]
  return join(await mavenClassPath(`kafka-${VERSION}`, jars, { cacheDir, report: () => {} }), '*')
}
