import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { configDef } from '../config/config-def.ts'
import { type ModuleDoor, noModules } from '../config/module-door.ts'
import type { Plugin } from '../config/plugin-base.ts'
import { pluginClass } from '../config/plugin-class.ts'
import { pluginKind } from '../config/plugin-kind.ts'
import { CONVERTERS } from './connect-kinds.ts'
import { findPlugin } from './find-plugin.ts'
import { PluginRegistry } from './plugin-registry.ts'

interface Tool extends Plugin {
  readonly kind: 'tool'
  create(): string
}

const TOOLS = pluginKind<Tool>({
  name: 'tool',
  suffixes: ['Tool'],
  adopt: (exported, name) =>
    typeof exported === 'function'
      ? { kind: 'tool', className: name, doc: '', create: () => String(exported()) }
      : undefined,
})

const tool = (className: string, aliases: readonly string[] = []): Tool => ({
  kind: 'tool',
  className,
  aliases,
  doc: '',
  create: () => className,
})

const hammer = tool('com.acme.HammerTool', ['com.old.Hammer'])
const registry = new PluginRegistry([hammer, tool('a.SawTool'), tool('b.SawTool')], [TOOLS])

/** A door behind which one module has this default export. */
const door = (exported: unknown): ModuleDoor => ({
  ...noModules,
  plugins: registry,
  importDefault: async () => exported,
})

suite('kinds of plugins', () => {
  test('are found by class name, other name and short name, in their kind alone', () => {
    for (const name of ['com.acme.HammerTool', 'com.old.Hammer', 'HammerTool', 'Hammer']) {
      assert.equal(registry.find(TOOLS, name), hammer, name)
      assert.equal(registry.find(CONVERTERS, name), undefined, name)
    }
    for (const name of ['hammer', 'Tool', '', '__proto__', 'constructor']) {
      assert.equal(registry.find(TOOLS, name), undefined, name)
    }
    assert.throws(
      () => registry.find(TOOLS, 'Saw'),
      /More than one tool matches alias Saw.*a\.SawTool, b\.SawTool/,
    )
  })

  test('that a registry does not have are refused, and a copy knows the same ones', () => {
    assert.throws(() => new PluginRegistry([hammer]), /kind tool: expected one of sink, converter/)
    const copy = registry.copy().register(tool('c.Drill'))
    assert.equal(copy.find(TOOLS, 'Drill')?.create(), 'c.Drill')
    assert.equal(registry.find(TOOLS, 'Drill'), undefined)
  })

  test('are judged where plugins are known, by the key that names them', () => {
    const def = configDef({
      tool: {
        type: 'class',
        validator: pluginClass(TOOLS, 'a tool'),
        plugin: TOOLS,
        importance: 'low',
        doc: '',
      },
    })
    const errorOf = (name: string): string => def.validate({ tool: name }, registry)[0]?.errors[0] ?? ''
    for (const name of ['Hammer', './mine.js', '@acme/tools', 'com.old.Hammer'])
      assert.equal(errorOf(name), '', name)
    assert.match(errorOf('com.acme.HamerTool'), /could not be found\. Did you mean com\.acme\.HammerTool\?/)
    assert.match(errorOf('Saw'), /More than one tool/)
    assert.deepEqual(def.validate({ tool: 'Nothing' })[0]?.errors, [], 'no plugins are known')
  })
})

suite('a plugin that a configuration names', () => {
  const found = async (exported: unknown): Promise<string> =>
    (await findPlugin(door(exported), TOOLS, './x.js', 'tool')).create()

  test('is what a module exports: a plugin, one of a list, or what its kind makes one of', async () => {
    assert.equal(await found(tool('x')), 'x')
    assert.equal(await found([{ kind: 'other' }, tool('y')]), 'y')
    assert.equal(await found(() => 'made'), 'made')
    assert.equal((await findPlugin(door(undefined), TOOLS, 'Hammer', 'tool')).className, hammer.className)
  })

  test('is told what is wrong with it, at its key', async () => {
    const cases: readonly (readonly [exported: unknown, message: RegExp])[] = [
      [undefined, /exports no plugin of kind tool \(found: none\)/],
      [null, /exports no plugin of kind tool/],
      [5, /found: a number/],
      [{ kind: 'sink' }, /found: sink/],
      [[], /exports no plugin of kind tool/],
      [{ kind: 'tool' }, /a tool has no className/],
      [{ kind: 'tool', className: 'X' }, /the tool X has no function create/],
      [{ ...tool('X'), config: {} }, /the tool X has no config: make it with configDef/],
    ]
    for (const [exported, message] of cases) {
      await assert.rejects(found(exported), message)
      await assert.rejects(found(exported), /for configuration tool:/)
    }
    await assert.rejects(findPlugin(door(hammer), TOOLS, 'Hamer', 'tool'), /Class Hamer could not be found/)
    await assert.rejects(findPlugin(noModules, TOOLS, './x.js', 'tool'), /no module can be loaded here/)
  })
})
