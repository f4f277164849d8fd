/** The suite that Spillway's workers pass, against Kafka Connect itself: what the cases expect is what it does. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..', '..')

test('Kafka Connect passes the conformance suite', async () => {
  const script = join(root, 'scripts', 'run-conformance.ts')
  const args = ['--conditions=development', script, '--target=kafka-connect', '--no-docs']
  // A test file that is run by a test file reports to it, unless it does not know.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  assert.equal(code, 0)
})
