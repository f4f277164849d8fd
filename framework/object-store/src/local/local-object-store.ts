import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, lstat, mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type MultipartUpload,
  NoSuchUploadError,
  type ObjectHead,
  type ObjectStore,
  type ObjectSummary,
  PreconditionFailedError,
  type PutOptions,
  type StoredObject,
  type UploadedPart,
  type WriteCondition,
} from '@spillway/api'
import { HeldFolder, linkError } from './held-folder.ts'
import { keyOfPath, pathOfKey } from './key-path.ts'
import { codeOf, localError } from './local-errors.ts'
import { OWN_DIRECTORY, sweepTemporary, temporaryName, writeDurably } from './local-files.ts'
import { etagOf, ObjectNotes } from './object-notes.ts'
import { StoreLock } from './store-lock.ts'

interface UploadNotes {
  readonly key: string
  readonly options: Omit<PutOptions, 'condition'>
}

/**
 * A directory as a store of objects, for machines without S3. An object is there with all its bytes, synced to the disk,
 * or not at all, whenever the process or the machine ends: it is written beside, and then renamed or linked.
 *
 * The root may be a link. Below it no link is followed in writing, reading, listing or deleting: anybody who may write
 * there could lead the worker to any path.
 */
export class LocalObjectStore implements ObjectStore {
  readonly address: string
  readonly minPartBytes = 1
  readonly #root: string
  /** Without links, once it was looked at. */
  #realRoot: string | undefined
  readonly #temporary: string
  readonly #uploads: string
  readonly #notes: ObjectNotes
  readonly #lock: StoreLock

  /** @param root an absolute path; it is made where it is missing. */
  constructor(root: string) {
    this.#root = root
    this.address = `file://${root}`
    const own = join(root, OWN_DIRECTORY)
    this.#temporary = join(own, 'temporary')
    this.#uploads = join(own, 'uploads')
    this.#notes = new ObjectNotes(join(own, 'notes'))
    this.#lock = new StoreLock(join(own, 'lock.sqlite'))
  }

  /** Whether the directory can be used; clears away what processes that are no more were writing. @throws {ConnectError} */
  async checkAccess(): Promise<void> {
    await this.#trying(`using ${this.address} (store.url)`, async () => {
      await this.#prepare()
      await sweepTemporary(this.#temporary)
      const probe = join(this.#temporary, temporaryName())
      await writeDurably(probe, [])
      await rm(probe)
    })
  }

  async put(key: string, body: Uint8Array, options: PutOptions, signal?: AbortSignal): Promise<StoredObject> {
    signal?.throwIfAborted()
    return this.#trying(`putting ${this.address}/${key}`, () =>
      this.#write(key, [body], options, options.condition),
    )
  }

  async createMultipart(key: string, options: Omit<PutOptions, 'condition'>): Promise<MultipartUpload> {
    const uploadId = randomUUID()
    return this.#trying(`beginning the upload of ${this.address}/${key}`, async () => {
      await this.#prepare()
      const folder = this.#folderOf(uploadId)
      await mkdir(folder, { recursive: true })
      const notes: UploadNotes = { key, options }
      await writeDurably(join(folder, 'notes.json'), [Buffer.from(JSON.stringify(notes))])
      return { key, uploadId }
    })
  }

  async uploadPart(
    upload: MultipartUpload,
    partNumber: number,
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<UploadedPart> {
    signal?.throwIfAborted()
    return this.#trying(`uploading part ${partNumber} of ${this.address}/${upload.key}`, async () => {
      const folder = this.#folderOf(upload.uploadId)
      const part = join(folder, `part-${partNumber}-${randomUUID()}`)
      await unlessMissing(writeDurably(part, [body]), upload)
      const name = `part-${partNumber}`
      await unlessMissing(rename(part, join(folder, name)), upload)
      return { partNumber, etag: name }
    })
  }

  async completeMultipart(
    upload: MultipartUpload,
    parts: readonly UploadedPart[],
    condition?: WriteCondition,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    signal?.throwIfAborted()
    return this.#trying(`completing the upload of ${this.address}/${upload.key}`, async () => {
      const folder = this.#folderOf(upload.uploadId)
      const notes = JSON.parse(
        await unlessMissing(readFile(join(folder, 'notes.json'), 'utf8'), upload),
      ) as UploadNotes
      const stored = await this.#write(upload.key, bytesOf(folder, parts), notes.options, condition)
      await rm(folder, { recursive: true, force: true })
      return stored
    })
  }

  async abortMultipart(upload: MultipartUpload): Promise<void> {
    await this.#trying(`aborting the upload of ${this.address}/${upload.key}`, () =>
      rm(this.#folderOf(upload.uploadId), { recursive: true, force: true }),
    )
  }

  async *listMultiparts(prefix: string): AsyncIterable<MultipartUpload> {
    for (const uploadId of await entriesOf(this.#uploads)) {
      const notes = await orNull(readFile(join(this.#folderOf(uploadId), 'notes.json'), 'utf8'))
      if (notes === null) continue
      const { key } = JSON.parse(notes) as UploadNotes
      if (key.startsWith(prefix)) yield { key, uploadId }
    }
  }

  async head(key: string): Promise<ObjectHead | null> {
    return this.#trying(`asking for ${this.address}/${key}`, () =>
      orNull(
        this.#inFolderOf(key, async (folder, name) => {
          const found = await folder.stat(name)
          return found.isFile() ? this.#notes.headOf(found) : null
        }),
      ),
    )
  }

  async get(key: string): Promise<(ObjectHead & { readonly body: Buffer }) | null> {
    return this.#trying(`reading ${this.address}/${key}`, () =>
      orNull(
        this.#inFolderOf(key, async (folder, name) => {
          await using file = await folder.open(name)
          // Of the open file: the name may be another's a moment later.
          const found = await file.stat({ bigint: true })
          if (!found.isFile()) return null
          return { ...(await this.#notes.headOf(found)), body: await file.readFile() }
        }),
      ),
    )
  }

  async *list(prefix: string): AsyncIterable<ObjectSummary> {
    const slash = prefix.lastIndexOf('/')
    const path = slash < 0 ? '' : pathOfKey(prefix.slice(0, slash))
    const doing = `listing ${this.address}/${prefix}`
    const start = await this.#trying(doing, () => orNull(this.#hold(path === '' ? [] : path.split('/'))))
    if (start === null) return
    await using folder = start
    yield* this.#listIn(folder, path, prefix)
  }

  async delete(key: string): Promise<void> {
    await this.#trying(`deleting ${this.address}/${key}`, () =>
      orNull(
        this.#inFolderOf(key, async (folder, name) => {
          const found = await folder.stat(name)
          await rm(folder.at(name), { force: true })
          await this.#notes.forget(found)
        }),
      ),
    )
  }

  close(): void {
    this.#lock.close()
  }

  /** Files below a directory in the order of their keys: a directory sorts as its name with a slash. */
  async *#listIn(folder: HeldFolder, path: string, prefix: string): AsyncGenerator<ObjectSummary> {
    const doing = `listing ${this.address}/${path}`
    const entries = await this.#trying(doing, () => readdir(folder.at('.'), { withFileTypes: true }))
    const named = entries
      .filter((entry) => path !== '' || entry.name !== OWN_DIRECTORY)
      .map((entry) => {
        const below = path === '' ? entry.name : `${path}/${entry.name}`
        return { entry, path: below, key: keyOfPath(below) + (entry.isDirectory() ? '/' : '') }
      })
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    for (const { entry, path: below, key } of named) {
      const isAbove = prefix.startsWith(entry.isDirectory() ? key : `${key}/`)
      if (!key.startsWith(prefix) && !isAbove) continue
      if (entry.isSymbolicLink()) throw linkError(join(folder.name, entry.name))
      if (entry.isDirectory()) {
        const child = await this.#trying(doing, () => orNull(folder.child(entry.name)))
        if (child === null) continue
        await using held = child
        yield* this.#listIn(held, below, prefix)
      } else if (entry.isFile() && !isAbove) {
        const found = await this.#trying(doing, () => orNull(folder.stat(entry.name)))
        if (found !== null) yield { key, size: Number(found.size), etag: etagOf(found) }
      }
    }
  }

  async #write(
    key: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options: Omit<PutOptions, 'condition'>,
    condition?: WriteCondition,
  ): Promise<StoredObject> {
    await this.#prepare()
    const temporary = join(this.#temporary, temporaryName())
    try {
      await writeDurably(temporary, pieces)
      const written = await stat(temporary, { bigint: true })
      // Before the object is seen: whoever sees it finds what belongs to it.
      await this.#notes.note(written, options)
      await this.#inFolderOf(key, (folder, name) => this.#place(temporary, folder, name, condition), true)
      return { etag: etagOf(written) }
    } finally {
      await rm(temporary, { force: true })
    }
  }

  async #place(
    temporary: string,
    folder: HeldFolder,
    name: string,
    condition: WriteCondition | undefined,
  ): Promise<void> {
    const path = folder.at(name)
    if (condition === undefined) await rename(temporary, path)
    else if ('absent' in condition) {
      await link(temporary, path).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error
        throw new PreconditionFailedError(`${join(folder.name, name)} is there already`, { cause: error })
      })
    } else this.#lock.replace(temporary, path, condition.etag)
    await folder.sync()
  }

  /** Makes what is the store's own, where it is missing. @throws {ConnectError} where a link stands for it. */
  async #prepare(): Promise<void> {
    await mkdir(this.#root, { recursive: true })
    await using own = await this.#hold([OWN_DIRECTORY], true)
    for (const name of ['temporary', 'uploads', 'notes']) {
      const child = await own.child(name, true)
      await child[Symbol.asyncDispose]()
    }
    const lock = await lstat(this.#lock.path).catch(() => undefined)
    if (lock?.isSymbolicLink() === true) throw linkError(this.#lock.path)
  }

  async #hold(parts: readonly string[], make = false): Promise<HeldFolder> {
    this.#realRoot ??= await realpath(this.#root)
    return await HeldFolder.below(this.#realRoot, parts, make)
  }

  /** Does something in the directory of an object. */
  async #inFolderOf<T>(
    key: string,
    run: (folder: HeldFolder, name: string) => Promise<T>,
    make = false,
  ): Promise<T> {
    const parts = pathOfKey(key).split('/')
    await using folder = await this.#hold(parts.slice(0, -1), make)
    return await run(folder, parts.at(-1) as string)
  }

  #folderOf(uploadId: string): string {
    return join(this.#uploads, encodeURIComponent(uploadId))
  }

  async #trying<T>(doing: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      throw localError(error, doing)
    }
  }
}

async function* bytesOf(folder: string, parts: readonly UploadedPart[]): AsyncGenerator<Buffer> {
  for (const { etag } of parts) {
    yield* createReadStream(join(folder, etag), { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

/** Null where there is no such file. */
async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  return (await orNull(readdir(folder))) ?? []
}

async function unlessMissing<T>(done: Promise<T>, upload: MultipartUpload): Promise<T> {
  try {
    return await done
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new NoSuchUploadError(`no upload ${upload.uploadId} of ${upload.key}`, { cause: error })
  }
}
