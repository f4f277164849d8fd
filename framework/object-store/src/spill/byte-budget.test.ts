import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ByteBudget } from './byte-budget.ts'
import { openSpillBuffer } from './open-spill-buffer.ts'

const MIB = 1024 * 1024

suite('ByteBudget', () => {
  test('is one number for all members, and refuses what it has not', () => {
    const budget = new ByteBudget(100 * 1024)
    const [a, b] = [budget.join(), ByteBudget.attach(budget.shared).join()]
    assert.equal(a.tryReserve(60 * 1024), true)
    assert.equal(b.tryReserve(60 * 1024), false)
    assert.equal(b.tryReserve(40 * 1024), true)
    assert.equal(budget.used, 100 * 1024)
    a.release(20 * 1024)
    assert.equal(budget.used, 80 * 1024)
    assert.equal(a.used, 40 * 1024)
    b.overdraw(50 * 1024)
    assert.equal(a.excess, 30 * 1024)
    b.close()
    b.close()
    assert.equal(budget.used, 40 * 1024)
    a.close()
    assert.equal(budget.used, 0)
  })

  test('counts exactly while threads take and give at the same time', async () => {
    const budget = new ByteBudget(8 * MIB)
    const source = `
      const { ByteBudget } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
      const { workerData, parentPort } = await import('node:worker_threads')
      const member = ByteBudget.attach(workerData).join()
      let held = 0
      for (let i = 0; i < 20000; i++) {
        if (i % 3 === 2 && held > 0) { member.release(4096); held-- }
        else if (member.tryReserve(4096)) held++
      }
      parentPort.postMessage({ held, used: member.used })
    `
    const threads = [1, 2, 3].map(() => new Worker(source, { eval: true, workerData: budget.shared }))
    const results = await Promise.all(
      threads.map(async (thread) => {
        const [message] = (await once(thread, 'message')) as [{ held: number; used: number }]
        return message
      }),
    )
    for (const { held, used } of results) assert.equal(used, held * 4096)
    const total = results.reduce((sum, { used }) => sum + used, 0)
    assert.equal(budget.used, total)
    assert.ok(total <= 8 * MIB)
    await Promise.all(threads.map((thread) => thread.terminate()))
  })

  test('lets a task that needs memory have it from one that holds more than its share', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'spillway-budget-'))
    const memory = new ByteBudget(8 * MIB)
    const disk = new ByteBudget(64 * MIB)
    const rich = openSpillBuffer({ directory, memory, disk })
    const poor = openSpillBuffer({ directory, memory, disk })
    try {
      const files = Array.from({ length: 200 }, () => rich.openFile())
      for (let i = 0; i < 2000; i++) files[i % 200]?.append(Buffer.alloc(4000, i))
      assert.ok(rich.memoryBytes > 7 * MIB)
      rich.relieve()
      assert.ok(rich.memoryBytes > 7 * MIB, 'nobody has asked yet')
      const file = poor.openFile()
      for (let i = 0; i < 70; i++) file.append(Buffer.alloc(4000, i))
      while (poor.spilledBytes === 0) file.append(Buffer.alloc(4000))
      rich.relieve()
      const given = rich.memoryBytes
      assert.ok(given <= 7 * MIB)
      rich.relieve()
      assert.equal(rich.memoryBytes, given, 'asked once, it gives once')
      for (let i = 0; i < 4000; i++) {
        file.append(Buffer.alloc(4000, i))
        rich.relieve()
      }
      assert.ok(memory.used <= 8 * MIB)
      assert.ok(rich.memoryBytes <= 4 * MIB)
      assert.ok(poor.memoryBytes > 3 * MIB)
      assert.equal(poor.spilledBytes > 0, true)
    } finally {
      rich.close()
      poor.close()
      rmSync(directory, { recursive: true, force: true })
    }
  })

  test('wakes a task that waits when another thread frees something', async () => {
    const budget = new ByteBudget(MIB)
    const waiting = budget.join()
    const thread = new Worker(
      `const { ByteBudget } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
       const { workerData, parentPort } = await import('node:worker_threads')
       const member = ByteBudget.attach(workerData).join()
       member.tryReserve(4096)
       parentPort.postMessage('holds')
       parentPort.once('message', () => member.release(4096))`,
      { eval: true, workerData: budget.shared },
    )
    await once(thread, 'message')
    const freed = waiting.waitForRelease(waiting.epoch, 60_000)
    thread.postMessage('release')
    await freed
    assert.equal(budget.used, 0)
    await thread.terminate()
  })
})
