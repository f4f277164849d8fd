/**
 * `npm run conformance`: runs the black-box suite of test/conformance/connect against Kafka Connect and Spillway and
 * writes the results to docs/compatibility.md. `--target=kafka-connect` or `--target=spillway` runs one of them;
 * `--record` records Kafka Connect's answers anew; `--no-docs` leaves the page alone.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type CaseResult, type Column, withResults } from './conformance-table.ts'
import { runStep } from './run-command.ts'

const TARGETS: Readonly<Record<string, Column>> = { 'kafka-connect': 'Kafka Connect', spillway: 'Spillway' }
/** The files that know a worker by its REST API and Kafka alone. */
const FILES = [
  'connectors',
  'restarts',
  'offsets',
  'plugins',
  'workers',
  'sink-task',
  'sink-rebalance',
  'sink-errors',
]
const TRANSCRIPT = 'transcript'
const PAGE = 'docs/compatibility.md'

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    record: { type: 'boolean', default: false },
    'no-docs': { type: 'boolean', default: false },
  },
})

/** Runs the files in one stack. */
async function runSuite(
  target: string,
  files: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly results: readonly CaseResult[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-results-'))
  const report = join(folder, 'results.jsonl')
  try {
    const code = await runStep({
      title: `the suite against ${TARGETS[target]}`,
      command: process.execPath,
      args: [
        'stack/with-stack.ts',
        'kafka',
        '--',
        process.execPath,
        '--conditions=development',
        '--test',
        '--test-concurrency=1',
        '--test-timeout=900000',
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        '--test-reporter=./scripts/case-reporter.ts',
        `--test-reporter-destination=${report}`,
        ...files.map((file) => `test/conformance/connect/${file}.test.ts`),
      ],
      env: { SPILLWAY_CONFORMANCE_TARGET: target, ...env },
    })
    const lines = readFileSync(report, 'utf8').split('\n').filter(Boolean)
    return { code, results: lines.map((line) => JSON.parse(line) as CaseResult) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function main(): Promise<number> {
  const targets = values.target ?? Object.keys(TARGETS)
  const unknown = targets.find((target) => TARGETS[target] === undefined)
  if (unknown !== undefined) {
    process.stderr.write(`There is no target ${unknown}: use ${Object.keys(TARGETS).join(' or ')}\n`)
    return 2
  }
  if (values.record) {
    return (await runSuite('kafka-connect', [TRANSCRIPT], { SPILLWAY_CONFORMANCE_RECORD: '1' })).code
  }
  if (targets.includes('spillway')) {
    const code = await runStep({ title: 'build', command: 'tsc', args: ['-b', 'spillway'] })
    if (code !== 0) return code
  }
  const results: Partial<Record<Column, readonly CaseResult[]>> = {}
  let worst = 0
  for (const target of targets) {
    const run = await runSuite(target, [...FILES, TRANSCRIPT])
    worst = Math.max(worst, run.code)
    const column = TARGETS[target]
    if (column !== undefined) results[column] = run.results
  }
  if (!values['no-docs']) {
    writeFileSync(PAGE, withResults(readFileSync(PAGE, 'utf8'), results))
    worst = Math.max(worst, await runStep({ title: 'format', command: 'prettier', args: ['--write', PAGE] }))
  }
  return worst
}

process.exitCode = await main()
