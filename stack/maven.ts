import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { cached } from './cache.ts'
import type { CacheOptions } from './cache.ts'
import { locate, maven } from './requirements.ts'
import { runCommand } from './run-command.ts'

/** Pinned, so that every Maven resolves alike. 2.8 also copies an archive whose parent pom is not published. */
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8'

export interface MavenOptions extends CacheOptions {
  readonly cacheDir: string
}

/**
 * The class path folder of `coordinates` (`group:artifact:version`) and all they depend on at run time, downloaded
 * once by Maven's client with its user's own settings.
 *
 * @returns the folder that holds the jars
 */
export async function mavenClassPath(
  name: string,
  coordinates: readonly string[],
  options: MavenOptions,
): Promise<string> {
  const pom = renderPom(coordinates)
  const key = `${name}-${createHash('sha256').update(pom).digest('hex').slice(0, 12)}`
  const fill = async (folder: string): Promise<void> => {
    options.report(`downloading ${name} with Maven`)
    writeFileSync(join(folder, 'pom.xml'), pom)
    const goal = `${PLUGIN}:copy-dependencies`
    await runMaven(
      folder,
      [goal, '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'lib')}`],
      options,
    )
  }
  return join(await cached(options.cacheDir, key, fill, options), 'lib')
}

/**
 * The unpacked content of one archive (`group:artifact:version:tar.gz:classifier`), downloaded once.
 *
 * @returns the folder it was unpacked to
 */
export async function mavenArchive(name: string, coordinate: string, options: MavenOptions): Promise<string> {
  const key = `${name}-${createHash('sha256').update(coordinate).digest('hex').slice(0, 12)}`
  const fill = async (folder: string): Promise<void> => {
    options.report(`downloading ${name} with Maven`)
    const packed = join(folder, 'packed')
    await runMaven(
      folder,
      [`${PLUGIN}:copy`, `-Dartifact=${coordinate}`, `-DoutputDirectory=${packed}`],
      options,
    )
    const unpacked = join(folder, 'unpacked')
    mkdirSync(unpacked)
    for (const archive of readdirSync(packed)) {
      await runCommand('tar', ['-xzf', join(packed, archive), '-C', unpacked], { signal: options.signal })
    }
    rmSync(packed, { recursive: true })
  }
  return join(await cached(options.cacheDir, key, fill, options), 'unpacked')
}

/** A pom that depends on `coordinates`, and nothing else. */
export function renderPom(coordinates: readonly string[]): string {
  const dependencies = coordinates.map((coordinate) => {
    const [group, artifact, version] = coordinate.split(':')
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  return [
    '<project>',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>spillway.stack</groupId>',
    '  <artifactId>class-path</artifactId>',
    '  <version>1</version>',
    '  <packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n')
}

/** `-U`: Maven remembers a failed download for a day otherwise, and a moment without network would outlast its cause. */
async function runMaven(folder: string, args: readonly string[], options: MavenOptions): Promise<void> {
  const mvn = await locate(maven)
  await runCommand(mvn, ['-B', '-q', '-U', ...args], { cwd: folder, signal: options.signal })
}
