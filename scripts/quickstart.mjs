// `npm run quickstart`: installs, then everything else in Node 24; see run-quickstart.ts.
import { install, runScript } from './bootstrap.mjs'

install()
await runScript('scripts/run-quickstart.ts', process.argv.slice(2))
