import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { noPlugins } from '../../../api/src/config/plugin-kind.ts'
import { freeModules, WorkerModules } from './worker-modules.ts'

const root = mkdtempSync(join(tmpdir(), 'spillway-modules-'))
after(() => rmSync(root, { recursive: true, force: true }))
const inside = join(root, 'inside')
const outside = join(root, 'outside')
const marker = join(root, 'it-ran')
for (const folder of [inside, outside, join(inside, 'deep')]) mkdirSync(folder)

function write(path: string, text: string): string {
  writeFileSync(path, text)
  return path
}
const EVIL = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, ''); export default 1`
const evil = write(join(outside, 'evil.mjs'), EVIL)
write(join(outside, 'inside-too.mjs'), EVIL)
const good = write(join(inside, 'good.mjs'), 'export default "good"')
write(join(inside, 'deep', 'deeper.mjs'), 'export default "deeper"')
write(join(inside, 'notes.txt'), EVIL)
symlinkSync(evil, join(inside, 'link.mjs'))
symlinkSync(outside, join(inside, 'folder'))
symlinkSync(good, join(inside, 'alias.mjs'))
// A folder that is itself a link, as a mounted volume is.
symlinkSync(inside, join(root, 'mounted'))
// Its name begins as the allowed folder's does.
mkdirSync(`${inside}-not`)
const beside = write(join(`${inside}-not`, 'evil.mjs'), EVIL)

const HOSTILE: readonly string[] = [
  `data:text/javascript,${encodeURIComponent(EVIL)}`,
  `DATA:text/javascript,${encodeURIComponent(EVIL)}`,
  pathToFileURL(evil).href,
  pathToFileURL(good).href,
  evil,
  beside,
  relative(process.cwd(), evil),
  `./${relative(process.cwd(), evil)}`,
  join(inside, '..', 'outside', 'evil.mjs'),
  `${inside}/../outside/evil.mjs`,
  '../outside/evil.mjs',
  './../outside/evil.mjs',
  './deep/../../outside/evil.mjs',
  './link.mjs',
  './folder/evil.mjs',
  join(inside, 'link.mjs'),
  './notes.txt',
  './good.mjs?x=1',
  './good.mjs\0',
  'node:child_process',
  'child_process',
  'http://127.0.0.1:1/evil.mjs',
  'https://127.0.0.1:1/evil.mjs',
  'fast-check',
  '@spillway/framework',
  '#internal',
  '__proto__',
  'constructor',
  '.',
  '..',
  './',
  '/',
  '',
]

suite('the modules that a request may name', () => {
  test('lie in the folders of the worker, by a path from the working folder, from one of them, or a whole one', async () => {
    for (const folder of [inside, join(root, 'mounted'), relative(process.cwd(), inside)]) {
      const modules = new WorkerModules({ folders: [join(root, 'nowhere'), folder] })
      for (const name of ['./good.mjs', './alias.mjs', good, `./${relative(process.cwd(), good)}`]) {
        assert.equal(await modules.importDefault('k', name), 'good', `${folder} ${name}`)
        assert.equal(await modules.refusal('k', name), undefined)
      }
      assert.equal(await modules.importDefault('k', './deep/deeper.mjs'), 'deeper')
    }
  })

  test('no other form of a name leads anywhere, and none says whether there is anything', async () => {
    const modules = new WorkerModules({ folders: [inside] })
    const closed = new WorkerModules({})
    for (const name of HOSTILE) {
      for (const door of [modules, closed, modules.loadedOnly(), closed.loadedOnly()]) {
        await assert.rejects(door.importDefault('k', name), /^ConfigError: Invalid value/, name)
        assert.match((await door.refusal('k', name))?.message ?? '', /for configuration k:/, name)
      }
    }
    assert.equal(existsSync(marker), false, 'a module ran')
    const told = async (name: string): Promise<string> =>
      ((await modules.refusal('k', name))?.message ?? '').replace(name, 'X')
    assert.equal(await told(evil), await told(join(outside, 'not-there.mjs')))
  })

  test('are packages only as plugin discovery has found them', async () => {
    const modules = new WorkerModules({ packages: { '@acme/plugins': pathToFileURL(good).href } })
    assert.equal(await modules.importDefault('k', '@acme/plugins'), 'good')
    await assert.rejects(modules.importDefault('k', '@acme/other'), /no such module/)
  })

  test('for who may only read, are those that are loaded already', async () => {
    const modules = new WorkerModules({ folders: [inside] })
    const ran = join(root, 'loaded-once')
    write(
      join(inside, 'counted.mjs'),
      `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(ran)}, 'x'); export default 2`,
    )
    await assert.rejects(
      modules.loadedOnly().importDefault('k', './counted.mjs'),
      /loaded no such module.*may only read/,
    )
    assert.equal(existsSync(ran), false)
    assert.equal(await modules.importDefault('k', './counted.mjs'), 2)
    assert.equal(await modules.loadedOnly().importDefault('k', './counted.mjs'), 2)
    const elsewhere = new WorkerModules(modules.rulesFor({}))
    assert.equal(await elsewhere.loadedOnly().importDefault('k', './counted.mjs'), 2)
  })

  test('are free where the operator has written them himself, at that key and by that name', async () => {
    const trusted = write(join(outside, 'own.mjs'), 'export default "own"')
    const modules = new WorkerModules({ folders: [inside] })
    modules.trust({ 'transforms.a.type': trusted, path: evil, none: null })
    const there = new WorkerModules(
      modules.rulesFor({ 'transforms.a.type': trusted, 'transforms.b.type': evil }),
    )
    for (const door of [modules, there]) {
      assert.equal(await door.importDefault('transforms.a.type', trusted), 'own')
      assert.equal(await door.importDefault('transforms.a.type', `${trusted} `.trim()), 'own')
      await assert.rejects(door.importDefault('transforms.b.type', trusted), /no such module/)
      await assert.rejects(door.importDefault('transforms.a.type', evil), /no such module/)
    }
    assert.deepEqual(modules.rulesFor({ topics: 'a' }).trusted, [])
    assert.equal(await freeModules(noPlugins).importDefault('k', trusted), 'own')
    assert.equal(await freeModules(noPlugins).importDefault('k', 'data:text/javascript,export default 3'), 3)
    assert.equal(existsSync(marker), false, 'a module ran')
  })
})
