import { anyStoreKeys, fileAsDirectory, type KeyRule, longElement } from '../../naming/key-rule.ts'
import { pathOfKey } from './key-path.ts'
import { OWN_DIRECTORY } from './local-files.ts'

/** Which keys a {@link LocalObjectStore} takes from records: it makes names of empty elements, unlike other stores of files. */
export const localStoreKeys: KeyRule = (key, parts) => {
  if (key.split('/', 1)[0] === OWN_DIRECTORY)
    return `it begins with ${OWN_DIRECTORY}, which is the store's own`
  return anyStoreKeys(key, parts) ?? longElement(pathOfKey(key).split('/')) ?? fileAsDirectory(key, parts)
}
