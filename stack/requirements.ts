import { accessSync, constants, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

import { withCacheLock } from './cache.ts'
import { runCommand } from './run-command.ts'
import { StackError } from './stack-error.ts'

/** A program of the machine that a server needs, and the distribution's packages that bring it. */
export interface Requirement {
  readonly title: string
  /** Names of Debian packages, the first that the distribution offers is taken. */
  readonly packages: readonly string[]
  /** The path of the program, or undefined where the machine has none that will do. */
  find(): Promise<string | undefined>
}

/** The oldest Java that Kafka 4's broker runs on. */
const OLDEST_JAVA = 17

export const java: Requirement = {
  title: `a Java runtime, version ${OLDEST_JAVA} or newer`,
  packages: ['openjdk-17-jre-headless', 'openjdk-21-jre-headless', 'openjdk-25-jre-headless'],
  async find() {
    const home = process.env['JAVA_HOME']
    const candidates = [
      ...(home ? findExecutable('java', [join(home, 'bin')]) : []),
      ...findExecutable('java', pathFolders()),
      ...findExecutable('java', subfolders('/usr/lib/jvm', 'bin')),
    ]
    for (const candidate of candidates) {
      const version = parseJavaVersion(await runCommand(candidate, ['-version']).catch(() => ''))
      if (version !== undefined && version >= OLDEST_JAVA) return candidate
    }
    return undefined
  },
}

/** For tests that ask Java's own classes: `java` runs a source file where the compiler is beside it. */
export const jdk: Requirement = {
  title: `a JDK, version ${OLDEST_JAVA} or newer`,
  packages: ['openjdk-17-jdk-headless', 'openjdk-21-jdk-headless', 'openjdk-25-jdk-headless'],
  async find() {
    const runtime = await java.find()
    return runtime === undefined ? undefined : findExecutable('javac', [dirname(realpathSync(runtime))])[0]
  },
}

/** For tests that read what we wrote with Python's libraries. */
export const pythonWithPip: Requirement = {
  title: 'Python 3 with pip',
  packages: ['python3-pip'],
  async find() {
    for (const python of findExecutable('python3', pathFolders())) {
      const hasPip = await runCommand(python, ['-m', 'pip', '--version']).then(
        () => true,
        () => false,
      )
      if (hasPip) return python
    }
    return undefined
  },
}

/** For the test of the worker's image: makes a base image of the distribution's packages. */
export const debootstrap: Requirement = {
  title: 'debootstrap',
  packages: ['debootstrap'],
  find: () => Promise.resolve(findExecutable('debootstrap', pathFolders())[0]),
}

/** For the test of the worker's image: builds Dockerfiles without an engine. */
export const buildah: Requirement = {
  title: 'buildah',
  packages: ['buildah'],
  find: () => Promise.resolve(findExecutable('buildah', pathFolders())[0]),
}

export const maven: Requirement = {
  title: "Maven's client (mvn)",
  packages: ['maven'],
  find: () => Promise.resolve(findExecutable('mvn', pathFolders())[0]),
}

/** The feature release that `java -version` prints: 17 of "17.0.15", 8 of "1.8.0_392". */
export function parseJavaVersion(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

/** The paths of the program `name` in `folders`, in their order. */
export function findExecutable(name: string, folders: readonly string[]): string[] {
  return folders
    .map((folder) => join(folder, name))
    .filter((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

export function pathFolders(): string[] {
  const usual = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  return [...new Set([...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...usual])]
}

/** `<parent>/<each>/<below>`, the highest version number first. */
export function subfolders(parent: string, below: string): string[] {
  try {
    const names = readdirSync(parent).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    return names.map((name) => join(parent, name, below))
  } catch {
    return []
  }
}

/** @throws StackError when the program is not there */
export async function locate(requirement: Requirement): Promise<string> {
  const path = await requirement.find()
  if (path === undefined) throw missing([requirement], requirement.packages.slice(0, 1))
  return path
}

export interface InstallOptions {
  readonly cacheDir: string
  readonly report: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Installs what is missing of `requirements` when this process is root on a machine with apt.
 *
 * @throws StackError naming the packages to install otherwise
 */
export async function installMissing(
  requirements: readonly Requirement[],
  options: InstallOptions,
): Promise<void> {
  if ((await findMissing(requirements)).length === 0) return
  await withCacheLock(options.cacheDir, options, async () => {
    const absent = await findMissing(requirements)
    if (absent.length === 0) return
    if (process.getuid?.() !== 0 || findExecutable('apt-get', pathFolders()).length === 0) {
      throw missing(absent, [...new Set(absent.flatMap((requirement) => requirement.packages.slice(0, 1)))])
    }
    options.report(`installing ${absent.map((requirement) => requirement.title).join(', ')} with apt-get`)
    await runCommand('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', 'update'], { signal: options.signal })
    const packages = [...new Set(await Promise.all(absent.map(chooseAptPackage)))]
    options.report(`apt-get install ${packages.join(' ')}`)
    await runCommand('sh', ['-c', APT_INSTALL, 'sh', ...packages])
    const still = await findMissing(absent)
    if (still.length > 0) throw missing(still, packages)
  })
}

/**
 * A database's package starts its own server on the default port when installed. Debian's hook against that,
 * policy-rc.d, is put in place for the installation only, where the machine has none of its own.
 */
const APT_INSTALL = `
policy=/usr/sbin/policy-rc.d
trap 'exit 130' INT TERM HUP
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
`

async function findMissing(requirements: readonly Requirement[]): Promise<Requirement[]> {
  const found = await Promise.all(requirements.map((requirement) => requirement.find()))
  return [...new Set(requirements.filter((_, index) => found[index] === undefined))]
}

async function chooseAptPackage(requirement: Requirement): Promise<string> {
  for (const name of requirement.packages) {
    const offered = await runCommand('apt-cache', ['show', '--no-all-versions', name]).then(
      () => true,
      () => false,
    )
    if (offered) return name
  }
  throw missing([requirement], requirement.packages)
}

function missing(requirements: readonly Requirement[], packages: readonly string[]): StackError {
  const what = requirements.map((requirement) => requirement.title).join(', ')
  return new StackError(
    `this machine lacks ${what}. Install it and run the command again; on Debian or Ubuntu:\n` +
      `  sudo apt-get update && sudo apt-get install ${packages.join(' ')}\n` +
      'With another package manager install the packages of the same programs.',
  )
}
