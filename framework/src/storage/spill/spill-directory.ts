import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { ConnectError } from '../../errors/connect-errors.ts'
import { HOST, isRunning, startOf } from './process-owner.ts'
import { checkOwnSpillPlace } from './spill-place.ts'

/** `host.pid-start-thread-number.spill`: the name of a directory is its lock. */
const NAME = /^(?<host>.+)\.(?<pid>\d+)-(?<start>\d+)-(?<thread>\d+)-(?<number>\d+)\.spill$/
let opened = 0

/**
 * Makes a directory of its own below `root` and removes those of processes that have ended.
 *
 * A directory belongs to the process in its name as long as one of that pid and start time runs on this host; so it
 * is locked from the moment it exists, and no crash leaves a lock behind. Those of other hosts are left alone.
 *
 * @throws {ConnectError} naming `buffer.dir`.
 */
export function claimSpillDirectory(root: string): string {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 })
    checkOwnSpillPlace(root)
    sweepSpillDirectories(root)
    for (;;) {
      const name = `${HOST}.${process.pid}-${startOf(process.pid) ?? 0}-${threadId}-${opened++}.spill`
      const path = join(root, name)
      if (makeDirectory(path)) return path
    }
  } catch (cause) {
    throw new ConnectError(
      `Cannot use ${root} for the spill log: ${(cause as Error).message}. Set buffer.dir to a directory that can be ` +
        'written to.',
      { cause },
    )
  }
}

/** Removes what ended processes of this host have left below `root`. Returns the names of the directories. */
export function sweepSpillDirectories(root: string): string[] {
  return removeWhere(root, ({ pid, start }) => !isRunning(pid, start))
}

/** Removes what a thread of this process that has ended left below `root`. */
export function sweepSpillThread(root: string, endedThreadId: number): string[] {
  return removeWhere(root, ({ pid, thread }) => pid === process.pid && thread === endedThreadId)
}

interface Owner {
  readonly pid: number
  readonly start: number
  readonly thread: number
}

function removeWhere(root: string, isLeft: (owner: Owner) => boolean): string[] {
  return readdirSync(root).filter((name) => {
    const groups = NAME.exec(name)?.groups
    if (groups === undefined || groups['host'] !== HOST) return false
    const owner = {
      pid: Number(groups['pid']),
      start: Number(groups['start']),
      thread: Number(groups['thread']),
    }
    if (!isLeft(owner)) return false
    // Another worker may sweep at the same time: what is gone already is fine.
    rmSync(join(root, name), { recursive: true, force: true })
    return true
  })
}

function makeDirectory(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
