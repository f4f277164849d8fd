import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A worker that outlives the command that started it, remembered by a pid file beside its log. */
export class BackgroundWorker {
  readonly #pidFile: string
  readonly logFile: string

  constructor(folder: string) {
    this.#pidFile = join(folder, 'quickstart-worker.pid')
    this.logFile = join(folder, 'quickstart-worker.log')
  }

  /** @param root the repository. @param args of the `spillway` command. */
  start(root: string, args: readonly string[]): { readonly exited: Promise<number> } {
    mkdirSync(dirname(this.logFile), { recursive: true })
    const log = openSync(this.logFile, 'w')
    const child = spawn(process.execPath, [join(root, 'spillway', 'bin', 'spillway.js'), ...args], {
      cwd: root,
      detached: true,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    const exited = new Promise<number>((resolve) => {
      child.on('exit', (code) => resolve(code ?? -1))
    })
    writeFileSync(this.#pidFile, `${child.pid}\n`)
    child.unref()
    return { exited }
  }

  /** Asks the worker of an earlier run to end and waits for it; true where there was one. */
  async stop(): Promise<boolean> {
    if (!existsSync(this.#pidFile)) return false
    const pid = Number(readFileSync(this.#pidFile, 'utf8'))
    const wasRunning = isOurs(pid)
    if (wasRunning) {
      process.kill(pid, 'SIGTERM')
      const deadline = Date.now() + 15_000
      while (isOurs(pid)) {
        if (Date.now() > deadline) process.kill(pid, 'SIGKILL')
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    rmSync(this.#pidFile, { force: true })
    return wasRunning
  }

  lastLines(count: number): string {
    return existsSync(this.logFile)
      ? readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
      : ''
  }
}

/** True where the process lives and is a spillway worker: a pid may have been given to another program since. */
function isOurs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const commandLine = `/proc/${pid}/cmdline`
    return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('spillway.js')
  } catch {
    return false
  }
}
