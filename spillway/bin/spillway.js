#!/usr/bin/env node
// The `spillway` command. Plain JavaScript, so that an old Node can still say which one is needed.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(`spillway needs Node 24 or newer, but this is ${process.version} (${process.execPath}).`)
  console.error(
    'Install it, or run through npm in the repository: npx spillway … uses the Node 24 of node_modules.',
  )
  process.exit(1)
}
const main = new URL('../dist/main.js', import.meta.url)
if (!existsSync(fileURLToPath(main))) {
  console.error('spillway is not built yet: run `npm run build` in the repository first.')
  process.exit(1)
}
// V8 lets the old generation grow to four times what lives before it collects; requests to stores leave much in it.
setFlagsFromString('--heap-growing-percent=50')
// Starting up makes V8 grow the young generation for good, by 25 MiB that a thread serving REST never needs again. The
// first task thread sets this back: records need a young generation that grows.
setFlagsFromString('--semi-space-growth-factor=1')
const { main: run } = await import(main.href)
process.exitCode = await run(process.argv.slice(2))
