import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'

import { isPortFree, LOOPBACK, parsePort, pickFreePorts, resolvePorts } from './ports.ts'
import type { PortSpec } from './ports.ts'
import { StackError } from './stack-error.ts'

const SPECS: readonly PortSpec[] = [
  { name: 'broker', env: 'BROKER_PORT', fallback: 29092 },
  { name: 'controller', env: 'CONTROLLER_PORT', fallback: { after: 'broker' } },
  { name: 'store', env: 'STORE_PORT', fallback: 29000 },
]

test('a port is a whole number from 1 to 65535', () => {
  assert.equal(parsePort('1', 'P'), 1)
  assert.equal(parsePort(' 65535 ', 'P'), 65535)
  for (const text of ['0', '65536', '-1', '1.5', '1e3', '0x10', 'kafka', '', '  ', '123456']) {
    assert.throws(
      () => parsePort(text, 'BROKER_PORT'),
      /^StackError: BROKER_PORT is '.*', which is no port/,
      text,
    )
  }
})

test('ports are the defaults where nothing moves them', () => {
  assert.deepEqual(resolvePorts(SPECS, {}), { broker: 29092, controller: 29093, store: 29000 })
})

test('an empty variable counts as absent', () => {
  assert.equal(resolvePorts(SPECS, { STORE_PORT: '' })['store'], 29000)
})

test('a port that follows another moves along with it, unless it is moved itself', () => {
  assert.deepEqual(resolvePorts(SPECS, { BROKER_PORT: '4000' }), {
    broker: 4000,
    controller: 4001,
    store: 29000,
  })
  const both = resolvePorts(SPECS, { BROKER_PORT: '4000', CONTROLLER_PORT: '5000' })
  assert.deepEqual(both, { broker: 4000, controller: 5000, store: 29000 })
})

test('an override wins over the variable, for the following port too', () => {
  const ports = resolvePorts(SPECS, { BROKER_PORT: '4000' }, { broker: 6000 })
  assert.deepEqual(ports, { broker: 6000, controller: 6001, store: 29000 })
})

test('two servers on one port are refused, with the variables that move them', () => {
  assert.throws(
    () => resolvePorts(SPECS, { STORE_PORT: '29093' }),
    (error) => error instanceof StackError && /CONTROLLER_PORT or STORE_PORT/.test(error.message),
  )
})

test('a port that something listens on is not free, and free again afterwards', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  assert.equal(await isPortFree(address.port), false)
  await new Promise((resolve) => server.close(resolve))
  assert.equal(await isPortFree(address.port), true)
})

test('picked ports are distinct and below the range of outgoing connections', async () => {
  const ports = Object.values(await pickFreePorts(SPECS))
  assert.equal(new Set(ports).size, SPECS.length)
  assert.ok(
    ports.every((port) => port >= 15000 && port < 32768),
    String(ports),
  )
})
