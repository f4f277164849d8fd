import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** The files that fenced blocks of a page name. */
export function filesOf(page: string): Map<string, string> {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms)
  return new Map([...blocks].map(([, name = '', text = '']) => [name, text]))
}

/**
 * Packs workspaces and unpacks them where npm would install them; what they depend on is linked beside them.
 *
 * @param names packages of ours; absent: all.
 */
export function installPackages(outside: string, names?: readonly string[]): void {
  const packed = join(outside, 'packed')
  mkdirSync(packed)
  const which = names?.map((name) => `--workspace=${name}`) ?? ['--workspaces']
  execFileSync('npm', ['pack', ...which, '--pack-destination', packed], { cwd: root, stdio: 'pipe' })
  const modules = join(outside, 'node_modules')
  mkdirSync(join(modules, '@spillway'), { recursive: true })
  for (const tarball of readdirSync(packed)) {
    execFileSync('tar', ['-xzf', join(packed, tarball), '-C', packed])
    const { name } = JSON.parse(readFileSync(join(packed, 'package', 'package.json'), 'utf8')) as {
      name: string
    }
    renameSync(join(packed, 'package'), join(modules, name))
  }
  for (const entry of readdirSync(join(root, 'node_modules'))) {
    if (!existsSync(join(modules, entry)) && !entry.startsWith('.')) {
      symlinkSync(join(root, 'node_modules', entry), join(modules, entry))
    }
  }
}
