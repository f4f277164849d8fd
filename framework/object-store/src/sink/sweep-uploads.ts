import type { MultipartUpload, SinkTaskContext, TopicPartition } from '@spillway/api'
import type { Naming } from '../naming/naming.ts'
import { findUploads } from '../upload/find-uploads.ts'
import type { UploadResources } from '../upload/write-object.ts'

/**
 * Drops unfinished uploads of these partitions that a dead process has left: their parts cost money until then. Other
 * partitions' are left alone, as their owners may be at them; so are this task's own. Failing is no harm: the next
 * owner tries again.
 */
export async function sweepUploads(
  partitions: readonly TopicPartition[],
  naming: Naming,
  resources: UploadResources,
  context: SinkTaskContext,
  signal: AbortSignal,
): Promise<void> {
  const { store, retrier, ownUploads } = resources
  const isLeft = ({ key, uploadId }: MultipartUpload): boolean =>
    !ownUploads.has(uploadId) && partitions.some((partition) => naming.mayBelongTo(key, partition))
  try {
    for (const upload of await findUploads(naming.root, isLeft, resources, signal, { givesUp: true })) {
      // Begun here while the list was read or worked off.
      if (ownUploads.has(upload.uploadId)) continue
      await retrier.run(() => store.abortMultipart(upload, signal), signal)
      context.logger.info(`Dropped an unfinished upload of ${store.address}/${upload.key}`)
    }
  } catch (error) {
    if (signal.aborted) return
    context.logger.warn(`Looking for unfinished uploads failed: ${(error as Error).message}`)
  }
}
