// The entry of `npm run stack`: starts cli.ts with the workspace's Node. Plain JavaScript that Node 18 can start.
import { fileURLToPath } from 'node:url'

import { runWithNode } from '../scripts/with-node.mjs'

runWithNode(fileURLToPath(new URL('cli.ts', import.meta.url)), process.argv.slice(2))
