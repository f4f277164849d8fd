import { spawn } from 'node:child_process'

/** A step of a script: what to say, and the command. */
export interface Step {
  readonly title: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Runs a command to its end with this terminal's output; SIGINT and SIGTERM are passed on and awaited.
 * @returns the exit code; 130 and 143 for a signal.
 */
export async function runStep(step: Step): Promise<number> {
  const started = performance.now()
  console.log(`\n== ${step.title}`)
  const child = spawn(step.command, step.args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...step.env },
  })
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal)
  }
  process.on('SIGINT', pass)
  process.on('SIGTERM', pass)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (exitCode, signal) => resolve(exitCode ?? (signal === 'SIGINT' ? 130 : 143)))
  })
  process.off('SIGINT', pass)
  process.off('SIGTERM', pass)
  console.log(
    `== ${step.title}: ${code === 0 ? 'done' : `exit code ${code}`} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
  return code
}
