import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ByteBudget } from './byte-budget.ts'
import { openSpillBuffer } from './open-spill-buffer.ts'
import { reclaimSpillThread } from './reclaim-thread.ts'

const MIB = 1024 * 1024
const module = new URL('./index.ts', import.meta.url).href

/** Opens a buffer, spills a few megabytes, says so and stays. */
const SPILLING = `
  const { openSpillBuffer, ByteBudget } = await import(${JSON.stringify(module)})
  const { workerData, parentPort } = await import('node:worker_threads')
  const { memory, disk, directory } = workerData ?? { directory: process.argv[1] }
  const buffer = openSpillBuffer({
    directory,
    memory: memory ? ByteBudget.attach(memory) : new ByteBudget(${MIB}),
    disk: disk ? ByteBudget.attach(disk) : new ByteBudget(${64 * MIB}),
  })
  const file = buffer.openFile()
  for (let i = 0; i < 40; i++) file.append(Buffer.alloc(100_000, i))
  if (parentPort) parentPort.postMessage('spilled')
  else process.stdout.write('spilled')
  setInterval(() => file.bytes, 1000)
`

suite('the directory of the spill log', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'spillway-spill-dir-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const openOne = () =>
    openSpillBuffer({ directory: root, memory: new ByteBudget(MIB), disk: new ByteBudget(MIB) })

  test('is swept of what a killed process left, and of nothing that is alive', async () => {
    const mine = openOne()
    const child = spawn(process.execPath, ['--input-type=module', '-e', SPILLING, root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    assert.equal(readdirSync(root).length, 2)
    const second = openOne()
    assert.equal(readdirSync(root).length, 3)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(readdirSync(root).length, 3)
    const third = openOne()
    assert.equal(readdirSync(root).length, 3)
    for (const buffer of [mine, second, third]) buffer.close()
    assert.deepEqual(readdirSync(root), [])
  })

  test('is swept of a process whose pid another one has now, and keeps what it does not know', () => {
    const mine = openOne()
    const [name] = readdirSync(root)
    const impostor = (name ?? '').replace(/-\d+-(\d+)-(\d+)\.spill$/, '-1-$1-$2.spill')
    const foreign = `elsewhere.${process.pid}-1-0-0.spill`
    for (const other of [impostor, foreign, 'notes']) mkdirSync(join(root, other))
    writeFileSync(join(root, impostor, '00000000.spill'), 'old')
    openOne().close()
    assert.deepEqual(readdirSync(root).sort(), [name, foreign, 'notes'].sort())
    mine.close()
  })

  test('and both budgets get back what an ended thread held', async () => {
    const memory = new ByteBudget(2 * MIB)
    const disk = new ByteBudget(64 * MIB)
    const thread = new Worker(SPILLING, {
      eval: true,
      workerData: { memory: memory.shared, disk: disk.shared, directory: root },
    })
    const { threadId } = thread
    await once(thread, 'message')
    const mine = openSpillBuffer({ directory: root, memory, disk })
    mine.openFile().append(Buffer.alloc(10))
    await thread.terminate()
    assert.ok(disk.used > 0)
    reclaimSpillThread({ memory, disk, directory: root }, threadId)
    assert.equal(disk.used, 0)
    assert.equal(memory.used, 256 * 1024)
    assert.equal(readdirSync(root).length, 1)
    mine.close()
    assert.equal(memory.used, 0)
  })

  test('that cannot be used is an error that names the key', () => {
    writeFileSync(join(root, 'file'), '')
    assert.throws(
      () =>
        openSpillBuffer({
          directory: join(root, 'file', 'below'),
          memory: new ByteBudget(MIB),
          disk: new ByteBudget(MIB),
        }),
      /Cannot use .* Set buffer\.dir/,
    )
  })
})
