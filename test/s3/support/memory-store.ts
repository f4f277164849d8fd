import { createHash, randomUUID } from 'node:crypto'
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
} from '@spillway/framework'

interface MemoryObject extends ObjectHead {
  readonly body: Buffer
}

interface MemoryUpload {
  readonly key: string
  readonly options: Omit<PutOptions, 'condition'>
  readonly parts: Map<number, Buffer>
}

/** A store in memory that passes the conformance suite. */
export class MemoryStore implements ObjectStore {
  readonly address = 'memory://store'
  readonly minPartBytes = 1
  readonly objects = new Map<string, MemoryObject>()
  /** Keys of objects that took another's place. */
  readonly replaced: string[] = []
  readonly #uploads = new Map<string, MemoryUpload>()

  async put(key: string, body: Uint8Array, options: PutOptions, signal?: AbortSignal): Promise<StoredObject> {
    signal?.throwIfAborted()
    return this.#create(key, Buffer.from(body), options, options.condition)
  }

  async createMultipart(key: string, options: Omit<PutOptions, 'condition'>): Promise<MultipartUpload> {
    const uploadId = randomUUID()
    this.#uploads.set(uploadId, { key, options, parts: new Map() })
    return { key, uploadId }
  }

  async uploadPart(upload: MultipartUpload, partNumber: number, body: Uint8Array): Promise<UploadedPart> {
    const found = this.#uploads.get(upload.uploadId)
    if (found === undefined) throw new NoSuchUploadError(`no upload of ${upload.key}`)
    found.parts.set(partNumber, Buffer.from(body))
    return { partNumber, etag: etagOf(body) }
  }

  async completeMultipart(
    upload: MultipartUpload,
    parts: readonly UploadedPart[],
    condition?: WriteCondition,
  ): Promise<StoredObject> {
    const found = this.#uploads.get(upload.uploadId)
    if (found === undefined) throw new NoSuchUploadError(`no upload of ${upload.key}`)
    const bodies = parts.map(({ partNumber }) => found.parts.get(partNumber) ?? Buffer.alloc(0))
    const stored = this.#create(upload.key, Buffer.concat(bodies), found.options, condition)
    this.#uploads.delete(upload.uploadId)
    return stored
  }

  async abortMultipart(upload: MultipartUpload): Promise<void> {
    this.#uploads.delete(upload.uploadId)
  }

  async *listMultiparts(prefix: string): AsyncIterable<MultipartUpload> {
    for (const [uploadId, { key }] of this.#uploads) if (key.startsWith(prefix)) yield { key, uploadId }
  }

  async head(key: string): Promise<ObjectHead | null> {
    return this.objects.get(key) ?? null
  }

  async get(key: string): Promise<MemoryObject | null> {
    return this.objects.get(key) ?? null
  }

  async *list(prefix: string): AsyncIterable<ObjectSummary> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix))
    for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      const { size, etag } = this.objects.get(key) as MemoryObject
      yield { key, size, etag }
    }
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key)
  }

  close(): void {}

  #create(key: string, body: Buffer, options: PutOptions, condition?: WriteCondition): StoredObject {
    const before = this.objects.get(key)
    const holds =
      condition === undefined || ('absent' in condition ? !before : before?.etag === condition.etag)
    if (!holds) throw new PreconditionFailedError(`writing ${key}: 412 PreconditionFailed`)
    if (before !== undefined) this.replaced.push(key)
    const etag = etagOf(body)
    const { contentType, contentEncoding, metadata = {} } = options
    this.objects.set(key, {
      body,
      size: body.length,
      etag,
      metadata,
      ...(contentType !== undefined && { contentType }),
      ...(contentEncoding !== undefined && { contentEncoding }),
    })
    return { etag }
  }
}

function etagOf(body: Uint8Array): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}
