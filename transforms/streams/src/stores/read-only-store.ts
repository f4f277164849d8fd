import { UnsupportedOperationException } from '../core/errors.ts'

/** Methods of stores that who only reads must not call. */
export const storeWrites: ReadonlySet<string | symbol> = new Set([
  'put',
  'putIfAbsent',
  'putAll',
  'delete',
  'remove',
  'flush',
  'close',
  'restore',
])

function refuse(): never {
  throw new UnsupportedOperationException('Global store is read only')
}

/** A store as processors see it that do not own it. Corresponds to Java's `AbstractReadOnlyDecorator`. */
export function readOnlyStore(store: object): object {
  const methods = new Map<string | symbol, unknown>()
  return new Proxy(store, {
    get: (target, property) => {
      if (storeWrites.has(property)) return refuse
      const known = methods.get(property)
      if (known !== undefined) return known
      const value: unknown = Reflect.get(target, property, target)
      if (typeof value !== 'function') return value
      const bound: unknown = value.bind(target)
      methods.set(property, bound)
      return bound
    },
  })
}
