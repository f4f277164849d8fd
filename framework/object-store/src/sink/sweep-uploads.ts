import type { SinkTaskContext, TopicPartition } from '@spillway/api'
import type { Naming } from '../naming/naming.ts'
import type { UploadResources } from '../upload/write-object.ts'

/**
 * Drops unfinished uploads of these partitions that a dead process has left: their parts cost money until then. Other
 * partitions' are left alone, as their owners may be at them; so are this task's own. Failing is no harm: the next
 * owner tries again.
 */
export async function sweepUploads(
  partitions: readonly TopicPartition[],
  naming: Naming,
  { store, retrier, ownUploads }: UploadResources,
  context: SinkTaskContext,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const upload of store.listMultiparts(naming.root, signal)) {
      if (ownUploads.has(upload.uploadId)) continue
      if (!partitions.some((partition) => naming.mayBelongTo(upload.key, partition))) continue
      await retrier.run(() => store.abortMultipart(upload, signal), signal)
      context.logger.info(`Dropped an unfinished upload of ${store.address}/${upload.key}`)
    }
  } catch (error) {
    if (signal.aborted) return
    context.logger.warn(`Looking for unfinished uploads failed: ${(error as Error).message}`)
  }
}
