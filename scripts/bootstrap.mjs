// What a command needs before it can run: node_modules as the lockfile says, and Node 24. Plain JavaScript that any
// Node from 18 on can run, because the machine's own Node may be too old for the project: the npm package `node`
// (a devDependency) brings the right one.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')

/** Installs where node_modules is missing or older than the lockfile. */
export function install() {
  if (isInstalled()) return
  console.log('Installing dependencies (npm ci) ...')
  // Each package would be told not to fit an older Node, which runs npm alone: the rest runs on the Node that npm brings.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) {
    console.error('npm ci failed: see above.')
    process.exit(status ?? 1)
  }
}

function isInstalled() {
  const marker = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(marker) || !existsSync(join(bin, 'node'))) return false
  return statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs || sameLock(marker)
}

/** A checkout touches the lockfile without changing what it says. */
function sameLock(marker) {
  const versions = (file) =>
    Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
      .filter(([path, { optional, link }]) => path.startsWith('node_modules/') && !optional && !link)
      .map(([path, { version }]) => `${path}@${version}`)
  const installed = new Set(versions(marker))
  return versions(join(root, 'package-lock.json')).every((entry) => installed.has(entry))
}

/** The environment in which `node` is Node 24. */
export function environment() {
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }
}

/**
 * Runs a script with Node 24 in place of this process: signals are passed on, and its exit code becomes ours.
 * TypeScript runs as it is.
 */
export async function runScript(script, args) {
  const { spawn } = await import('node:child_process')
  const child = spawn(join(bin, 'node'), ['--conditions=development', join(root, script), ...args], {
    cwd: root,
    env: environment(),
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C reaches the child by the terminal as well; it takes a second one as impatience.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
  })
}
