// `npm test`: installs, then everything else in Node 24; see run-tests.ts.
import { install, runScript } from './bootstrap.mjs'

install()
await runScript('scripts/run-tests.ts', process.argv.slice(2))
