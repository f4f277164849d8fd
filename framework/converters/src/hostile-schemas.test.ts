import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { HostileReport } from './conformance/hostile-child.ts'
import { hostileCases } from './conformance/hostile-schemas.ts'
import { fuzzRuns, seed } from './testing/property-runs.ts'

const CHILD = fileURLToPath(new URL('./conformance/hostile-child.ts', import.meta.url))
/** Memory for all of it, in MiB: far less than a schema without bounds takes. */
const HEAP_MIB = 768
/** One message that takes longer than this, on the busiest machine, takes for ever, in ms. */
const PATIENCE_MS = 60_000

/** Runs cases in a process of its own, which is ended where one of them does not end. */
async function reports(...args: readonly string[]): Promise<HostileReport[]> {
  const child = spawn(
    process.execPath,
    ['--conditions=development', `--max-old-space-size=${HEAP_MIB}`, CHILD, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let complaint = ''
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(-2000)
  })
  const found: HostileReport[] = []
  let current = 'nothing'
  const giveUp = (): void => void child.kill('SIGKILL')
  let patience = setTimeout(giveUp, PATIENCE_MS)
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(patience)
    patience = setTimeout(giveUp, PATIENCE_MS)
    const report = JSON.parse(line) as HostileReport & { readonly begin?: string }
    if (report.begin === undefined) found.push(report)
    else current = report.begin
  }
  clearTimeout(patience)
  const [code, signal] =
    child.exitCode === null
      ? ((await once(child, 'exit')) as [number | null, string | null])
      : [child.exitCode, null]
  assert.equal(code, 0, `ended with ${code ?? signal} at ${current}: ${complaint}`)
  return found
}

let known: Promise<HostileReport[]> | undefined

suite('hostile schemas and messages are read or refused, in bounded memory and time', () => {
  test('those that are known', async () => {
    const found = await (known ??= reports())
    assert.equal(found.length, hostileCases().length)
    for (const [i, { what, type, outcome }] of hostileCases().entries()) {
      const report = found[i] as HostileReport
      assert.equal(report.what, what)
      if (outcome !== undefined) assert.equal(report.outcome, outcome, `${type} ${what}: ${report.message}`)
      assert.ok(
        (report.message ?? '').length < 3000,
        `${type} ${what}: a message of ${report.message?.length}`,
      )
    }
  })

  test('a schema that is refused is refused once, with its id and the limit', async () => {
    for (const { what, type, message = '', refusedOnce } of await (known ??= reports())) {
      if (!/more than 50000 parts|nested deeper than 200|[sS]chema.* has \d+ characters/.test(message))
        continue
      assert.ok(refusedOnce, `${type} ${what}`)
      if (type !== 'ENVELOPE') assert.match(message, /topic t to .*chema id \d+/, `${type} ${what}`)
    }
  })

  test('random ones', async () => {
    const runs = fuzzRuns(150)
    const found = await reports(String(runs), String(seed()))
    assert.equal(found.length, runs)
    assert.ok(found.some(({ outcome }) => outcome === 'read'))
    assert.ok(found.some(({ outcome }) => outcome === 'refused'))
  })
})
