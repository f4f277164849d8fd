/**
 * The port to a store of objects: all that a sink may ask of S3, a local directory or what comes later. Adapters live
 * with their connector; one conformance suite (`@spillway/object-store/testing`) holds for each of them.
 *
 * Every method throws a RetriableError for what may pass (network, throttling, 5xx), the errors of
 * `object-store-errors.ts` where noted, and a ConnectError naming the configuration key for what will not.
 */
export interface ObjectStore {
  /** Where keys lie, e.g. `s3://bucket`: how errors and logs name the store. */
  readonly address: string
  /**
   * Writes a whole object, atomically: it is there with all its bytes, or as it was before.
   * @throws {PreconditionFailedError} where `condition` does not hold; nothing was written.
   */
  put(key: string, body: Uint8Array, options: PutOptions, signal?: AbortSignal): Promise<StoredObject>
  /** Begins an object made of parts; it comes to be with {@link completeMultipart}. */
  createMultipart(
    key: string,
    options: Omit<PutOptions, 'condition'>,
    signal?: AbortSignal,
  ): Promise<MultipartUpload>
  /**
   * Every part but the last has at least {@link minPartBytes}. Parts may go up in any order and again.
   * @param partNumber from 1 to 10,000.
   * @throws {NoSuchUploadError}
   */
  uploadPart(
    upload: MultipartUpload,
    partNumber: number,
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<UploadedPart>
  /**
   * Makes the object of its parts, in their order.
   * @throws {PreconditionFailedError} where `condition` does not hold.
   * @throws {NoSuchUploadError} for an upload that was completed or aborted before.
   */
  completeMultipart(
    upload: MultipartUpload,
    parts: readonly UploadedPart[],
    condition?: WriteCondition,
    signal?: AbortSignal,
  ): Promise<StoredObject>
  /** Drops an upload and its parts. One that is gone already is fine. */
  abortMultipart(upload: MultipartUpload, signal?: AbortSignal): Promise<void>
  /** Uploads that were begun and neither completed nor aborted, of keys that start so. */
  listMultiparts(prefix: string, signal?: AbortSignal): AsyncIterable<MultipartUpload>
  /** What is known of an object without reading it; null where there is none. */
  head(key: string, signal?: AbortSignal): Promise<ObjectHead | null>
  /** A whole object; null where there is none. For small ones, such as ledgers. */
  get(key: string, signal?: AbortSignal): Promise<(ObjectHead & { readonly body: Buffer }) | null>
  /** Keys that start so, in the order of their UTF-8 bytes. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectSummary>
  /** Puts tags on an object in place of those it has. Absent where the store has none. */
  tag?(key: string, tags: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>
  /** An object that is gone already is fine. */
  delete(key: string, signal?: AbortSignal): Promise<void>
  /** Least bytes of a part that is not the last. */
  readonly minPartBytes: number
  /** Whether the store can be used at all. Absent where nothing can be said. @throws what keeps it from being used. */
  checkAccess?(signal: AbortSignal): Promise<void>
  close(): void
}

/** When a write may take place. Without one, the object is replaced. */
export type WriteCondition =
  /** Only where no object has that key (S3: `If-None-Match: *`). */
  | { readonly absent: true }
  /** Only over the object with that entity tag (S3: `If-Match`). */
  | { readonly etag: string }

export interface PutOptions {
  readonly condition?: WriteCondition
  readonly contentType?: string
  readonly contentEncoding?: string
  /** Names in lower case; values of visible ASCII. */
  readonly metadata?: Readonly<Record<string, string>>
}

export interface StoredObject {
  readonly etag: string
}

export interface ObjectSummary {
  readonly key: string
  readonly size: number
  readonly etag: string
}

export interface ObjectHead {
  readonly size: number
  readonly etag: string
  readonly metadata: Readonly<Record<string, string>>
  readonly contentType?: string
  readonly contentEncoding?: string
}

export interface MultipartUpload {
  readonly key: string
  readonly uploadId: string
}

export interface UploadedPart {
  readonly partNumber: number
  readonly etag: string
  /** The part's checksum as the store wants it back, where it does. */
  readonly checksum?: string
}
