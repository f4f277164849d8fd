import { randomUUID } from 'node:crypto'
import { NoSuchUploadError, PreconditionFailedError } from '@spillway/framework'

/** An object store of a Map, as somebody else would write one. */
export class MapStore {
  address = 'map://store'
  minPartBytes = 1
  objects = new Map()
  uploads = new Map()

  async put(key, body, { condition, contentType, metadata = {} }, signal) {
    signal?.throwIfAborted()
    const before = this.objects.get(key)
    if (condition?.absent === true && before !== undefined)
      throw new PreconditionFailedError(`${key} is there`)
    if (condition?.etag !== undefined && before?.etag !== condition.etag) {
      throw new PreconditionFailedError(`${key} is another`)
    }
    const etag = randomUUID()
    this.objects.set(key, { body: Buffer.from(body), size: body.length, etag, contentType, metadata })
    return { etag }
  }

  async createMultipart(key, options) {
    const uploadId = randomUUID()
    this.uploads.set(uploadId, { key, options, parts: new Map() })
    return { key, uploadId }
  }

  async uploadPart(upload, partNumber, body) {
    this.upload(upload).parts.set(partNumber, Buffer.from(body))
    return { partNumber, etag: randomUUID() }
  }

  async completeMultipart(upload, parts, condition) {
    const { options, parts: bodies } = this.upload(upload)
    const body = Buffer.concat(parts.map(({ partNumber }) => bodies.get(partNumber)))
    const stored = await this.put(upload.key, body, { ...options, condition })
    this.uploads.delete(upload.uploadId)
    return stored
  }

  async abortMultipart({ uploadId }) {
    this.uploads.delete(uploadId)
  }

  async *listMultiparts(prefix) {
    for (const [uploadId, { key }] of this.uploads) if (key.startsWith(prefix)) yield { key, uploadId }
  }

  async head(key) {
    return this.objects.get(key) ?? null
  }

  async get(key) {
    return this.objects.get(key) ?? null
  }

  async *list(prefix) {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix))
    for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      const { size, etag } = this.objects.get(key)
      yield { key, size, etag }
    }
  }

  async delete(key) {
    this.objects.delete(key)
  }

  close() {}

  upload({ key, uploadId }) {
    const found = this.uploads.get(uploadId)
    if (found === undefined) throw new NoSuchUploadError(`no upload of ${key}`)
    return found
  }
}
