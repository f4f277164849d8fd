import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

import type { ProcessIdentity } from './process-identity.ts'

/** What the stack remembers about a server it started; enough to find, describe and stop it from another process. */
export interface PidRecord extends ProcessIdentity {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** The ports the server was started on, by port name: a later command may run with other environment variables. */
  readonly ports: Readonly<Record<string, number>>
}

/** The record in `file`, or undefined when the file is absent or not one of ours (a torn or foreign file names nobody). */
export function readPidFile(file: string): PidRecord | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return parsePidRecord(text)
}

/** Replaces `file` at once, so that a reader sees the old record or the new one, never half of one. */
export function writePidFile(file: string, record: PidRecord): void {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(record)}\n`)
  renameSync(draft, file)
}

export function removePidFile(file: string): void {
  rmSync(file, { force: true })
}

export function parsePidRecord(text: string): PidRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, birth, startedAt, ports } = value as Partial<PidRecord>
  // Signals to pid 0, 1 or a negative number reach a group, the system or everyone.
  if (!Number.isSafeInteger(pid) || (pid as number) <= 1) return undefined
  if (typeof birth !== 'string' || typeof startedAt !== 'number') return undefined
  if (typeof ports !== 'object' || ports === null) return undefined
  if (!Object.values(ports).every((port) => Number.isInteger(port))) return undefined
  return { pid: pid as number, birth, startedAt, ports }
}
