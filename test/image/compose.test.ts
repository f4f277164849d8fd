import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { settingsFromEnv } from '../../framework/worker/src/cli/env-config.ts'

test('the workers of deploy/compose.yaml have every variable they need, and names of their own', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'deploy', 'compose.yaml'), 'utf8')
  const variables = [...text.matchAll(/^ +(CONNECT_\w+): '?([^'\n]+)'?$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  )
  const hosts = variables.filter(([name]) => name === 'CONNECT_REST_ADVERTISED_HOST_NAME')
  assert.deepEqual(
    hosts.map(([, host]) => host),
    ['worker-1', 'worker-2'],
  )
  const { config } = settingsFromEnv(Object.fromEntries(variables), 'distributed')
  assert.equal(config['bootstrap.servers'], 'kafka:9092')
})
