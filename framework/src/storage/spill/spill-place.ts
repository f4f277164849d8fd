import { randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, rmSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { ConnectError } from '../../errors/connect-errors.ts'
import { HOST, isRunning, startOf } from './process-owner.ts'

/** `spillway-user-host.pid-start-random`. */
const NAME = /^spillway-(?<user>[^-]*)-(?<host>.+)\.(?<pid>\d+)-(?<start>\d+)-[0-9a-f]{32}$/
/** Windows has no numbers of users, and a temporary folder for each. */
const USER = process.getuid?.()
const OTHERS = 0o077

/**
 * The place for spilled files of a worker whose configuration names none, in the temporary folder of the system that all
 * users share: the first task makes it. Its name cannot be guessed, so nobody is there first, and two workers of one
 * user have two.
 */
export function ownSpillPlace(folder: string = tmpdir()): string {
  const random = randomBytes(16).toString('hex')
  return join(folder, `spillway-${USER ?? ''}-${HOST}.${process.pid}-${startOf(process.pid) ?? 0}-${random}`)
}

/**
 * Checks a place of {@link ownSpillPlace} before it is written to. Its name can be seen once it is made, and whatever
 * tidies the temporary folder may have removed it since.
 *
 * @throws {ConnectError} where it is not this user's alone.
 */
export function checkOwnSpillPlace(path: string): void {
  if (!NAME.test(basename(path))) return
  const found = lstatSync(path)
  if (isOwn(found) && (USER === undefined || (found.mode & OTHERS) === 0)) return
  throw new ConnectError('it is not a directory of this user alone')
}

/** Removes the places of this user whose workers have ended without doing so. Returns their names. */
export function sweepSpillPlaces(folder: string = tmpdir()): string[] {
  return namesIn(folder).filter((name) => {
    const groups = NAME.exec(name)?.groups
    if (groups === undefined || groups['host'] !== HOST || groups['user'] !== String(USER ?? '')) return false
    if (isRunning(Number(groups['pid']), Number(groups['start']))) return false
    const path = join(folder, name)
    try {
      if (!isOwn(lstatSync(path))) return false
      rmSync(path, { recursive: true, force: true })
      return true
    } catch {
      // Another worker may sweep at the same time, and what cannot be removed is in nobody's way.
      return false
    }
  })
}

/** Removes a place of {@link ownSpillPlace}; any other directory is left alone. Idempotent. */
export function removeOwnSpillPlace(path: string): void {
  if (NAME.test(basename(path))) rmSync(path, { recursive: true, force: true })
}

function isOwn(found: Stats): boolean {
  return found.isDirectory() && (USER === undefined || found.uid === USER)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
