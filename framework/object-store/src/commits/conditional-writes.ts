import { isPreconditionFailed, type ObjectStore } from '@spillway/api'
import type { StoreRetrier } from '../upload/store-retrier.ts'

/**
 * Whether the store refuses to replace an object where it is asked to create one: some take the request and ignore the
 * condition, some do not take it.
 *
 * @param key of an object to try it on, which stays.
 */
export async function hasConditionalWrites(
  store: ObjectStore,
  retrier: StoreRetrier,
  key: string,
  signal: AbortSignal,
): Promise<boolean> {
  await retrier.run(() => store.put(key, Buffer.from('probe\n'), {}, signal), signal)
  try {
    await retrier.run(
      () => store.put(key, Buffer.from('replaced\n'), { condition: { absent: true } }, signal),
      signal,
    )
    return false
  } catch (error) {
    signal.throwIfAborted()
    return isPreconditionFailed(error)
  }
}
