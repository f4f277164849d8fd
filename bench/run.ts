/** `npm run bench -- <name> [arguments]`: runs bench/<name>.bench.ts; without a name, lists them. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const [name, ...args] = process.argv.slice(2)
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))

if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- <name>\n  ${names.join('\n  ')}`)
  process.exitCode = name === undefined ? 0 : 2
} else {
  const file = join(import.meta.dirname, `${name}.bench.ts`)
  const { status } = spawnSync(process.execPath, ['--conditions=development', '--expose-gc', file, ...args], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
