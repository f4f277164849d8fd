/**
 * `npm test` after the installation: build, checks, then every test against real servers started for it and stopped
 * after it. `--unit` runs what needs no server; `--long` runs the full counts; `--only <glob>` some files.
 */
import { globSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runStep, type Step } from './run-command.ts'

const UNIT = [
  'framework/{src,*/src}/**/*.test.ts',
  'connectors/*/src/**/*.test.ts',
  'transforms/{src,*/src}/**/*.test.ts',
  'spillway/src/**/*.test.ts',
  'scripts/**/*.test.ts',
]
const INTEGRATION = ['stack/**/*.test.ts', 'test/**/*.test.ts']
/** Minutes each, and only in the long run: see CONTRIBUTING.md. */
const LONG = ['test/**/*.long.ts']
const SERVERS = ['kafka', 's3', 'registry', 'postgres', 'mariadb', 'aws']

const { values } = parseArgs({
  options: {
    unit: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    'skip-checks': { type: 'boolean', default: false },
  },
})

// The runner is content with no file at all.
for (const pattern of values.only ?? []) {
  if (globSync(pattern).length === 0) throw new Error(`No test file is named like --only ${pattern}`)
}

const node = process.execPath
const testRunner = (globs: readonly string[]): string[] => [
  '--conditions=development',
  '--test',
  `--test-concurrency=${values.long ? 1 : 2}`,
  '--test-reporter=spec',
  // A test that hangs is a failure, not an endless run.
  `--test-timeout=${values.long ? 3_600_000 : 600_000}`,
  '--import',
  new URL('../test/support/seed.ts', import.meta.url).href,
  ...globs,
]
/** One seed for every property test; another one each time for the long run, printed for repeating it. */
const seed = process.env['SPILLWAY_SEED'] ?? (values.long ? String(Date.now() % 1_000_000_000) : '20261121')
console.log(`SPILLWAY_SEED=${seed}`)

const longEnv = values.long
  ? {
      SPILLWAY_LONG: '1',
      SPILLWAY_PROPERTY_RUNS: '2000',
      SPILLWAY_CONVERTER_RUNS: '10000',
      SPILLWAY_FUZZ_RUNS: '100000',
      SPILLWAY_MODEL_HISTORIES: '2000',
    }
  : {}

const tools: Step = { title: 'tools', command: node, args: ['scripts/install-test-tools.ts'] }
const build: Step = { title: 'build', command: 'tsc', args: ['-b'] }
const checks: Step[] = [
  { title: 'lint', command: 'oxlint', args: ['--type-aware', '--tsconfig', 'tsconfig.json'] },
  { title: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  { title: 'structure', command: node, args: ['scripts/check-structure.ts'] },
  {
    title: 'generated docs',
    command: node,
    args: ['--conditions=development', 'scripts/generate-docs.ts', '--check'],
  },
]
const unit: Step = {
  title: 'unit tests',
  command: node,
  args: testRunner(values.only ?? UNIT),
  env: { SPILLWAY_SEED: seed },
}
const all: Step = {
  title: 'tests',
  command: node,
  args: [
    'stack/with-stack.ts',
    ...SERVERS,
    '--',
    node,
    ...testRunner(values.only ?? [...UNIT, ...INTEGRATION, ...(values.long ? LONG : [])]),
  ],
  env: { ...longEnv, SPILLWAY_SEED: seed },
}

const steps: Step[] = [
  build,
  ...(values['skip-checks'] ? [] : checks),
  ...(values.unit ? [unit] : [tools, all]),
]
for (const step of steps) {
  const code = await runStep(step)
  if (code !== 0) {
    process.exitCode = code
    break
  }
}
