import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LOCAL_STORAGE } from '@spillway/object-store'

const NAMES = [LOCAL_STORAGE, 'LocalStorage']

/** Whether a `storage.class` means a directory of this machine. */
export function isLocalStorage(storageClass: unknown): boolean {
  return NAMES.includes(storageClass as string)
}

/** The directory that `store.url` names, as a path or a file: URL; undefined where it names none. */
export function directoryOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || url === '') return undefined
  try {
    const path = url.startsWith('file:') ? fileURLToPath(url) : url
    return isAbsolute(path) ? path.replace(/(.)\/+$/, '$1') : undefined
  } catch {
    return undefined
  }
}

export function problemOfDirectory(url: unknown): string | undefined {
  if (directoryOf(url) !== undefined) return undefined
  const found = url === null || url === undefined ? 'nothing' : String(url)
  return `store.url must name a directory for LocalStorage, as an absolute path or file:///…, but is ${found}.`
}
