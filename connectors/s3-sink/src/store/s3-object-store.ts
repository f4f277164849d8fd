import {
  ConnectError,
  type MultipartUpload,
  type ObjectHead,
  type ObjectStore,
  type ObjectSummary,
  type PutOptions,
  RetriableError,
  type StoredObject,
  type UploadedPart,
  type WriteCondition,
} from '@spillway/api'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'

import { crc32Base64 } from './crc32.ts'
import { NO_PARAMETERS, type ObjectParameters } from './object-parameters.ts'
import { codeOf, isExpired, statusOf, storeError } from './s3-errors.ts'

/** What the keys begin with that are no data. */
const BOOKKEEPING = '_spillway'

/** A bucket of S3, or of a store that speaks its protocol (Java: `S3Storage`). */
export class S3ObjectStore implements ObjectStore {
  readonly address: string
  readonly minPartBytes = 5 * 1024 * 1024
  readonly #client: S3Client
  readonly #bucket: string
  readonly #parameters: ObjectParameters
  /** Counts renewals of credentials: what was signed before the last one asks for no other. */
  #renewals = 0
  #renewing: Promise<void> | undefined

  /**
   * @param client with `maxAttempts: 1`: who calls decides about retries.
   * @param parameters of every object that is written.
   */
  constructor(client: S3Client, bucket: string, parameters: ObjectParameters = NO_PARAMETERS) {
    this.#parameters = parameters
    this.#client = client
    this.#bucket = bucket
    this.address = `s3://${bucket}`
  }

  /**
   * Whether the bucket can be used.
   *
   * @throws {ConnectError} `Non-existent S3 bucket: x`, or what is wrong with the credentials.
   */
  async checkAccess(signal: AbortSignal): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), { abortSignal: signal })
    } catch (error) {
      const status = statusOf(error)
      if (status === 404) {
        throw new ConnectError(
          `Non-existent S3 bucket: ${this.#bucket}. Create it, or correct s3.bucket.name.`,
          { cause: error },
        )
      }
      if (status === 403) return this.#checkCredentials(signal)
      // As in Confluent's sink, a bucket that answers from elsewhere exists; writing to it will tell.
      if (status === 301) return
      throw storeError(error, `looking for bucket ${this.address} (s3.bucket.name, store.url)`)
    }
  }

  /** The answer to a HEAD has no body to say why it is forbidden: without the right to list, writing may still work. */
  async #checkCredentials(signal: AbortSignal): Promise<void> {
    await this.#sending(`looking for bucket ${this.address}`, async () => {
      try {
        await this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, MaxKeys: 1 }), {
          abortSignal: signal,
        })
      } catch (error) {
        if (codeOf(error) !== 'AccessDenied') throw error
      }
    })
  }

  async put(key: string, body: Uint8Array, options: PutOptions, signal?: AbortSignal): Promise<StoredObject> {
    const command = new PutObjectCommand({
      ...this.#named(key),
      ...this.#parameters.written,
      ...this.#parameters.customerKey,
      ...this.#described(key, options),
      ...conditionParameters(options.condition),
      Body: body,
      ContentLength: body.length,
      ...(this.#parameters.sendsChecksum && { ChecksumCRC32: crc32Base64(body) }),
    })
    const doing = `putting ${this.address}/${key}`
    const reply = await this.#sending(doing, () =>
      this.#client.send(command, { ...(signal && { abortSignal: signal }) }),
    )
    return { etag: etagOf(reply, doing) }
  }

  async createMultipart(
    key: string,
    options: Omit<PutOptions, 'condition'>,
    signal?: AbortSignal,
  ): Promise<MultipartUpload> {
    const command = new CreateMultipartUploadCommand({
      ...this.#named(key),
      ...this.#parameters.written,
      ...this.#parameters.customerKey,
      ...this.#described(key, options),
    })
    const doing = `beginning the upload of ${this.address}/${key}`
    const reply = await this.#sending(doing, () =>
      this.#client.send(command, { ...(signal && { abortSignal: signal }) }),
    )
    if (reply.UploadId === undefined) throw new RetriableError(`${doing} failed: the reply names no upload`)
    return { key, uploadId: reply.UploadId }
  }

  async uploadPart(
    upload: MultipartUpload,
    partNumber: number,
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<UploadedPart> {
    const command = new UploadPartCommand({
      ...this.#named(upload.key),
      ...this.#parameters.customerKey,
      UploadId: upload.uploadId,
      PartNumber: partNumber,
      Body: body,
      ContentLength: body.length,
    })
    const doing = `uploading part ${partNumber} of ${this.address}/${upload.key}`
    const reply = await this.#sending(doing, () =>
      this.#client.send(command, { ...(signal && { abortSignal: signal }) }),
    )
    return { partNumber, etag: etagOf(reply, doing) }
  }

  async completeMultipart(
    upload: MultipartUpload,
    parts: readonly UploadedPart[],
    condition?: WriteCondition,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    const command = new CompleteMultipartUploadCommand({
      ...this.#named(upload.key),
      ...conditionParameters(condition),
      UploadId: upload.uploadId,
      MultipartUpload: {
        Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
      },
    })
    const doing = `completing the upload of ${this.address}/${upload.key}`
    const reply = await this.#sending(doing, () =>
      this.#client.send(command, { ...(signal && { abortSignal: signal }) }),
    )
    return { etag: etagOf(reply, doing) }
  }

  async abortMultipart(upload: MultipartUpload, signal?: AbortSignal): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.#named(upload.key), UploadId: upload.uploadId })
    await this.#unlessGone(`aborting the upload of ${this.address}/${upload.key}`, () =>
      this.#client.send(command, { ...(signal && { abortSignal: signal }) }),
    )
  }

  async *listMultiparts(prefix: string, signal?: AbortSignal): AsyncIterable<MultipartUpload> {
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}
    for (;;) {
      const command = new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix, ...marker })
      const page = await this.#sending(`listing uploads of ${this.address}/${prefix}`, () =>
        this.#client.send(command, { ...(signal && { abortSignal: signal }) }),
      )
      for (const { Key, UploadId } of page.Uploads ?? []) {
        if (Key !== undefined && UploadId !== undefined && Key.startsWith(prefix))
          yield { key: Key, uploadId: UploadId }
      }
      if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return
      marker = {
        KeyMarker: page.NextKeyMarker,
        ...(page.NextUploadIdMarker !== undefined && { UploadIdMarker: page.NextUploadIdMarker }),
      }
    }
  }

  async head(key: string, signal?: AbortSignal): Promise<ObjectHead | null> {
    const options = { ...(signal && { abortSignal: signal }) }
    const named = { ...this.#named(key), ...this.#parameters.customerKey }
    const reply = await this.#unlessGone(`asking for ${this.address}/${key}`, async () => {
      try {
        return await this.#client.send(new HeadObjectCommand(named), options)
      } catch (error) {
        // The answer to a HEAD has no body to say why it is forbidden: that of a GET has.
        if (statusOf(error) === 403) {
          const found = await this.#client.send(
            new GetObjectCommand({ ...named, Range: 'bytes=0-0' }),
            options,
          )
          await found.Body?.transformToByteArray()
        }
        throw error
      }
    })
    return reply === null ? null : headOf(reply)
  }

  async get(key: string, signal?: AbortSignal): Promise<(ObjectHead & { readonly body: Buffer }) | null> {
    return this.#unlessGone(`reading ${this.address}/${key}`, async () => {
      const command = new GetObjectCommand({ ...this.#named(key), ...this.#parameters.customerKey })
      const reply = await this.#client.send(command, { ...(signal && { abortSignal: signal }) })
      const bytes = (await reply.Body?.transformToByteArray()) ?? new Uint8Array()
      return { ...headOf(reply), body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
    })
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectSummary> {
    let token: string | undefined
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        ...(token !== undefined && { ContinuationToken: token }),
      })
      const page = await this.#sending(`listing ${this.address}/${prefix}`, () =>
        this.#client.send(command, { ...(signal && { abortSignal: signal }) }),
      )
      for (const { Key, Size, ETag } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key, size: Size ?? 0, etag: ETag ?? '' }
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  async tag(key: string, tags: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void> {
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    const command = new PutObjectTaggingCommand({ ...this.#named(key), Tagging: { TagSet } })
    await this.#sending(`tagging ${this.address}/${key}`, () =>
      this.#client.send(command, { ...(signal && { abortSignal: signal }) }),
    )
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#unlessGone(`deleting ${this.address}/${key}`, () =>
      this.#client.send(new DeleteObjectCommand(this.#named(key)), {
        ...(signal && { abortSignal: signal }),
      }),
    )
  }

  close(): void {
    this.#client.destroy()
  }

  #named(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: key }
  }

  /** What an object says of itself: what the writer says, over that what the configuration says. */
  #described(key: string, options: Omit<PutOptions, 'condition'>): ReturnType<typeof objectParameters> {
    const own = objectParameters(options)
    if (key.startsWith(BOOKKEEPING)) return own
    const { Metadata, ...data } = this.#parameters.data
    const metadata = { ...Metadata, ...own.Metadata }
    return { ...own, ...data, ...(Object.keys(metadata).length > 0 && { Metadata: metadata }) }
  }

  async #sending<T>(doing: string, send: () => Promise<T>): Promise<T> {
    await this.#renewing
    const renewals = this.#renewals
    try {
      return await send()
    } catch (error) {
      if (isExpired(error) && renewals === this.#renewals) await this.#renewCredentials()
      throw storeError(error, doing)
    }
  }

  /** Null where the store says that there is no such thing. A missing bucket is another matter. */
  async #unlessGone<T>(doing: string, send: () => Promise<T>): Promise<T | null> {
    return this.#sending(doing, async () => {
      try {
        return await send()
      } catch (error) {
        const code = codeOf(error)
        if (code !== 'NoSuchBucket' && (statusOf(error) === 404 || code === 'NoSuchUpload')) return null
        throw error
      }
    })
  }

  /** Credentials may run out before their time: revoked, or by another clock. Where this fails the next request tells. */
  #renewCredentials(): Promise<void> {
    this.#renewals++
    this.#renewing = this.#client.config.credentials({ forceRefresh: true }).then(
      () => undefined,
      () => undefined,
    )
    return this.#renewing
  }
}

/** A reply without it is no sign that the bytes were taken. */
function etagOf(reply: { ETag?: string | undefined }, doing: string): string {
  if (reply.ETag === undefined) throw new RetriableError(`${doing} failed: the reply has no ETag`)
  return reply.ETag
}

function objectParameters(options: Omit<PutOptions, 'condition'>): {
  ContentType?: string
  ContentEncoding?: string
  Metadata?: Record<string, string>
} {
  return {
    ...(options.contentType !== undefined && { ContentType: options.contentType }),
    ...(options.contentEncoding !== undefined && { ContentEncoding: options.contentEncoding }),
    ...(options.metadata !== undefined && { Metadata: { ...options.metadata } }),
  }
}

function conditionParameters(condition?: WriteCondition): { IfNoneMatch?: string; IfMatch?: string } {
  if (condition === undefined) return {}
  return 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag }
}

function headOf(reply: {
  ContentLength?: number | undefined
  ETag?: string | undefined
  Metadata?: Record<string, string> | undefined
  ContentType?: string | undefined
  ContentEncoding?: string | undefined
}): ObjectHead {
  return {
    size: reply.ContentLength ?? 0,
    etag: reply.ETag ?? '',
    metadata: reply.Metadata ?? {},
    ...(reply.ContentType !== undefined && { contentType: reply.ContentType }),
    ...(reply.ContentEncoding !== undefined && { contentEncoding: reply.ContentEncoding }),
  }
}
