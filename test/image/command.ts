import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs a command and resolves to its standard output. @throws {Error} with the end of what it printed. */
export async function command(file: string, args: readonly string[], cwd?: string): Promise<string> {
  try {
    const options = { maxBuffer: 64 * 1024 * 1024, ...(cwd !== undefined && { cwd }) }
    return (await run(file, args, options)).stdout.trim()
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    const end = `${stdout}\n${stderr}`.trim().split('\n').slice(-40).join('\n')
    throw new Error(`${file} ${args.join(' ')} failed:\n${end}`, { cause })
  }
}
