import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { TestContext, drain, text, same } from '../testing/state-stores/harness.ts'
import { SqliteStoreEngine } from './sqlite/sqlite-store-engine.ts'

const writer = fileURLToPath(new URL('fixtures/write-until-killed.ts', import.meta.url))

/** Runs the writer, kills it after that many commits, and returns the last commit it reported. */
async function writeAndKill(stateDir: string, commits: number): Promise<number> {
  const child = spawn(process.execPath, [writer, stateDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let last = 0
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    if (last >= commits) child.kill('SIGKILL')
  }
  const [, signal] = (await closed) as [number | null, string]
  assert.equal(signal, 'SIGKILL')
  return last
}

test('a killed process leaves all rows of one commit with its offset, and none of a later one', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'spillway-state-'))
  try {
    for (const commits of [1, 3, 10]) {
      const reported = await writeAndKill(stateDir, commits)
      const engine = new SqliteStoreEngine({ stateDir })
      const store = engine.keyValue({ name: 'kv', timestamped: false }, new TestContext())
      const offset = engine.committedOffset('app', '0_0', 'kv')
      // The kill may fall between a commit and its report.
      assert.ok(
        Number(offset) === reported || Number(offset) === reported + 1,
        `offset ${offset}, reported ${reported}`,
      )
      const rows = drain(store.all(), (row) => `${text(row.key)}=${text(row.value)}`)
      const expected = Array.from({ length: 500 }, (_unused, i) => `key ${i}=${offset}`)
      same(rows.sort(), [...expected, `round ${offset}=${offset}`].sort())
      engine.close()
      rmSync(join(stateDir, 'app'), { recursive: true })
    }
  } finally {
    rmSync(stateDir, { recursive: true })
  }
})
