import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * A process id alone names a process only while it lives; afterwards the number is given to another. Together with the
 * instant the process began (and the boot it began in) it names one process for ever, so that a stale pid file never
 * leads to a signal for a stranger.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque; equal only for the same process. */
  readonly birth: string
}

/** The identity of the living process `pid`, or undefined when there is none (a zombie is none: it runs nothing). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const birth = process.platform === 'linux' ? birthFromProc(pid) : birthFromPs(pid)
  return birth === undefined ? undefined : { pid, birth }
}

/** Whether the very process that was identified still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.birth === identity.birth
}

/**
 * Sends `signal` to the identified process if it still runs.
 *
 * @returns whether it was there to receive it
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false
  try {
    process.kill(identity.pid, signal)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/**
 * Start time and state from one line of `/proc/<pid>/stat`. The command name (field 2) may itself hold spaces and
 * brackets, so fields are counted from its last closing bracket.
 */
export function parseProcStat(line: string): { state: string; startTicks: string } | undefined {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  const startTicks = fields[19]
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks }
}

function birthFromProc(pid: number): string | undefined {
  let line: string
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  const stat = parseProcStat(line)
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${stat.startTicks}`
}

function birthFromPs(pid: number): string | undefined {
  try {
    const out = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return out === '' || out.startsWith('Z') ? undefined : out.replace(/^\S+\s+/, '')
  } catch {
    return undefined
  }
}
