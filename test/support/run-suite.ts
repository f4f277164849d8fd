import { execFile } from 'node:child_process'

/** What a run of one test file says. */
export interface SuiteRun {
  /** Its exit code. */
  readonly status: number
  /** Names of tests that failed. */
  readonly failed: readonly string[]
  readonly passed: number
  readonly output: string
}

export interface SuiteRunOptions {
  readonly cwd?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a test file as its author would, in a process of its own, whatever it is run from. */
export async function runSuite(file: string, options: SuiteRunOptions = {}): Promise<SuiteRun> {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...inherited } = process.env
  const args = [...(options.args ?? []), '--test', '--test-reporter=tap', file]
  const [status, stdout, stderr] = await new Promise<[number, string, string]>((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: options.cwd, env: { ...inherited, ...options.env }, maxBuffer: 16 * 1024 * 1024 },
      (error, out, err) => {
        const code = error === null ? 0 : error.code
        resolve([typeof code === 'number' ? code : 1, out, err])
      },
    )
  })
  const results = [...stdout.matchAll(/^ +(not ok|ok) \d+ - (.*)$/gm)]
  return {
    status,
    failed: results
      .filter(([, result]) => result === 'not ok')
      .map(([, , name = '']) => name.replaceAll('\\', '')),
    passed: results.filter(([, result]) => result === 'ok').length,
    output: `${stdout}${stderr}`,
  }
}
