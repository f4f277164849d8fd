import { readdirSync, readFileSync } from 'node:fs'

import { identifyProcess, signalProcess } from './process-identity.ts'
import type { ProcessIdentity } from './process-identity.ts'

/**
 * The living processes that were started with the environment variable `name` set to `value`, other than this one:
 * also those that have left their parent's process group or outlived it. Linux only; elsewhere none are found.
 */
export function findProcessesByEnv(name: string, value: string): ProcessIdentity[] {
  if (process.platform !== 'linux') return []
  const entry = Buffer.from(`\0${name}=${value}\0`)
  return readdirSync('/proc')
    .filter((folder) => /^\d+$/.test(folder) && Number(folder) !== process.pid)
    .filter((folder) => environOf(folder).includes(entry))
    .map((folder) => identifyProcess(Number(folder)))
    .filter((identity) => identity !== undefined)
}

/**
 * Kills the processes that `findProcessesByEnv` finds.
 *
 * @returns the command line of each, for people
 */
export function killProcessesByEnv(name: string, value: string): string[] {
  const found = findProcessesByEnv(name, value).map((identity) => ({
    identity,
    command: commandLineOf(identity.pid),
  }))
  return found.filter(({ identity }) => signalProcess(identity, 'SIGKILL')).map(({ command }) => command)
}

function commandLineOf(pid: number): string {
  return readOrEmpty(`/proc/${pid}/cmdline`).toString('utf8').replaceAll('\0', ' ').trim()
}

function environOf(pid: string): Buffer {
  return Buffer.concat([Buffer.from('\0'), readOrEmpty(`/proc/${pid}/environ`), Buffer.from('\0')])
}

/** A process may end between two looks at it, and another user's is closed to us: neither is one of ours. */
function readOrEmpty(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    return Buffer.alloc(0)
  }
}
