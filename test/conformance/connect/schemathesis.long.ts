/** Against schemathesis, which makes requests of the description alone. Needs python3 with pip. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { pythonPackages } from '../../../stack/python-packages.ts'
import { locate, pythonWithPip } from '../../../stack/requirements.ts'
import { settingsFromEnv } from '../../../stack/settings.ts'
import { uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

/** Pinned: another release makes other requests. */
const PACKAGES = ['schemathesis==4.32.5']
/**
 * Checks that cannot hold where Kafka Connect is followed: it takes query parameters that its schema would not (`expand=x`
 * is nothing, `includeTasks=x` is false), and a configuration that a schema allows need not be one of a connector.
 */
const NOT_CONNECTS = ['negative_data_rejection', 'positive_data_acceptance']
const AUTHORIZATION = `Basic ${Buffer.from('admin:secret').toString('base64')}`

const folder = mkdtempSync(join(tmpdir(), 'spillway-schemathesis-'))
let libraries: string
before(async () => {
  const { cacheDir } = settingsFromEnv()
  libraries = await pythonPackages('schemathesis', PACKAGES, { cacheDir, report: console.log })
})
after(() => rmSync(folder, { recursive: true, force: true }))

for (const mode of ['standalone', 'distributed'] as const) {
  for (const login of [false, true]) {
    test(`${mode}, ${login ? 'with' : 'without'} a login: every check but ${NOT_CONNECTS.join(' and ')}`, async (t) => {
      const users = join(folder, 'users')
      writeFileSync(users, 'admin=secret\n')
      const worker = await WorkerProcess.start({
        ...(mode === 'distributed' && { cluster: uniqueName('schemathesis') }),
        config: login
          ? { 'rest.basic.auth.users.file': users, 'rest.anonymous.paths': '/health,/metrics' }
          : {},
      })
      t.after(async () => await worker.dispose())
      const headers = login ? { authorization: AUTHORIZATION } : {}
      await until('the worker is ready', async () => (await fetch(`${worker.url}/health`, { headers })).ok)
      const description = join(folder, `${mode}-${login}.json`)
      writeFileSync(description, await (await fetch(`${worker.url}/openapi.json`, { headers })).text())
      const args = [
        'run',
        description,
        '--url',
        worker.url,
        '--checks',
        'all',
        '--exclude-checks',
        NOT_CONNECTS.join(','),
      ]
      args.push(
        '--seed',
        process.env['SPILLWAY_SEED'] ?? '1',
        '--max-examples',
        '50',
        '--continue-on-failure',
      )
      args.push('--warnings', 'off', '--no-color', ...(login ? ['--auth', 'admin:secret'] : []))
      const { code, output } = await run(args)
      console.log(output.slice(-1_500))
      assert.equal(code, 0, output)
    })
  }
}

async function run(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const python = await locate(pythonWithPip)
  const env = { ...process.env, PYTHONPATH: libraries }
  const child = spawn(python, ['-m', 'schemathesis.cli', ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { code: code as number | null, output }
}
