import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { cached, cacheFolder } from './cache.ts'

const root = mkdtempSync(join(tmpdir(), 'spillway-cache-test-'))
after(() => rmSync(root, { recursive: true }))

const OPTIONS = { report: () => undefined }

function fillWith(content: string): (folder: string) => Promise<void> {
  return (folder) => {
    writeFileSync(join(folder, 'file'), content)
    return Promise.resolve()
  }
}

test('the cache is where SPILLWAY_CACHE says, else below XDG_CACHE_HOME', () => {
  assert.equal(cacheFolder({ SPILLWAY_CACHE: '/a', XDG_CACHE_HOME: '/b' }), '/a')
  assert.equal(cacheFolder({ SPILLWAY_CACHE: '', XDG_CACHE_HOME: '/b' }), '/b/spillway')
  assert.match(cacheFolder({}), /\/\.cache\/spillway$/)
})

test('a folder is filled once', async () => {
  const dir = join(root, 'once')
  let fills = 0
  const fill = (folder: string): Promise<void> => {
    fills++
    return fillWith('x')(folder)
  }
  const folders = await Promise.all([1, 2, 3].map(() => cached(dir, 'key', fill, OPTIONS)))
  assert.deepEqual(new Set(folders), new Set([join(dir, 'key')]))
  assert.equal(fills, 1)
})

test('a download that breaks leaves nothing, and the next one fills the folder', async () => {
  const dir = join(root, 'broken')
  const broken = cached(
    dir,
    'key',
    async (folder) => {
      await fillWith('half')(folder)
      throw new Error('no network')
    },
    OPTIONS,
  )
  await assert.rejects(broken, /no network/)
  assert.deepEqual(readdirSync(dir), [])
  const folder = await cached(dir, 'key', fillWith('whole'), OPTIONS)
  assert.deepEqual(readdirSync(folder).sort(), ['.complete', 'file'])
})

test('a folder without its stamp, and what a killed run left, are replaced', async () => {
  const dir = join(root, 'partial')
  mkdirSync(join(dir, 'key'), { recursive: true })
  writeFileSync(join(dir, 'key', 'half'), '')
  mkdirSync(join(dir, '.filling-abc'))
  const folder = await cached(dir, 'key', fillWith('whole'), OPTIONS)
  assert.equal(existsSync(join(folder, 'half')), false)
  assert.deepEqual(readdirSync(dir), ['key'])
})
