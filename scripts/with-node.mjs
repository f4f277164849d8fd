// Runs a TypeScript file of this repository with the Node that `npm ci` has put into node_modules, whatever the
// machine's own version is: `node scripts/with-node.mjs <file> [arguments]`. Plain JavaScript that Node 18 can start.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const node = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')

/** Runs `file` with `args` and ends this process as that one ends; signals are passed on. */
export function runWithNode(file, args) {
  if (!existsSync(node)) {
    process.stderr.write(`${node} is missing: run npm ci first\n`)
    process.exitCode = 1
    return
  }
  const child = spawn(node, [file, ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`cannot run ${node}: ${error.message}; run npm ci again\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1
      return
    }
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, ...args] = process.argv.slice(2)
  if (file === undefined) {
    process.stderr.write('usage: node scripts/with-node.mjs <file> [arguments]\n')
    process.exitCode = 2
  } else {
    runWithNode(file, args)
  }
}
