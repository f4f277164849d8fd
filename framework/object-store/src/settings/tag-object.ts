import { ConnectError } from '@spillway/api'
import type { UploadResources } from '../upload/write-object.ts'

/** What objects are tagged with beside their offsets, and what becomes of a tagging that fails. */
export interface ObjectTagging {
  readonly pairs: Readonly<Record<string, string>>
  /** False: a tagging that fails is told of, and the object stays as it is. */
  readonly failsTask: boolean
  /** The key that says so. */
  readonly failureKey: string
}

/** What the tags of an object say of its records. */
export interface TaggedRecords {
  readonly first: bigint
  readonly last: bigint
  readonly records: number
}

/**
 * Tags an object with its first and last offset and its count (Java: `S3Storage.addTags`). Tagging again does no harm.
 *
 * @param warn told of a failure that is ignored; it was tried again as often as `UploadSettings.quietRetries` says.
 * @throws what trying again does not mend, where failures are not ignored: those that pass are waited out.
 */
export async function tagObject(
  key: string,
  { first, last, records }: TaggedRecords,
  { pairs, failsTask, failureKey }: ObjectTagging,
  { store, retrier }: UploadResources,
  warn: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const tags = {
    ...pairs,
    startOffset: first.toString(),
    endOffset: last.toString(),
    recordCount: String(records),
  }
  try {
    if (store.tag === undefined) throw new ConnectError(`${store.address} has no tags`)
    const tag = store.tag.bind(store)
    await retrier.run(() => tag(key, tags, signal), signal, { givesUp: !failsTask })
  } catch (error) {
    signal.throwIfAborted()
    if (failsTask) throw error
    warn(`${(error as Error).message} The object stays without tags (${failureKey}).`)
  }
}
