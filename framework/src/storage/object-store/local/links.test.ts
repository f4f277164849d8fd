import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { ObjectSummary } from '../object-store.ts'
import { LocalObjectStore } from './local-object-store.ts'

const KEY = 'topics/orders/f=a/orders+0+0000000000.json'
const SECRET = 'not yours'

async function keysOf(objects: AsyncIterable<ObjectSummary>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of objects) keys.push(key)
  return keys
}

suite('a local store and links below its root', () => {
  let folder = ''
  let root = ''
  let outside = ''
  let store: LocalObjectStore
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-links-'))
    root = join(folder, 'root')
    outside = join(folder, 'outside')
    mkdirSync(join(root, 'topics', 'orders'), { recursive: true })
    // All that a link to it would make a store find.
    for (const below of ['', 'orders/f=a', 'f=a', 'temporary', 'uploads/u', 'notes']) {
      mkdirSync(join(outside, below), { recursive: true })
      writeFileSync(join(outside, below, 'orders+0+0000000000.json'), SECRET)
    }
    writeFileSync(join(outside, 'uploads', 'u', 'notes.json'), JSON.stringify({ key: KEY, options: {} }))
    writeFileSync(join(outside, 'lock.sqlite'), '')
    store = new LocalObjectStore(root)
  })
  afterEach(() => {
    store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const contents = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(outside, { recursive: true, withFileTypes: true }).map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path, entry.isFile() ? readFileSync(path, 'utf8') : '']
      }),
    )

  const body = Buffer.from('{}\n')
  const operations: Record<string, () => Promise<unknown>> = {
    put: () => store.put(KEY, body, { metadata: { a: 'b' } }),
    'put where nothing is': () => store.put(KEY, body, { condition: { absent: true } }),
    'put over an object': () => store.put(KEY, body, { condition: { etag: '"x"' } }),
    upload: async () => {
      const upload = await store.createMultipart(KEY, {})
      await store.completeMultipart(upload, [await store.uploadPart(upload, 1, body)])
    },
    head: () => store.head(KEY),
    get: () => store.get(KEY),
    delete: () => store.delete(KEY),
    'list all': () => keysOf(store.list('')),
    'list a directory': () => keysOf(store.list('topics/orders/f=a/')),
    'list below a name': () => keysOf(store.list('topics/orders/f=a/orders')),
  }

  const inTheWay: Record<string, [place: string, target: () => string]> = {
    'the directory of topics': ['topics', () => outside],
    'the directory of a topic': ['topics/orders', () => outside],
    'the directory of a partition': ['topics/orders/f=a', () => join(outside, 'f=a')],
    'a directory that leads nowhere': ['topics/orders/f=a', () => join(folder, 'nowhere')],
    'a directory inside the root': ['topics/orders/f=a', () => join(root, 'topics')],
    'a relative link': ['topics/orders/f=a', () => '../../../outside/f=a'],
  }

  for (const [what, [place, target]] of Object.entries(inTheWay)) {
    for (const [operation, run] of Object.entries(operations)) {
      test(`${operation} follows no link for ${what}`, async () => {
        rmSync(join(root, place), { recursive: true, force: true })
        symlinkSync(target(), join(root, place))
        const before = contents()
        await assert.rejects(run(), /is a symbolic link, and below store\.url none is followed/)
        assert.deepEqual(contents(), before)
      })
    }
  }

  for (const operation of ['head', 'get', 'delete', 'list all', 'list below a name']) {
    test(`${operation} follows no link for an object`, async () => {
      mkdirSync(join(root, 'topics/orders/f=a'))
      symlinkSync(join(outside, 'orders+0+0000000000.json'), join(root, KEY))
      const before = contents()
      await assert.rejects(operations[operation]?.() ?? Promise.resolve(), /is a symbolic link/)
      assert.deepEqual(contents(), before)
    })
  }

  test('a put in the place of a link replaces the link, not what it leads to', async () => {
    mkdirSync(join(root, 'topics/orders/f=a'))
    symlinkSync(join(outside, 'orders+0+0000000000.json'), join(root, KEY))
    const before = contents()
    await store.put(KEY, body, {})
    assert.deepEqual(contents(), before)
    assert.equal((await store.get(KEY))?.body.toString(), '{}\n')
  })

  for (const place of ['', '/temporary', '/uploads', '/notes', '/lock.sqlite']) {
    test(`what is the store's own is no link: .spillway${place}`, async () => {
      mkdirSync(join(root, '.spillway'))
      if (place === '') rmSync(join(root, '.spillway'), { recursive: true })
      symlinkSync(join(outside, place), join(root, `.spillway${place}`))
      const before = contents()
      for (const operation of ['put', 'put where nothing is', 'put over an object', 'upload'])
        await assert.rejects(operations[operation]?.() ?? Promise.resolve(), /is a symbolic link/, operation)
      await assert.rejects(store.checkAccess(), /is a symbolic link/)
      assert.deepEqual(contents(), before)
    })
  }

  test('the root may be a link', async () => {
    const linked = join(folder, 'linked')
    symlinkSync(root, linked)
    const other = new LocalObjectStore(linked)
    await other.put(KEY, body, { metadata: { a: 'b' } })
    const { etag } = await other.put(KEY, body, { condition: { etag: (await store.head(KEY))?.etag ?? '' } })
    assert.equal((await other.head(KEY))?.etag, etag)
    assert.deepEqual(await keysOf(other.list('')), [KEY])
    await other.delete(KEY)
    assert.equal(await store.head(KEY), null)
    other.close()
  })

  test('what is neither file nor directory is no object, and nothing waits for it', async () => {
    mkdirSync(join(root, 'topics/orders/f=a'))
    execFileSync('mkfifo', [join(root, KEY)])
    assert.equal(await store.head(KEY), null)
    assert.equal(await store.get(KEY), null)
    assert.deepEqual(await keysOf(store.list('')), [])
  })

  test('a directory that becomes a link while it is written leads nothing out', async () => {
    const place = join(root, 'topics/orders')
    const before = contents()
    let isOver = false
    const swapping = (async () => {
      while (!isOver) {
        renameSync(place, `${place}.real`)
        symlinkSync(outside, place)
        await setImmediate()
        rmSync(place)
        renameSync(`${place}.real`, place)
        await setImmediate()
      }
    })()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, (_, i) => store.put(`topics/orders/f=${i % 10}/o+0+${i}.json`, body, {})),
    )
    isOver = true
    await swapping
    assert.deepEqual(contents(), before)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        assert.match(String(outcome.reason), /is a symbolic link|failed: (ENOENT|ENOTDIR)/)
    }
    assert.ok(outcomes.some(({ status }) => status === 'fulfilled'))
  })
})
