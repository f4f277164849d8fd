import {
  isNoSuchUpload,
  type MultipartUpload,
  type ObjectStore,
  type PutOptions,
  type StoredObject,
  type UploadedPart,
} from '@spillway/api'
import type { BufferPool } from '../spill/buffer-pool.ts'
import { type BodyPart, cutParts } from './cut-parts.ts'
import { findUploads } from './find-uploads.ts'
import type { StoreRetrier } from './store-retrier.ts'
import type { UploadLimiter, UploadPermit } from './upload-limiter.ts'

/** The bytes of an object, which can be read again where an upload has to start over. */
export interface ObjectBody {
  /** How many there are; undefined where only reading them tells. */
  readonly bytes: number | undefined
  /** Where {@link bytes} is not known: no more than so many. */
  readonly atMostBytes?: number
  /** Each piece needs to be valid only until the next one is asked for. */
  read(): AsyncIterable<Uint8Array>
}

/** What uploads of a task share. */
export interface UploadResources {
  readonly store: ObjectStore
  readonly retrier: StoreRetrier
  readonly limiter: UploadLimiter
  readonly bodies: BufferPool
  /** An object up to this size is put in one request, a larger one in parts of it. */
  readonly partBytes: number
  /** Ids of multipart uploads under way here. */
  readonly ownUploads: Set<string>
}

/** How often an upload may vanish from the store before that is an error. */
const MAX_RESTARTS = 5
const ABORT_TIMEOUT_MS = 10_000

/**
 * Writes one object: a single put where it fits into one part, else a multipart upload whose parts go up while later
 * ones are read. Holds at most the limiter's bytes in memory. Where it fails or is aborted, the parts that are in the
 * store are dropped.
 *
 * @throws {PreconditionFailedError} where `options.condition` does not hold: possibly because an answer was lost and
 *   this very write had made the object.
 */
export async function writeObject(
  key: string,
  body: ObjectBody,
  options: PutOptions,
  resources: UploadResources,
  signal: AbortSignal,
): Promise<StoredObject> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await new ObjectWrite(key, body, options, resources, signal).run()
    } catch (error) {
      // Lifecycle rules or an answer that was lost: what the upload had may be gone, the bytes are still here.
      if (!isNoSuchUpload(error) || restarts >= MAX_RESTARTS) throw error
    }
  }
}

/** One go at writing an object. */
class ObjectWrite {
  readonly #key: string
  readonly #body: ObjectBody
  readonly #options: PutOptions
  readonly #resources: UploadResources
  readonly #signal: AbortSignal

  constructor(
    key: string,
    body: ObjectBody,
    options: PutOptions,
    resources: UploadResources,
    signal: AbortSignal,
  ) {
    this.#key = key
    this.#body = body
    this.#options = options
    this.#resources = resources
    this.#signal = signal
  }

  async run(): Promise<StoredObject> {
    const { store, retrier, limiter, partBytes, bodies } = this.#resources
    const permitBytes = Math.min(partBytes, this.#body.bytes ?? this.#body.atMostBytes ?? partBytes)
    const permit = await limiter.acquire(permitBytes, this.#signal)
    const parts = cutParts(this.#body.read(), partBytes, this.#resources.bodies, this.#body.bytes)
    try {
      const first = await nextOf(parts)
      if (first.last) {
        const stored = await retrier.run(
          () => store.put(this.#key, first.body, this.#options, this.#signal),
          this.#signal,
        )
        // Only after success: of a request that was aborted a socket may still read the body.
        bodies.give(first.body)
        return stored
      }
      return await this.#writeParts(first, parts, permit)
    } finally {
      permit.release()
      await parts.return()
    }
  }

  async #writeParts(
    first: BodyPart,
    rest: AsyncGenerator<BodyPart, void, void>,
    firstPermit: UploadPermit,
  ): Promise<StoredObject> {
    const { store, retrier } = this.#resources
    const { condition, ...objectOptions } = this.#options
    const signal = this.#signal
    let tries = 0
    const create = (): Promise<MultipartUpload> => {
      tries++
      return store.createMultipart(this.#key, objectOptions, signal)
    }
    let upload: MultipartUpload
    try {
      upload = await retrier.run(create, signal)
    } catch (error) {
      // Given up while it was tried: the store may have begun an upload that nobody was told of.
      if (tries > 0) await this.#dropForgotten()
      throw error
    }
    const siblings = new AbortController()
    this.#resources.ownUploads.add(upload.uploadId)
    try {
      const parts = await this.#uploadParts(upload, first, rest, firstPermit, siblings)
      return await retrier.run(() => store.completeMultipart(upload, parts, condition, signal), signal)
    } catch (error) {
      await this.#abort(upload)
      throw error
    } finally {
      this.#resources.ownUploads.delete(upload.uploadId)
      if (tries > 1) await this.#dropForgotten()
    }
  }

  async #uploadParts(
    upload: MultipartUpload,
    first: BodyPart,
    rest: AsyncGenerator<BodyPart, void, void>,
    firstPermit: UploadPermit,
    siblings: AbortController,
  ): Promise<UploadedPart[]> {
    const { store, retrier, limiter, partBytes, bodies } = this.#resources
    const signal = AbortSignal.any([this.#signal, siblings.signal])
    const uploads: Promise<UploadedPart>[] = []
    let part = first
    let permit = firstPermit
    try {
      for (let partNumber = 1; ; partNumber++) {
        const { body, last } = part
        const held = permit
        const uploaded = retrier
          .run(() => store.uploadPart(upload, partNumber, body, signal), signal)
          .then((stored) => {
            bodies.give(body)
            return stored
          })
          .finally(() => held.release())
        // A part that fails ends its siblings; the error itself comes from awaiting all of them below.
        uploaded.catch((error: unknown) => siblings.abort(error))
        uploads.push(uploaded)
        if (last) break
        permit = await limiter.acquire(partBytes, signal)
        try {
          part = await nextOf(rest)
        } catch (error) {
          permit.release()
          throw error
        }
      }
      return await Promise.all(uploads)
    } catch (error) {
      siblings.abort(error)
      await Promise.allSettled(uploads)
      throw error
    }
  }

  /** Not for ever: the sweep of the partition's next owner finds what could not be dropped now. */
  async #abort(upload: MultipartUpload): Promise<void> {
    const { store, retrier } = this.#resources
    const signal = AbortSignal.timeout(ABORT_TIMEOUT_MS)
    await retrier.run(() => store.abortMultipart(upload, signal), signal).catch(() => undefined)
  }

  /** Drops uploads of this object that the store began and whose answer was lost. */
  async #dropForgotten(): Promise<void> {
    const isForgotten = ({ key, uploadId }: MultipartUpload): boolean =>
      key === this.#key && !this.#resources.ownUploads.has(uploadId)
    const signal = AbortSignal.timeout(ABORT_TIMEOUT_MS)
    try {
      const forgotten = await findUploads(this.#key, isForgotten, this.#resources, signal)
      for (const upload of forgotten) await this.#abort(upload)
    } catch {
      // As above.
    }
  }
}

async function nextOf(parts: AsyncGenerator<BodyPart, void, void>): Promise<BodyPart> {
  const next = await parts.next()
  if (next.done === true) throw new Error('cutParts ended without a last part')
  return next.value
}
