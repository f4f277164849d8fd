import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ObjectStore } from '@spillway/api'
import type { ObjectStorePlugin } from '@spillway/framework'
import { freeModules } from '@spillway/worker'
import { registry } from 'spillway'
import { objectStoreConformance } from '@spillway/object-store/testing'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'extending.md'), 'utf8')

objectStoreConformance({ name: 'the object store of docs/extending.md', create })

async function create() {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-vault-'))
  const [, source = ''] = /^```js file=modules\/vault-store\.js\n(.*?)^```$/ms.exec(page) ?? []
  writeFileSync(join(folder, 'vault-store.mjs'), source)
  const modules = freeModules(registry)
  const plugin = (await modules.importDefault(
    'storage.class',
    join(folder, 'vault-store.mjs'),
  )) as ObjectStorePlugin
  const raw = { 'vault.file': join(folder, 'vault.db') }
  const store: ObjectStore = await plugin.create({ raw, modules })
  return {
    store,
    async [Symbol.asyncDispose]() {
      store.close()
      rmSync(folder, { recursive: true })
    },
  }
}
