/** Writes docs/reference/*.md and docs/errors.md from the declarations of every plugin and error; `--check` fails where a page is not fresh. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configPage, type Plugin } from '@spillway/framework'
import { sinkConnectorConfig, standaloneConfig } from '@spillway/worker'
import { registry } from 'spillway'
import { format, resolveConfig } from 'prettier'
import { errorsPage, readPackageErrors } from './error-tables.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs', 'reference')
const check = process.argv.includes('--check')

/** A page's file name and text. */
type Page = readonly [string, string]

function pageOf(plugin: Plugin, prefix: string): Page {
  const simple = plugin.className.slice(plugin.className.lastIndexOf('.') + 1)
  const names = plugin.aliases?.length
    ? `\n\nOther names: ${plugin.aliases.map((a) => `\`${a}\``).join(', ')}.`
    : ''
  return [
    `${prefix}-${simple.replace('$', '-').toLowerCase()}.md`,
    configPage(simple, `\`${plugin.className}\`: ${plugin.doc}${names}`, plugin.config),
  ]
}

const pages: Page[] = [
  ['worker.md', configPage('Worker', 'Keys of a worker configuration.', standaloneConfig)],
  [
    'sink-connector.md',
    configPage('Sink connectors', 'Keys that every sink connector has.', sinkConnectorConfig),
  ],
  ...registry.ofKind('sink').map((plugin) => pageOf(plugin, 'connector')),
  ...registry.ofKind('converter').map((plugin) => pageOf(plugin, 'converter')),
  ...registry
    .ofKind('transformation')
    .filter((p) => !p.className.endsWith('$Key'))
    .map((plugin) => pageOf(plugin, 'transform')),
  ...registry.ofKind('predicate').map((plugin) => pageOf(plugin, 'predicate')),
  [join('..', 'errors.md'), errorsPage(await readPackageErrors(root))],
]

const options = { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' }
mkdirSync(folder, { recursive: true })
const stale: string[] = []
for (const [name, text] of pages) {
  const path = join(folder, name)
  const fresh = await format(text, options)
  const present = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (present === fresh) continue
  stale.push(name)
  if (!check) writeFileSync(path, fresh)
}
if (check && stale.length > 0) {
  console.error(`Not fresh: ${stale.join(', ')}. Run npm run docs and commit the result.`)
  process.exitCode = 1
} else {
  console.log(`${pages.length} pages, ${stale.length} ${check ? 'stale' : 'written'}`)
}
