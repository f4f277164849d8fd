import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { killProcessesByEnv } from './leftover-processes.ts'
import { pickFreePorts } from './ports.ts'
import { identifyProcess, isAlive } from './process-identity.ts'
import type { ProcessIdentity } from './process-identity.ts'
import type { ServerTls } from './servers/server.ts'
import { PORT_SPECS, settingsFromEnv } from './settings.ts'
import { Stack } from './stack.ts'

const PREFIX = 'spillway-stack-'
const OWNER = 'owner.json'

/**
 * A stack with a folder and free ports of its own, for one process: disposing of it stops its servers and deletes the
 * folder. It may be frozen, killed and reset without anybody else noticing.
 */
export class PrivateStack extends Stack implements AsyncDisposable {
  /** Makes the folder and picks the ports; nothing is started yet. */
  static async create(options: { readonly tls?: ServerTls } = {}): Promise<PrivateStack> {
    await removeOrphans()
    const dir = mkdtempSync(join(tmpdir(), PREFIX))
    // Databases run under an account of their own, which must be able to pass through.
    chmodSync(dir, 0o711)
    writeFileSync(join(dir, OWNER), JSON.stringify(identifyProcess(process.pid)))
    const settings = settingsFromEnv(process.env, { dir, ports: await pickFreePorts(PORT_SPECS) })
    return new PrivateStack({ ...settings, ...options })
  }

  /**
   * Kills the commands that were pointed at this stack by its environment variables and still run, in whatever process
   * group.
   *
   * @returns their command lines
   */
  killCommands(): string[] {
    return killProcessesByEnv('SPILLWAY_STACK_DIR', this.settings.dir)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove()
  }
}

/** A process that is killed cannot dispose of its stack: the next one to make a stack does it. */
async function removeOrphans(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const dir = join(tmpdir(), name)
    if (!name.startsWith(PREFIX) || !isOrphan(dir)) continue
    const orphan = new PrivateStack(settingsFromEnv(process.env, { dir }))
    orphan.killCommands()
    await orphan.remove()
  }
}

function isOrphan(dir: string): boolean {
  let owner: ProcessIdentity
  try {
    owner = JSON.parse(readFileSync(join(dir, OWNER), 'utf8')) as ProcessIdentity
  } catch {
    // Being made this instant, another user's, or none of ours.
    return false
  }
  return !isAlive(owner)
}
