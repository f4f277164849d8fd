import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** This machine, as names of directories have it. */
export const HOST: string = hostname().replaceAll(/[^A-Za-z0-9_-]/g, '_')

/** Whether the process still runs. A pid that was given to another process since does not count, where that shows. */
export function isRunning(pid: number, start: number): boolean {
  const found = startOf(pid)
  if (found !== undefined) return found === start
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' && process.platform !== 'linux'
  }
}

/** When a process started, in clock ticks since boot; undefined where it does not run, or the system does not tell. */
export function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in brackets may hold spaces; the 20th field after it is the start time.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return undefined
  }
}
