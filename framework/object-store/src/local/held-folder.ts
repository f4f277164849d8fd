import { constants, existsSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { ConnectError } from '@spillway/api'
import { codeOf, OPEN_FILES } from './local-errors.ts'

/** Windows has none but the first; undefined is no bit. */
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants
const HAS_OPEN_FILES = process.platform === 'linux' && existsSync(OPEN_FILES)

/**
 * A directory of a local store, held open. It was reached from the root step by step, without following a link. On
 * Linux {@link at} leads into this very directory, whatever has its name now. Elsewhere it goes by the name.
 */
export class HeldFolder implements AsyncDisposable {
  /** Its name, for messages. */
  readonly name: string
  readonly #handle: FileHandle

  private constructor(name: string, handle: FileHandle) {
    this.name = name
    this.#handle = handle
  }

  /**
   * The directory at a path below a root.
   *
   * @param root an absolute path without links.
   * @param parts names of directories.
   * @param make whether those that are missing are made, to outlive a power cut.
   * @throws {ConnectError} where one of them is a link.
   */
  static async below(root: string, parts: readonly string[], make: boolean): Promise<HeldFolder> {
    let folder = new HeldFolder(root, await open(root, O_RDONLY | O_DIRECTORY))
    for (const part of parts) {
      await using parent = folder
      folder = await parent.child(part, make)
    }
    return folder
  }

  /** The path by which to come to what the directory holds. */
  at(name: string): string {
    return join(HAS_OPEN_FILES ? `${OPEN_FILES}/${this.#handle.fd}` : this.name, name)
  }

  /** The directory of that name in this one. */
  async child(name: string, make = false): Promise<HeldFolder> {
    const path = this.at(name)
    for (let isMade = false; ; isMade = true) {
      try {
        const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        return new HeldFolder(join(this.name, name), handle)
      } catch (error) {
        if (!make || isMade || codeOf(error) !== 'ENOENT') throw await this.#linkOr(error, name)
      }
      await this.#make(path)
    }
  }

  /** What lies at a name; not what it leads to. @throws {ConnectError} where it is a link. */
  async stat(name: string): Promise<Awaited<ReturnType<typeof statOf>>> {
    const found = await statOf(this.at(name))
    if (found.isSymbolicLink()) throw linkError(join(this.name, name))
    return found
  }

  /** Opens a file to read it. @throws {ConnectError} where it is a link. */
  async open(name: string): Promise<FileHandle> {
    try {
      // What is no file, such as a pipe that nobody writes to, is not waited for.
      return await open(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      throw await this.#linkOr(error, name)
    }
  }

  /** Names in it are durable only after this. */
  async sync(): Promise<void> {
    await this.#handle.sync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  async #make(path: string): Promise<void> {
    try {
      await mkdir(path)
      await this.sync()
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }

  async #linkOr(error: unknown, name: string): Promise<unknown> {
    if (!['ELOOP', 'ENOTDIR', 'EMLINK'].includes(codeOf(error))) return error
    const found = await statOf(this.at(name)).catch(() => undefined)
    return found?.isSymbolicLink() === true ? linkError(join(this.name, name)) : error
  }
}

function statOf(path: string) {
  return lstat(path, { bigint: true })
}

/** The failure where a link lies in the way. */
export function linkError(path: string): ConnectError {
  return new ConnectError(
    `${path} is a symbolic link, and below store.url none is followed: it may lead anywhere. Put a directory or file in ` +
      'its place, or name the place it leads to in store.url, which may be a link itself.',
  )
}
