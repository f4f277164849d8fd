import { byteText } from '../state/byte-order.ts'

/** The same text for keys of a store that are equal. Texts stand for themselves, so that they need not be encoded. */
export function keyText<K>(store: { keyBytes(key: K): Uint8Array }, key: K): string {
  return typeof key === 'string' ? key : byteText(store.keyBytes(key))
}
