import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, suite, test } from 'node:test'
import { PREDICATES } from '../../../api/src/connector/connect-kinds.ts'
import { PluginRegistry } from '../../../api/src/connector/plugin-registry.ts'
import { createLogger } from '../observe/logger.ts'
import { findPlugins, loadPlugins } from './plugin-path.ts'

const root = mkdtempSync(join(tmpdir(), 'spillway-plugin-path-'))
after(() => rmSync(root, { recursive: true, force: true }))

const logger = createLogger({ level: 'silent' })
const source = (className: string, version = "version: '9.0.0',"): string =>
  `{ kind: 'predicate', className: '${className}', ${version} doc: '', config: { validate() {} }, create() {} }`

/** Writes a package; `files` by name. */
function write(folder: string, manifest: object | string, files: Readonly<Record<string, string>>): string {
  const place = join(root, folder)
  mkdirSync(place, { recursive: true })
  writeFileSync(
    join(place, 'package.json'),
    typeof manifest === 'string' ? manifest : JSON.stringify(manifest),
  )
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, name)), { recursive: true })
    writeFileSync(join(place, name), text)
  }
  return place
}

const manifest = (name: string, more = {}): object => ({
  name,
  version: '1.2.3',
  spillway: { plugins: './plugin.js' },
  ...more,
})

async function find(...path: readonly string[]): Promise<{
  readonly names: string[]
  readonly broken: Record<string, string>
}> {
  const found = await findPlugins(new PluginRegistry(), { 'plugin.path': path.join(',') }, logger)
  return {
    names: found.registry.list().map((plugin) => `${plugin.className}@${plugin.version}`),
    broken: Object.fromEntries(found.broken.map(({ name, error }) => [name, error])),
  }
}

suite('plugin.path', () => {
  test('a folder is a package, or holds packages: in itself, below a scope, in its node_modules', async () => {
    write('own', manifest('own', { type: 'module' }), { 'plugin.js': `export default ${source('Own')}` })
    write('many/one', manifest('one', { type: 'module' }), {
      'plugin.js': `export default [${source('One', '')}, ${source('Other')}]`,
    })
    write('many/@acme/scoped', manifest('@acme/scoped'), {
      'plugin.js': `module.exports = ${source('Scoped')}`,
    })
    write('many/node_modules/installed', manifest('installed'), {
      'plugin.js': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${source('Installed')}`,
    })
    write('many/node_modules/other-package', { name: 'other-package' }, { 'index.js': 'throw 1' })
    symlinkSync(join(root, 'own'), join(root, 'many', 'link-to-own'))
    const { names, broken } = await find(join(root, 'own'), join(root, 'many'))
    assert.deepEqual(names, ['Own@9.0.0', 'Scoped@9.0.0', 'One@1.2.3', 'Other@9.0.0', 'Installed@9.0.0'])
    assert.deepEqual(broken, {})
  })

  test('a package that does not load is listed with the reason, and the others are there', async () => {
    const esm = { type: 'module' }
    write('bad/throws', manifest('throws', esm), { 'plugin.js': `throw new Error('no such luck')` })
    write('bad/lacks', manifest('lacks', esm), { 'plugin.js': `import 'left-pad-that-is-not-there'` })
    write('bad/lacks-too', manifest('lacks-too'), { 'plugin.js': `require('left-pad-that-is-not-there')` })
    write('bad/syntax', manifest('syntax', esm), { 'plugin.js': 'export default {' })
    write('bad/empty', manifest('empty', esm), { 'plugin.js': 'export const a = 1' })
    write('bad/no-module', manifest('no-module', esm), {})
    write('bad/kind', manifest('kind', esm), { 'plugin.js': `export default { kind: 'source' }` })
    write('bad/maker', manifest('maker', esm), {
      'plugin.js': `export default { kind: 'sink', className: 'X', create() {} }`,
    })
    write('bad/json', '{"spillway":', {})
    write('bad/key', { name: 'key', spillway: { plugins: 1 } }, {})
    write('bad/good', manifest('good', esm), { 'plugin.js': `export default ${source('Good')}` })
    write('bad/good-again', manifest('good-again', esm), { 'plugin.js': `export default ${source('Good')}` })
    const { names, broken } = await find(join(root, 'bad'))
    assert.deepEqual(names, ['Good@9.0.0'])
    const expected: Record<string, RegExp> = {
      throws: /no such luck/,
      lacks: /Cannot find package 'left-pad-that-is-not-there'.*npm install/,
      'lacks-too': /Cannot find module 'left-pad-that-is-not-there'.*npm install/,
      syntax: /Unexpected end of input/,
      empty: /no default export/,
      'no-module': /Cannot find module .*plugin\.js/,
      kind: /kind source: expected one of sink, converter/,
      maker: /the sink X has no function createTask/,
      json: /package\.json is not valid JSON/,
      key: /spillway\.plugins must be/,
      'good-again': /there is a predicate of the name Good already/,
    }
    assert.deepEqual(Object.keys(broken).sort(), Object.keys(expected).sort())
    for (const [name, reason] of Object.entries(expected)) assert.match(broken[name] ?? '', reason, name)
  })

  test('a folder that is not there is no reason to stop', async () => {
    assert.deepEqual(await find(join(root, 'nowhere')), { names: [], broken: {} })
  })

  test('a thread has the plugins of the modules that the worker has loaded', async () => {
    write('thread', manifest('thread', { type: 'module' }), {
      'plugin.js': `export default ${source('InThread', '')}`,
    })
    const config = { 'plugin.path': join(root, 'thread') }
    const { modules } = await findPlugins(new PluginRegistry(), config, logger)
    const registry = await loadPlugins(new PluginRegistry(), modules, logger)
    assert.equal(registry.find(PREDICATES, 'InThread')?.version, '1.2.3')
  })

  test('a plugin without a copy of the framework is given the one of the worker', async () => {
    const uses = `DataError.name`
    write('esm-peer', manifest('esm-peer', { type: 'module' }), {
      'plugin.js': `import { DataError } from '@spillway/framework'\nexport default ${source('X').replace("'X'", uses)}`,
    })
    write('cjs-peer', manifest('cjs-peer'), {
      'plugin.js': `const { RetriableError } = require('@spillway/framework')\nmodule.exports = ${source('X').replace("'X'", 'RetriableError.name')}`,
    })
    const { names, broken } = await find(join(root, 'esm-peer'), join(root, 'cjs-peer'))
    assert.deepEqual(broken, {})
    assert.deepEqual(names, ['DataError@9.0.0', 'RetriableError@9.0.0'])
  })
})
