import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isNoSuchUpload, isPreconditionFailed, type ObjectStore, type UploadedPart } from '@spillway/api'
import { leftToRun, type SkippedTests } from '@spillway/api/testing'

/** An empty store for one test. */
export interface StoreFixture extends AsyncDisposable {
  readonly store: ObjectStore
}

/** What {@link objectStoreConformance} tests. */
export interface ObjectStoreUnderTest {
  /** Begins the name of each test. */
  readonly name: string
  /** Makes an empty store; each test has its own. */
  readonly create: () => Promise<StoreFixture>
  readonly skip?: readonly SkippedTests[]
}

interface Case {
  readonly name: string
  readonly run: (store: ObjectStore) => Promise<void>
}

/** What every adapter of the {@link ObjectStore} port must do: declares a test per claim. */
export function objectStoreConformance({ name, create, skip }: ObjectStoreUnderTest): void {
  describe(`Object store: ${name}`, () => {
    for (const each of leftToRun(cases, skip)) {
      test(each.name, async () => {
        await using fixture = await create()
        await each.run(fixture.store)
      })
    }
  })
}

const bytes = (text: string): Buffer => Buffer.from(text)

const cases: readonly Case[] = [
  {
    name: 'what was put is there with its size, tag, type and metadata',
    run: async (store) => {
      const options = { contentType: 'application/x-ndjson', metadata: { 'first-offset': '9' } }
      const { etag } = await store.put('a/b=c d+é', bytes('hello'), options)
      const head = await store.head('a/b=c d+é')
      assert.equal(head?.size, 5)
      assert.equal(unquoted(head.etag), unquoted(etag))
      assert.equal(head.contentType, 'application/x-ndjson')
      assert.deepEqual(head.metadata, { 'first-offset': '9' })
      assert.equal((await store.get('a/b=c d+é'))?.body.toString(), 'hello')
    },
  },
  {
    name: 'an object without bytes is an object',
    run: async (store) => {
      await store.put('empty', bytes(''), {})
      assert.equal((await store.head('empty'))?.size, 0)
    },
  },
  {
    name: 'what is not there is null to head and get, and fine to delete',
    run: async (store) => {
      assert.equal(await store.head('nothing'), null)
      assert.equal(await store.get('nothing'), null)
      await store.delete('nothing')
    },
  },
  {
    name: 'a put replaces what was there',
    run: async (store) => {
      await store.put('k', bytes('one'), {})
      await store.put('k', bytes('second'), {})
      assert.equal((await store.get('k'))?.body.toString(), 'second')
    },
  },
  {
    name: 'a put on condition of absence creates, and never replaces',
    run: async (store) => {
      await store.put('k', bytes('one'), { condition: { absent: true } })
      await assert.rejects(
        store.put('k', bytes('two'), { condition: { absent: true } }),
        isPreconditionFailed,
      )
      assert.equal((await store.get('k'))?.body.toString(), 'one')
    },
  },
  {
    name: 'of many puts on condition of absence at once, one wins',
    run: async (store) => {
      const results = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((text) => store.put('k', bytes(text), { condition: { absent: true } })),
      )
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    },
  },
  {
    name: 'a put on condition of an entity tag swaps that object only',
    run: async (store) => {
      const first = await store.put('k', bytes('one'), {})
      const second = await store.put('k', bytes('two'), { condition: { etag: first.etag } })
      await assert.rejects(
        store.put('k', bytes('late'), { condition: { etag: first.etag } }),
        isPreconditionFailed,
      )
      assert.equal((await store.get('k'))?.body.toString(), 'two')
      await store.put('k', bytes('three'), { condition: { etag: second.etag } })
      assert.equal((await store.get('k'))?.body.toString(), 'three')
    },
  },
  {
    name: 'the keys that start so are listed in order, over pages',
    run: async (store) => {
      const keys = Array.from({ length: 25 }, (_, i) => `dir/${String(i).padStart(2, '0')}`)
      for (const key of [...keys].reverse()) await store.put(key, bytes(key), {})
      await store.put('other', bytes(''), {})
      const found: string[] = []
      for await (const { key, size } of store.list('dir/')) {
        assert.equal(size, 6)
        found.push(key)
      }
      assert.deepEqual(found, keys)
    },
  },
  {
    name: 'keys are listed in the order of their UTF-8 bytes, which is not that of JavaScript',
    run: async (store) => {
      const keys = ['k/Z', 'k/a', 'k/é', 'k/\uff5e', 'k/\u{1f600}']
      for (const key of keys.toReversed()) await store.put(key, bytes('x'), {})
      const found: string[] = []
      for await (const { key } of store.list('k/')) found.push(key)
      assert.deepEqual(found, keys)
    },
  },
  {
    name: 'an upload becomes an object when it is completed, of its parts in order',
    run: async (store) => {
      const first = Buffer.alloc(store.minPartBytes, 'a')
      const upload = await store.createMultipart('big', { metadata: { count: '2' } })
      const two = await store.uploadPart(upload, 2, bytes('end'))
      const one = await store.uploadPart(upload, 1, first)
      assert.equal(await store.head('big'), null)
      assert.deepEqual(await uploads(store), ['big'])
      await store.completeMultipart(upload, [one, two])
      const object = await store.get('big')
      assert.equal(object?.size, first.length + 3)
      assert.equal(object.metadata['count'], '2')
      assert.ok(object.body.subarray(0, first.length).equals(first))
      assert.equal(object.body.subarray(first.length).toString(), 'end')
      assert.deepEqual(await uploads(store), [])
    },
  },
  {
    name: 'a part that goes up again replaces its forerunner',
    run: async (store) => {
      const upload = await store.createMultipart('k', {})
      await store.uploadPart(upload, 1, bytes('wrong'))
      const part = await store.uploadPart(upload, 1, bytes('right'))
      await store.completeMultipart(upload, [part])
      assert.equal((await store.get('k'))?.body.toString(), 'right')
    },
  },
  {
    name: 'completing on condition of absence never replaces',
    run: async (store) => {
      const upload = await store.createMultipart('k', {})
      const part: UploadedPart = await store.uploadPart(upload, 1, bytes('late'))
      await store.put('k', bytes('early'), {})
      await assert.rejects(store.completeMultipart(upload, [part], { absent: true }), isPreconditionFailed)
      assert.equal((await store.get('k'))?.body.toString(), 'early')
      await store.abortMultipart(upload)
    },
  },
  {
    name: 'an upload is completed once, and listed by what its key starts with',
    run: async (store) => {
      const one = await store.createMultipart('a/one', {})
      const two = await store.createMultipart('b/two', {})
      const found: string[] = []
      for await (const { key } of store.listMultiparts('b/')) found.push(key)
      assert.deepEqual(found, ['b/two'])
      const part = await store.uploadPart(one, 1, bytes('x'))
      await store.completeMultipart(one, [part])
      await store.delete('a/one')
      await assert.rejects(store.completeMultipart(one, [part]), isNoSuchUpload)
      assert.equal(await store.head('a/one'), null)
      await store.abortMultipart(two)
    },
  },
  {
    name: 'an upload that was aborted is gone, and aborting it again is fine',
    run: async (store) => {
      const upload = await store.createMultipart('k', {})
      const part = await store.uploadPart(upload, 1, bytes('x'))
      await store.abortMultipart(upload)
      await store.abortMultipart(upload)
      assert.deepEqual(await uploads(store), [])
      await assert.rejects(store.completeMultipart(upload, [part]), isNoSuchUpload)
      assert.equal(await store.head('k'), null)
    },
  },
  {
    name: 'a signal ends a request',
    run: async (store) => {
      await assert.rejects(store.put('k', bytes('x'), {}, AbortSignal.abort()))
      assert.equal(await store.head('k'), null)
    },
  },
]

async function uploads(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.listMultiparts('')) keys.push(key)
  return keys
}

const unquoted = (etag: string): string => etag.replaceAll('"', '')
