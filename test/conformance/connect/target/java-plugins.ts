import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cached, type CacheOptions } from '../../../../stack/cache.ts'
import { mavenClassPath } from '../../../../stack/maven.ts'
import { java, jdk, locate } from '../../../../stack/requirements.ts'
import { runCommand } from '../../../../stack/run-command.ts'

const SOURCES = join(import.meta.dirname, '..', '..', '..', 'plugins', 'java')
const PACKAGE = 'spillway.conformance'

/** What the runtime finds plugins by without looking at every class. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  'org.apache.kafka.connect.sink.SinkConnector': ['MonitorableSink', 'MockSink', 'ErrantReporterSink'],
  'org.apache.kafka.connect.transforms.Transformation': ['FaultyPassthrough'],
}

/** Eclipse's compiler, for machines that have a Java runtime and no JDK. */
const ECJ = 'org.eclipse.jdt:ecj:3.39.0'

/**
 * Compiles the Java twins of the test plugins, once for each state of their sources.
 * @param classPath a folder of jars.
 * @returns a folder for `plugin.path`.
 */
export async function compileJavaPlugins(
  classPath: string,
  options: CacheOptions & { readonly cacheDir: string },
): Promise<string> {
  const sources = readdirSync(SOURCES)
    .filter((file) => file.endsWith('.java'))
    .map((file) => join(SOURCES, file))
  const hash = createHash('sha256').update(classPath)
  for (const source of sources) hash.update(readFileSync(source))
  // Before the cache is locked: this may be a download too.
  const [compiler, ...args] = await compilerCommand(options)
  const key = `java-test-plugins-${hash.digest('hex').slice(0, 12)}`
  return await cached(
    options.cacheDir,
    key,
    async (folder) => {
      const classes = join(folder, 'test-plugins')
      const services = join(classes, 'META-INF', 'services')
      mkdirSync(services, { recursive: true })
      const jars = readdirSync(classPath).map((jar) => join(classPath, jar))
      const compile = ['-cp', jars.join(delimiter), '-d', classes, ...sources]
      await runCommand(compiler, [...args, ...compile], { signal: options.signal })
      for (const [service, names] of Object.entries(SERVICES)) {
        writeFileSync(join(services, service), names.map((name) => `${PACKAGE}.${name}\n`).join(''))
      }
    },
    options,
  )
}

/** The JDK's compiler, or Eclipse's. */
async function compilerCommand(
  options: CacheOptions & { readonly cacheDir: string },
): Promise<[string, ...string[]]> {
  const javac = await jdk.find()
  if (javac !== undefined) return [javac, '--release', '17']
  const ecj = await mavenClassPath('ecj', [ECJ], options)
  return [
    await locate(java),
    '-cp',
    join(ecj, '*'),
    'org.eclipse.jdt.internal.compiler.batch.Main',
    '-17',
    '-nowarn',
  ]
}
