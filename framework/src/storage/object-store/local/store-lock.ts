import { lstatSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { PreconditionFailedError } from '../object-store-errors.ts'
import { etagOf } from './object-notes.ts'

const BUSY_TIMEOUT_MS = 10_000

/**
 * Lets one process or thread at a time compare an object and swap it. The lock is SQLite's on an empty database: the
 * operating system lifts it from a process that is killed.
 */
export class StoreLock {
  readonly path: string
  #database: DatabaseSync | undefined

  constructor(path: string) {
    this.path = path
  }

  /**
   * Puts a file in the place of another one, if that is still the one meant.
   *
   * @throws {PreconditionFailedError} where it is not.
   */
  replace(from: string, to: string, etag: string): void {
    this.#database ??= new DatabaseSync(this.path, { timeout: BUSY_TIMEOUT_MS })
    const database = this.#database
    database.exec('BEGIN EXCLUSIVE')
    try {
      const found = lstatSync(to, { bigint: true, throwIfNoEntry: false })
      if (found === undefined || etagOf(found) !== etag) {
        throw new PreconditionFailedError(`${to} is not the one with the entity tag ${etag}`)
      }
      renameSync(from, to)
    } finally {
      database.exec('ROLLBACK')
    }
  }

  /** Idempotent. */
  close(): void {
    this.#database?.close()
    this.#database = undefined
  }
}
