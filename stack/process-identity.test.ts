import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

import { parsePidRecord } from './pid-file.ts'
import { identifyProcess, isAlive, parseProcStat, signalProcess } from './process-identity.ts'

test('the start time is found behind a command name with spaces and brackets', () => {
  const after = 'S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20'
  assert.deepEqual(parseProcStat(`42 (a) b (c) ${after}`), { state: 'S', startTicks: '987654' })
  assert.equal(parseProcStat(''), undefined)
})

test('this process has an identity that stays the same', () => {
  const identity = identifyProcess(process.pid)
  assert.ok(identity !== undefined)
  assert.deepEqual(identifyProcess(process.pid), identity)
  assert.equal(isAlive(identity), true)
})

test('a recycled pid is another process: it is not alive and receives no signal', () => {
  const stranger = { pid: process.pid, birth: 'another boot:1' }
  assert.equal(isAlive(stranger), false)
  assert.equal(signalProcess(stranger, 'SIGKILL'), false)
})

test('a process that has ended is not alive', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  assert.ok(child.pid !== undefined)
  const identity = identifyProcess(child.pid)
  assert.ok(identity !== undefined)
  const exit = once(child, 'exit')
  assert.equal(signalProcess(identity, 'SIGKILL'), true)
  await exit
  assert.equal(isAlive(identity), false)
  assert.equal(signalProcess(identity, 'SIGKILL'), false)
})

test('a pid file names a process only when it is whole and its pid is an ordinary one', () => {
  const record = { pid: 4711, birth: 'boot:99', startedAt: 1_700_000_000_000, ports: { kafka: 29092 } }
  assert.deepEqual(parsePidRecord(JSON.stringify(record)), record)
  const damaged = [
    '',
    '{',
    'null',
    '4711',
    JSON.stringify({ ...record, pid: 0 }),
    JSON.stringify({ ...record, pid: 1 }),
    JSON.stringify({ ...record, pid: -4711 }),
    JSON.stringify({ ...record, pid: '4711' }),
    JSON.stringify({ ...record, birth: undefined }),
    JSON.stringify({ ...record, ports: undefined }),
    JSON.stringify({ ...record, ports: { kafka: '29092' } }),
  ]
  for (const text of damaged) assert.equal(parsePidRecord(text), undefined, text)
})
