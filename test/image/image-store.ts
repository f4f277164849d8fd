import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cached } from '../../stack/cache.ts'
import { buildah, debootstrap, findExecutable, pathFolders } from '../../stack/requirements.ts'
import { settingsFromEnv } from '../../stack/settings.ts'
import { command } from './command.ts'

/** What `deploy/Dockerfile` is built on here: Debian with this machine's Node and npm. */
export const BASE_IMAGE = 'localhost/spillway-test-base:1'
const CA_FILE = '/etc/ssl/certs/of-the-build.crt'
const root = join(import.meta.dirname, '..', '..')

/** Why no image can be built here; undefined where it can. */
export async function whyNoImages(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'images are built on Linux alone'
  if (process.getuid?.() !== 0) return 'building an image without an engine needs root'
  const absent: string[] = []
  for (const tool of [debootstrap, buildah]) if ((await tool.find()) === undefined) absent.push(tool.title)
  for (const name of ['unshare', 'npm'])
    if (findExecutable(name, pathFolders()).length === 0) absent.push(name)
  return absent.length === 0 ? undefined : `this machine lacks ${absent.join(' and ')}`
}

/** buildah with a storage of its own; the base image is made once and read from the project's cache. */
export class ImageStore {
  readonly #folder: string
  readonly #options: readonly string[]

  constructor(folder: string, options: readonly string[] = []) {
    this.#folder = folder
    const policy = join(folder, 'policy.json')
    mkdirSync(folder, { recursive: true })
    writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
    const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')]
    this.#options = [...storage, '--storage-driver', 'overlay', ...options]
  }

  /** A store that has the base image. */
  static async create(report: (line: string) => void): Promise<ImageStore> {
    const { cacheDir } = settingsFromEnv()
    const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
    if (codename === undefined) throw new Error('/etc/os-release names no VERSION_CODENAME')
    const key = `image-base-${codename}-node-${process.versions.node}`
    const base = await cached(cacheDir, key, (folder) => makeBaseImage(folder, codename, report), { report })
    const folder = mkdtempSync(join(tmpdir(), 'spillway-image-'))
    return new ImageStore(folder, ['--storage-opt', `overlay.imagestore=${join(base, 'storage')}`])
  }

  async buildah(...args: readonly string[]): Promise<string> {
    return await command('buildah', [...this.#options, ...args], root)
  }

  get policy(): readonly string[] {
    return ['--signature-policy', join(this.#folder, 'policy.json')]
  }

  /** Builds the Dockerfile of the repository; npm is given this machine's registry and certificates, as a secret. */
  async build(tag: string): Promise<void> {
    const npmrc = join(this.#folder, 'npmrc')
    const registry = await command('npm', ['config', 'get', 'registry'])
    const authority = process.env['NODE_EXTRA_CA_CERTS']
    const hasAuthority = authority !== undefined && existsSync(authority)
    writeFileSync(npmrc, `registry=${registry}\n${hasAuthority ? `cafile=${CA_FILE}\n` : ''}`)
    const how = ['--isolation=chroot', '--format=docker', '--layers=false', '--pull-never', ...this.policy]
    const from = ['--secret', `id=npmrc,src=${npmrc}`, '--build-arg', `BASE=${BASE_IMAGE}`]
    if (hasAuthority) from.push('--volume', `${authority}:${CA_FILE}:ro`)
    await this.buildah('bud', ...how, ...from, '--file', 'deploy/Dockerfile', '--tag', tag, '.')
  }

  /** Ends its containers and mounts; what was built stays. */
  async close(): Promise<void> {
    await this.buildah('rm', '--all')
    // A store that was used is mounted on itself.
    await command('umount', [join(this.#folder, 'storage', 'overlay')]).catch(() => '')
  }

  async remove(): Promise<void> {
    await this.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function makeBaseImage(
  folder: string,
  codename: string,
  report: (line: string) => void,
): Promise<void> {
  report(`making a base image of ${codename} and Node ${process.versions.node}`)
  const tree = join(folder, 'tree')
  await command('debootstrap', ['--variant=minbase', '--include=ca-certificates', codename, tree])
  const modules = join(tree, 'usr/local/lib/node_modules')
  mkdirSync(modules, { recursive: true })
  await command('cp', [process.execPath, join(tree, 'usr/local/bin/node')])
  const npm = realpathSync(findExecutable('npm', pathFolders())[0] ?? '')
  await command('cp', ['-a', join(dirname(npm), '..'), join(modules, 'npm')])
  for (const bin of ['npm', 'npx']) {
    const link = join(tree, 'usr/local/bin', bin)
    await command('ln', ['-s', `../lib/node_modules/npm/bin/${bin}-cli.js`, link])
  }
  const archive = join(folder, 'tree.tar')
  const waste = ['./proc/*', './sys/*', './dev/*', './var/cache/apt/archives/*', './var/lib/apt/lists/*']
  await command('tar', ['-cf', archive, ...waste.map((path) => `--exclude=${path}`), '-C', tree, '.'])
  const store = new ImageStore(folder)
  try {
    const container = await store.buildah('from', ...store.policy, 'scratch')
    await store.buildah('add', '--quiet', container, archive, '/')
    await store.buildah('commit', '--quiet', ...store.policy, container, BASE_IMAGE)
  } finally {
    await store.close()
    for (const path of [tree, archive]) rmSync(path, { recursive: true, force: true })
  }
}
