import type { ObjectHead, ObjectStore, PutOptions, StoredObject } from '@spillway/framework'

import type { MemoryStore } from '../support/memory-store.ts'

const isLedger = (key: string): boolean => key.includes('.ledger.json')

/** The store with one of its methods in another way, as `change` says. */
function broken(store: MemoryStore, change: Partial<ObjectStore>): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      const changed = Reflect.get(change, name) as unknown
      if (changed !== undefined) return changed
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    },
  })
}

/** Ways to take a step of the protocol away: each must make histories fail. */
export const BROKEN_STORES: Readonly<Record<string, (store: MemoryStore) => ObjectStore>> = {
  'data objects are replaced instead of created': (store) =>
    broken(store, {
      put: (key, body, { condition, ...options }) =>
        store.put(key, body, isLedger(key) && condition ? { ...options, condition } : options),
    }),

  'the ledger is swapped whatever it says': (store) =>
    broken(store, {
      put: (key, body, { condition, ...options }: PutOptions): Promise<StoredObject> =>
        store.put(key, body, !isLedger(key) && condition ? { ...options, condition } : options),
    }),

  'a ledger forgets the last offsets of output partitions': (store) =>
    broken(store, {
      async get(key) {
        const object = await store.get(key)
        if (object === null || !isLedger(key)) return object
        const state = JSON.parse(object.body.toString()) as object
        return { ...object, body: Buffer.from(JSON.stringify({ ...state, lasts: {} })) }
      },
    }),

  'a ledger forgets its frontier': (store) =>
    broken(store, {
      async get(key) {
        const object = await store.get(key)
        if (object === null || !isLedger(key)) return object
        const { frontier: _, ...state } = JSON.parse(object.body.toString()) as { frontier?: string }
        return { ...object, body: Buffer.from(JSON.stringify({ ...state, frontier: '0' })) }
      },
    }),

  'a ledger forgets where files are to end': (store) =>
    broken(store, {
      async get(key) {
        const object = await store.get(key)
        if (object === null || !isLedger(key)) return object
        const { cuts: _, ...state } = JSON.parse(object.body.toString()) as { cuts?: unknown }
        return { ...object, body: Buffer.from(JSON.stringify(state)) }
      },
    }),

  'an adopted object seems to end earlier than it does': (store) =>
    broken(store, {
      async head(key): Promise<ObjectHead | null> {
        const head = await store.head(key)
        const first = head?.metadata['spillway-first-offset']
        if (head === null || first === undefined) return head
        return { ...head, metadata: { ...head.metadata, 'spillway-last-offset': first } }
      },
    }),

  'an adopted object seems to end later than it does': (store) =>
    broken(store, {
      async head(key): Promise<ObjectHead | null> {
        const head = await store.head(key)
        const last = head?.metadata['spillway-last-offset']
        if (head === null || last === undefined) return head
        return { ...head, metadata: { ...head.metadata, 'spillway-last-offset': String(Number(last) + 3) } }
      },
    }),
}
