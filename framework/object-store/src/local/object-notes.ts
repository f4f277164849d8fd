import type { BigIntStats } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ObjectHead, PutOptions } from '@spillway/api'
import { makeDirectory, temporaryName, writeDurably } from './local-files.ts'

interface Notes {
  /** Of the file that they belong to: the number of a file that is gone is given to another one. */
  readonly etag: string
  readonly metadata: Readonly<Record<string, string>>
  readonly contentType?: string
  readonly contentEncoding?: string
}

/** The entity tag of a file: two writes never give the same. */
export function etagOf({ ino, mtimeNs, size }: BigIntStats): string {
  return `"${ino.toString(36)}-${mtimeNs.toString(36)}-${size.toString(36)}"`
}

/**
 * What objects carry beside their bytes: a file per object that carries metadata, found by the number of the object's
 * own file. Renaming and linking keep that number, so notes are written before the object is seen, and fit it or none.
 */
export class ObjectNotes {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @param file of the object, under whatever name. */
  async note(file: BigIntStats, options: Omit<PutOptions, 'condition'>): Promise<void> {
    const { metadata = {}, contentType, contentEncoding } = options
    // A type alone is not worth a file: the name says it.
    if (Object.keys(metadata).length === 0) return
    const notes: Notes = {
      etag: etagOf(file),
      metadata,
      ...(contentType !== undefined && { contentType }),
      ...(contentEncoding !== undefined && { contentEncoding }),
    }
    const path = this.#pathOf(file)
    const temporary = join(dirname(path), temporaryName())
    await makeDirectory(dirname(path))
    await writeDurably(temporary, [Buffer.from(JSON.stringify(notes))])
    await rename(temporary, path)
  }

  async headOf(file: BigIntStats): Promise<ObjectHead> {
    const plain = { size: Number(file.size), etag: etagOf(file) }
    const text = await readFile(this.#pathOf(file), 'utf8').catch(() => undefined)
    const notes = text === undefined ? undefined : (JSON.parse(text) as Notes)
    if (notes?.etag !== plain.etag) return { ...plain, metadata: {} }
    return { ...notes, ...plain }
  }

  async forget(file: BigIntStats): Promise<void> {
    await rm(this.#pathOf(file), { force: true })
  }

  #pathOf({ ino }: BigIntStats): string {
    const name = ino.toString(36)
    return join(this.#folder, name.slice(-2), `${name}.json`)
  }
}
