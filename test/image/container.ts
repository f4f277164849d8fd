import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WorkerProcess } from '../support/worker-process.ts'

/** What an image says of the containers made of it. */
export interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly WorkingDir: string
  readonly Volumes: Readonly<Record<string, unknown>>
  readonly ExposedPorts: Readonly<Record<string, unknown>>
  readonly StopSignal: string
  readonly Healthcheck: { readonly Test: readonly string[] }
}

export interface ContainerOptions {
  readonly env: Readonly<Record<string, string>>
  /** Folders of this machine by their place in the container; all but the image's volumes are read-only. */
  readonly mounts?: Readonly<Record<string, string>>
  /** Instead of the image's command. */
  readonly command?: readonly string[]
}

/**
 * What an engine does for `docker run --read-only`, by the kernel's means: process 1 of its own process and mount
 * namespaces, a root that nobody may write to, volumes bound over it, the image's user.
 */
const START = `
set -e
root=$1 user=$2 cwd=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
  mount --bind "$1" "$root$2"
  [ "$3" = rw ] || mount -o remount,bind,ro "$root$2"
  shift 3
done
shift
mount -o remount,bind,ro "$root"
cd "$root$cwd"
exec chroot --userspec="$user" "$root" env --chdir="$cwd" -i "$@"
`

/** What an engine sets where an image does not. */
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The worker of an image as process 1 of a container. */
export class Container extends WorkerProcess {
  readonly #unshare: ChildProcess
  /** The container's volume on this machine. */
  readonly volume: string

  private constructor(child: ChildProcess, folder: string, volume: string) {
    super(child, folder)
    this.#unshare = child
    this.volume = volume
  }

  static create(root: string, image: ImageConfig, options: ContainerOptions): Container {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-container-'))
    const [uid = '', gid = '0'] = image.User.split(':')
    const volume = join(folder, 'volume')
    mkdirSync(volume)
    chownSync(volume, Number(uid), Number(gid))
    const mounts = [
      ...Object.keys(image.Volumes).flatMap((place) => [volume, place, 'rw']),
      ...Object.entries(options.mounts ?? {}).flatMap(([place, from]) => [from, place, 'ro']),
    ]
    const env = [
      DEFAULT_PATH,
      ...image.Env,
      ...Object.entries(options.env).map(([name, value]) => `${name}=${value}`),
    ]
    const command = [...image.Entrypoint, ...(options.command ?? image.Cmd)]
    const log = openSync(join(folder, 'worker.log'), 'a')
    try {
      const namespaces = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', START, 'sh']
      const place = [root, `${uid}:${gid}`, image.WorkingDir, ...mounts, '--']
      const child = spawn('unshare', [...namespaces, ...place, ...env, ...command], {
        stdio: ['ignore', log, log],
      })
      return new Container(child, folder, volume)
    } finally {
      closeSync(log)
    }
  }

  /** Signals process 1 of the container, as an engine does. */
  override kill(signal: NodeJS.Signals): void {
    const { pid } = this.#unshare
    const inner = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
    if (inner > 0) process.kill(inner, signal)
    else this.#unshare.kill(signal)
  }
}
