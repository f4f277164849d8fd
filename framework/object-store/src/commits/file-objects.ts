import type { TopicPartition } from '@spillway/api'
import type { NamedFile } from '../naming/naming.ts'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import type { ObjectBody } from '../upload/write-object.ts'
import type { FileView } from '../views/file-views.ts'
import { FramedView } from '../views/view-frames.ts'
import type { OpenFile } from '../rotation/open-file.ts'
import type { WriterSettings } from '../settings/writer-settings.ts'

/** One of the objects that a file becomes. */
export interface FileObject {
  readonly key: string
  readonly body: ObjectBody
  readonly contentType: string
}

/**
 * The objects of a file, in the order they are written: companions first, last the one that makes them count, which
 * is the value's, or the keys' where there are no values.
 */
export function fileObjects(
  file: OpenFile,
  partition: TopicPartition,
  settings: WriterSettings,
): readonly [...companions: FileObject[], main: FileObject] {
  const { views, naming } = settings
  const objects = views.flatMap((view, i) => {
    if (!hasView(file, view, settings)) return []
    const spilled = views.length === 1 ? file.buffer : new FramedView(file.buffer, i, views.length)
    const body = objectBody(file, view, spilled)
    return { key: naming.key(file, partition, view.extension), body, contentType: view.contentType }
  })
  return objects as [...FileObject[], FileObject]
}

/** The keys of {@link fileObjects}, for a file of which only the name is known. */
export function objectKeys(file: NamedFile, partition: TopicPartition, settings: WriterSettings): string[] {
  const { views, naming } = settings
  return views
    .filter((view) => hasView(file, view, settings))
    .map(({ extension }) => naming.key(file, partition, extension))
}

/** Records without a value make no object of values. */
function hasView(file: NamedFile, { name }: FileView, { tombstonePartition }: WriterSettings): boolean {
  return name !== 'value' || tombstonePartition === undefined || file.encodedPartition !== tombstonePartition
}

/** What was spilled, encoded by the format, compressed. */
function objectBody(file: OpenFile, view: FileView, spilled: FileBuffer): ObjectBody {
  const { format, compression } = view
  const isAsSpilled = format.encode === undefined && compression === null
  if (isAsSpilled && spilled === file.buffer) return { bytes: spilled.bytes, read: () => spilled.read() }
  const schema = view.fileSchema(file)
  return {
    bytes: undefined,
    ...(isAsSpilled && { atMostBytes: spilled.bytes }),
    read: () => {
      const bytes = format.encode?.({ schema, spilled, records: file.records }) ?? spilled.read()
      return compression?.compress(bytes) ?? bytes
    },
  }
}
