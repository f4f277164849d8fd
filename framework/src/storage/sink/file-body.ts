import type { ObjectBody } from '../upload/write-object.ts'
import type { OpenFile } from './open-file.ts'
import type { WriterSettings } from './writer-settings.ts'

/** The bytes of the object that a file becomes: what was spilled, encoded by the format, compressed. */
export function fileBody(file: OpenFile, settings: WriterSettings): ObjectBody {
  const { format, compression } = settings
  const { buffer, schema, records } = file
  if (format.encode === undefined && compression === null) {
    return { bytes: buffer.bytes, read: () => buffer.read() }
  }
  return {
    bytes: undefined,
    read: () => {
      const bytes = format.encode?.({ schema, spilled: buffer, records }) ?? buffer.read()
      return compression?.compress(bytes) ?? bytes
    },
  }
}
