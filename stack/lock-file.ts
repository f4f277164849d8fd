import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { identifyProcess, isAlive } from './process-identity.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { StackError } from './stack-error.ts'

export interface LockOptions {
  /** Called once when somebody else holds the lock. */
  readonly onWait?: (holder: number) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs `work` while holding `file` as a lock between processes. A lock whose holder has died is taken over: the file
 * carries the holder's identity, not only its pid.
 */
export async function withLockFile<T>(
  file: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const self = identifyProcess(process.pid)
  if (self === undefined) throw new StackError('cannot read the identity of this process: is /proc mounted?')
  mkdirSync(dirname(file), { recursive: true })
  let waiting = false
  while (!tryLock(file, self)) {
    const holder = readHolder(file)
    if (holder !== undefined && !isAlive(holder)) {
      removeDeadLock(file)
      continue
    }
    if (!waiting && holder !== undefined) options.onWait?.(holder.pid)
    waiting = true
    options.signal?.throwIfAborted()
    await delay(100)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** A hard link appears with its whole content or not at all, so a reader never meets a lock without its holder. */
function tryLock(file: string, self: ProcessIdentity): boolean {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(self))
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Between our look and the removal another waiter may have taken the lock over: what turns out alive is put back. */
function removeDeadLock(file: string): void {
  const aside = `${file}.dead.${process.pid}`
  try {
    renameSync(file, aside)
    const holder = readHolder(aside)
    if (holder !== undefined && isAlive(holder)) linkSync(aside, file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}
