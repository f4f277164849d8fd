import { spawn } from 'node:child_process'

import { StackError } from './stack-error.ts'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  readonly account?: { readonly uid: number; readonly gid: number } | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a command to its end and resolves to what it printed.
 *
 * @throws StackError with the command and the end of its output when it cannot start or does not exit with 0
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { cwd, env, input, account, signal } = options
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
      ...(signal === undefined ? {} : { signal }),
    })
    const chunks: Buffer[] = []
    const keep = (chunk: Buffer): void => {
      chunks.push(chunk)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    // A command that ends without reading its input is judged by its exit code, not by the broken pipe.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input ?? '')
    child.on('error', (error) => {
      if (signal?.aborted === true) reject(signal.reason as Error)
      else reject(new StackError(`cannot run ${command}: ${error.message}`, { cause: error }))
    })
    child.on('close', (code, killedBy) => {
      const output = Buffer.concat(chunks).toString('utf8')
      if (code === 0) return resolve(output)
      const ending = code === null ? `was ended by ${killedBy}` : `exited with ${code}`
      reject(new StackError(`${command} ${args.join(' ')} ${ending}:\n${lastLines(output, 25)}`))
    })
  })
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}
