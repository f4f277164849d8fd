import { randomUUID } from 'node:crypto'
import {
  type ConfigProblem,
  ConfigProblemsError,
  isRetriable,
  type ModuleDoor,
  type ObjectStore,
  type RawConfig,
} from '@spillway/api'
import { objectNaming } from '@spillway/object-store'

import { isLocalStorage } from '../config/local-storage.ts'
import { type S3Config, s3Config } from '../config/s3-config.ts'
import { isS3Storage } from '../config/storage-class.ts'
import { codeOf, keyOfFailure } from './s3-errors.ts'
import { sinkStore } from './sink-store.ts'

/** Longest that a validation waits for the store, in ms. */
const TIMEOUT_MS = 5000

/**
 * Whether the bucket takes objects, found out by beginning an upload and aborting it: nothing comes to be. Only a
 * refusal of the store is a problem. A store that does not answer is no error: configurations are checked on machines
 * that cannot reach it, and a task waits for a store that is down.
 */
export async function checkAccess(
  raw: RawConfig,
  signal: AbortSignal,
  modules: ModuleDoor,
): Promise<readonly ConfigProblem[]> {
  let config: S3Config
  try {
    config = s3Config.parse(raw, modules.plugins)
  } catch (error) {
    // What is wrong with the keys themselves is told by their own validation.
    if (error instanceof ConfigProblemsError) return []
    throw error
  }
  if (!config['s3.validate.access'] || isLocalStorage(config['storage.class'])) return []
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  let store: ObjectStore | undefined
  try {
    store = await sinkStore(config, raw, modules)
    await store.checkAccess?.(limit)
    const key = `${objectNaming(config).root}spillway-check-${randomUUID()}`
    await store.abortMultipart(await store.createMultipart(key, {}, limit), limit)
    return []
  } catch (error) {
    if (limit.aborted || isRetriable(error) || hasNoCredentials(error)) return []
    const key = isS3Storage(config['storage.class']) ? keyOfFailure(error) : 'storage.class'
    return [{ key, message: (error as Error).message }]
  } finally {
    store?.close()
  }
}

/** The store was not asked: those of the machine that runs the task may be elsewhere. */
function hasNoCredentials(error: unknown): boolean {
  return codeOf((error as Error).cause ?? error) === 'CredentialsProviderError'
}
