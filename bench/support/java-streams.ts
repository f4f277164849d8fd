import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Compiles the Java sides of the streams benchmarks into a folder: the class path, or null without Maven or a JDK. */
export function javaStreamsClassPath(target: string): string | null {
  const pom = join(import.meta.dirname, '..', 'streams-engine', 'pom.xml')
  const classPathFile = join(target, 'classpath')
  const goals = ['compile', 'dependency:build-classpath', `-Dmdep.outputFile=${classPathFile}`]
  const { status } = spawnSync('mvn', ['-q', '-B', '-f', pom, `-Dbench.target=${target}`, ...goals], {
    stdio: 'ignore',
  })
  if (status !== 0) return null
  return [join(target, 'classes'), readFileSync(classPathFile, 'utf8').trim()].join(delimiter)
}
