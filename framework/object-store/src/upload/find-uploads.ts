import type { MultipartUpload, ObjectStore } from '@spillway/api'
import type { StoreRetrier } from './store-retrier.ts'

/** A list never grows beyond this; the next search finds the rest. */
const MOST_FOUND = 10_000

/**
 * Unfinished uploads of the store. A search that fails half way is begun again: one that was left would cost money
 * for as long as nobody looks.
 *
 * @param options.givesUp after the quiet tries, where nobody waits for the result
 */
export async function findUploads(
  prefix: string,
  isWanted: (upload: MultipartUpload) => boolean,
  { store, retrier }: { readonly store: ObjectStore; readonly retrier: StoreRetrier },
  signal: AbortSignal,
  options: { readonly givesUp?: boolean } = {},
): Promise<readonly MultipartUpload[]> {
  const search = async (): Promise<readonly MultipartUpload[]> => {
    const found: MultipartUpload[] = []
    for await (const upload of store.listMultiparts(prefix, signal)) {
      if (isWanted(upload)) found.push(upload)
      if (found.length === MOST_FOUND) break
    }
    return found
  }
  return retrier.run(search, signal, options)
}
