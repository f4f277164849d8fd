import assert from 'node:assert/strict'
import { pbkdf2 } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { ByteBudget } from './byte-budget.ts'
import { openSpillBuffer, openSpillBufferOver } from './open-spill-buffer.ts'
import type { DiskWrite } from './segment-log.ts'
import type { FileBuffer, SpillBuffer } from './spill-buffer.ts'
import { SpillCorruptedError, SpillFullError } from './spill-errors.ts'

const MIB = 1024 * 1024
const derive = promisify(pbkdf2)
const root = mkdtempSync(join(tmpdir(), 'spillway-spill-test-'))
after(() => rmSync(root, { recursive: true, force: true }))

function open(memory: number, disk: number, write?: DiskWrite): SpillBuffer {
  return openSpillBufferOver(
    { directory: root, memory: new ByteBudget(memory), disk: new ByteBudget(disk) },
    write,
  )
}

/** Bytes that tell their place: no two windows of a few bytes are equal. */
function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed + 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    bytes[i] = state >>> 16
  }
  return bytes
}

async function readAll(file: FileBuffer): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of file.read()) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

function segmentsIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\d{8}\.spill$/.test(name))
    .map((name) => join(directory, name))
}

suite('SpillBuffer', () => {
  test('gives back what was appended, from memory alone, without touching the disk', async () => {
    const buffer = open(4 * MIB, 64 * MIB)
    const file = buffer.openFile()
    file.append(Buffer.from('{"a":1}'), Buffer.from('\n'))
    file.append(pattern(5000, 1), pattern(700, 2))
    const expected = Buffer.concat([Buffer.from('{"a":1}\n'), pattern(5000, 1), pattern(700, 2)])
    assert.equal(file.bytes, expected.length)
    assert.equal(file.memoryBytes, expected.length)
    assert.deepEqual(await readAll(file), expected)
    assert.deepEqual(await readAll(file), expected)
    assert.equal(buffer.diskBytes, 0)
    buffer.close()
  })

  test('keeps the budget with one large file, whose oldest bytes go to disk in order', async () => {
    const memory = new ByteBudget(2 * MIB)
    const buffer = openSpillBuffer({ directory: root, memory, disk: new ByteBudget(64 * MIB) })
    const file = buffer.openFile()
    const expected: Buffer[] = []
    for (let i = 0; i < 500; i++) {
      const record = pattern(20_000 + i, i)
      file.append(record)
      expected.push(record)
      assert.ok(memory.used <= 2 * MIB)
    }
    assert.ok(buffer.spilledBytes > 7 * MIB)
    assert.ok(file.memoryBytes < 2 * MIB)
    assert.deepEqual(await readAll(file), Buffer.concat(expected))
    file.release()
    assert.equal(buffer.diskBytes, 0)
    assert.equal(buffer.memoryBytes, 0)
    buffer.close()
    assert.equal(memory.used, 0)
  })

  test('holds 10,000 open files in a few megabytes, with few segments and no descriptor each', async () => {
    const memory = new ByteBudget(8 * MIB)
    const buffer = openSpillBuffer({ directory: root, memory, disk: new ByteBudget(256 * MIB) })
    const files = Array.from({ length: 10_000 }, () => buffer.openFile())
    for (let round = 0; round < 20; round++) {
      files.forEach((file, i) => file.append(pattern(190, i * 20 + round)))
    }
    assert.equal(buffer.openFiles, 10_000)
    assert.ok(memory.used <= 8 * MIB)
    assert.ok(segmentsIn(root).length <= 4)
    for (const i of [0, 1, 4999, 9998, 9999]) {
      const expected = Array.from({ length: 20 }, (_, round) => pattern(190, i * 20 + round))
      assert.deepEqual(await readAll(files[i] as FileBuffer), Buffer.concat(expected))
    }
    for (const file of files) file.release()
    assert.equal(buffer.openFiles, 0)
    assert.equal(buffer.diskBytes, 0)
    buffer.close()
  })

  test('reads on while the file grows and its tail goes to disk: what was there at the call, no more', async () => {
    const buffer = open(MIB, 64 * MIB)
    const file = buffer.openFile()
    const first = pattern(3 * MIB, 7)
    file.append(first.subarray(0, 900_000))
    file.append(first.subarray(900_000))
    const pieces: Buffer[] = []
    for await (const piece of file.read()) {
      pieces.push(Buffer.from(piece))
      file.append(pattern(200_000, pieces.length))
    }
    assert.deepEqual(Buffer.concat(pieces), first)
    buffer.close()
  })

  test('keeps segments until reads of them have ended, and fails the reader of a released file then', async () => {
    const buffer = open(MIB, 64 * MIB)
    const files = Array.from({ length: 100 }, () => buffer.openFile())
    for (let round = 0; round < 150; round++) {
      files.forEach((file, i) => file.append(pattern(3000, round * 100 + i)))
    }
    const file = files[50] as FileBuffer
    const reading = file.read()[Symbol.asyncIterator]()
    // The threads that read are busy, so the reads wait while their segments lose all that is alive.
    const busy = Promise.all(Array.from({ length: 8 }, () => derive('x', 'y', 60_000, 64, 'sha512')))
    const pending = reading.next()
    for (const each of files) each.release()
    await busy
    const expected = Buffer.concat(Array.from({ length: 150 }, (_, round) => pattern(3000, round * 100 + 50)))
    const { value } = (await pending) as { value: Buffer }
    assert.ok(value.length >= 256 * 1024)
    assert.ok(value.equals(expected.subarray(0, value.length)))
    await assert.rejects(() => reading.next(), /released while it was read/)
    assert.equal(buffer.diskBytes, 0)
    assert.deepEqual(segmentsIn(root), [])
    assert.throws(() => file.append(Buffer.from('x')), /released/)
    assert.throws(() => file.read(), /released/)
    file.release()
    buffer.close()
  })

  test('discards what the store has for good, on disk and in memory, and keeps places what they were', async () => {
    const buffer = open(MIB, 64 * MIB)
    const file = buffer.openFile()
    const bytes = pattern(5 * MIB, 1)
    for (let at = 0; at < bytes.length; at += 50_000) file.append(bytes.subarray(at, at + 50_000))
    file.discard(3 * MIB)
    assert.equal(file.bytes, bytes.length)
    const found: Buffer[] = []
    for await (const piece of file.read(3 * MIB)) found.push(Buffer.from(piece))
    assert.ok(Buffer.concat(found).equals(bytes.subarray(3 * MIB)))
    await assert.rejects(readAll(file), /discarded/)
    file.discard(bytes.length)
    assert.ok(buffer.memoryBytes <= 1024)
    assert.equal(buffer.diskBytes, 0)
    file.append(Buffer.from('more'))
    for await (const piece of file.read(bytes.length)) assert.equal(piece.toString(), 'more')
    buffer.close()
  })

  test('takes a record larger than the budget, and comes back to it', async () => {
    const memory = new ByteBudget(MIB)
    const buffer = openSpillBuffer({ directory: root, memory, disk: new ByteBudget(64 * MIB) })
    const file = buffer.openFile()
    const large = pattern(3 * MIB, 1)
    file.append(Buffer.from('before'))
    file.append(large)
    file.append(Buffer.from('after'))
    for (let i = 0; i < 40; i++) file.append(pattern(100_000, i))
    assert.ok(memory.used <= MIB)
    const found = await readAll(file)
    assert.deepEqual(found.subarray(6, 6 + large.length), large)
    buffer.close()
  })

  test('says so when memory and disk are full, takes nothing then, and goes on after a release', async () => {
    const buffer = open(MIB, 2 * MIB)
    const kept = buffer.openFile()
    const other = buffer.openFile()
    const record = pattern(10_000, 9)
    kept.append(record)
    let appended = 0
    assert.throws(() => {
      for (;;) {
        other.append(record)
        appended++
      }
    }, SpillFullError)
    assert.ok(appended * record.length > 2 * MIB)
    assert.equal(other.bytes, appended * record.length)
    assert.deepEqual(await readAll(other), Buffer.concat(Array.from({ length: appended }, () => record)))
    const space = buffer.waitForSpace()
    other.release()
    await space
    for (let i = 0; i < 150; i++) kept.append(record)
    assert.equal(kept.bytes, 151 * record.length)
    buffer.close()
  })

  test('does not miss space that was freed between the error and the wait for it', async () => {
    const buffer = open(MIB, 2 * MIB)
    const file = buffer.openFile()
    const record = pattern(100_000, 9)
    assert.throws(() => {
      for (;;) file.append(record)
    }, SpillFullError)
    file.release()
    const from = performance.now()
    await buffer.waitForSpace()
    assert.ok(performance.now() - from < 1000)
    buffer.close()
  })

  test('stops waiting for space when the signal says so', async () => {
    const buffer = open(MIB, MIB)
    const abort = new AbortController()
    const waiting = buffer.waitForSpace(abort.signal)
    abort.abort(new Error('task stopped'))
    await assert.rejects(waiting, /task stopped/)
    buffer.close()
  })

  test('survives a disk that fills up in the middle of a write: nothing is lost and nothing half there', async () => {
    let room = 3 * MIB
    const buffer = open(MIB, 64 * MIB, (fd, bytes, offset, length, position) => {
      if (room === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      const size = Math.min(length, room)
      room -= size
      return writeSync(fd, bytes, offset, size, position)
    })
    const files = Array.from({ length: 50 }, () => buffer.openFile())
    const expected = files.map(() => [] as Buffer[])
    assert.throws(
      () => {
        for (let i = 0; ; i++) {
          const record = pattern(3000, i)
          files[i % 50]?.append(record)
          expected[i % 50]?.push(record)
        }
      },
      (error) => error instanceof SpillFullError && /ENOSPC/.test(error.message),
    )
    const onDisk = segmentsIn(root).reduce((sum, path) => sum + statSync(path).size, 0)
    assert.equal(onDisk, buffer.diskBytes, 'what a failed write left is cut off')
    for (const [i, file] of files.entries()) {
      assert.deepEqual(await readAll(file), Buffer.concat(expected[i] ?? []))
    }
    room = Infinity
    for (const [i, file] of files.entries()) {
      file.append(pattern(50_000, i))
      expected[i]?.push(pattern(50_000, i))
    }
    for (const [i, file] of files.entries()) {
      assert.deepEqual(await readAll(file), Buffer.concat(expected[i] ?? []))
    }
    buffer.close()
  })

  test('names segment and offset of a flipped byte, wherever in a frame it is', async () => {
    for (const at of [0, 5, 9, 13, 16, 4000]) {
      const buffer = open(MIB, 64 * MIB)
      const file = buffer.openFile()
      for (let i = 0; i < 30; i++) file.append(pattern(100_000, i))
      const segment = segmentsIn(root)[0] ?? ''
      const bytes = readFileSync(segment)
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      writeFileSync(segment, bytes)
      await assert.rejects(readAll(file), (error) => {
        assert.ok(error instanceof SpillCorruptedError)
        assert.equal(error.segment, segment)
        assert.equal(error.offset, 0)
        assert.match(error.message, /restart the task/)
        return true
      })
      buffer.close()
    }
  })

  test('notices a segment that was cut short', async () => {
    const buffer = open(MIB, 64 * MIB)
    const file = buffer.openFile()
    for (let i = 0; i < 30; i++) file.append(pattern(100_000, i))
    const segment = segmentsIn(root)[0] ?? ''
    writeFileSync(segment, readFileSync(segment).subarray(0, 70_000))
    await assert.rejects(readAll(file), SpillCorruptedError)
    buffer.close()
  })

  test('drops segments nobody needs and compacts those that are mostly dead', async () => {
    const disk = new ByteBudget(256 * MIB)
    const buffer = openSpillBuffer({
      directory: root,
      memory: new ByteBudget(MIB),
      disk,
      segmentBytes: 2 * MIB,
    })
    const survivors: { readonly file: FileBuffer; readonly seed: number }[] = []
    for (let round = 0; round < 60; round++) {
      const files = Array.from({ length: 20 }, () => buffer.openFile())
      files.forEach((file, i) => file.append(pattern(60_000, round * 20 + i)))
      files.forEach((file, i) => {
        if (i === 7) survivors.push({ file, seed: round * 20 + i })
        else file.release()
      })
    }
    const live = survivors.length * 60_000
    assert.ok(buffer.diskBytes < 2 * live + 6 * 2 * MIB, `${buffer.diskBytes} bytes on disk for ${live}`)
    assert.ok(disk.used < 2 * live + 6 * 2 * MIB)
    for (const { file, seed } of survivors) assert.deepEqual(await readAll(file), pattern(60_000, seed))
    buffer.close()
    assert.equal(disk.used, 0)
    assert.deepEqual(segmentsIn(root), [])
  })

  test('compacts rather than refuse a write when the disk budget is used up by dead bytes', async () => {
    const buffer = openSpillBuffer({
      directory: root,
      memory: new ByteBudget(MIB),
      disk: new ByteBudget(8 * MIB),
      segmentBytes: MIB,
    })
    const keep = Array.from({ length: 10 }, () => buffer.openFile())
    for (let round = 0; round < 10; round++) {
      keep.forEach((file, i) => file.append(pattern(9000, round * 10 + i)))
      const drop = buffer.openFile()
      for (let i = 0; i < 11; i++) drop.append(pattern(60_000, i))
      keep.forEach((file, i) => file.append(pattern(4000, 5000 + round * 10 + i)))
      drop.release()
    }
    const filler = buffer.openFile()
    for (let i = 0; i < 70; i++) filler.append(pattern(80_000, i))
    for (const [i, file] of keep.entries()) {
      const expected = Array.from({ length: 10 }, (_, round) => [
        pattern(9000, round * 10 + i),
        pattern(4000, 5000 + round * 10 + i),
      ])
      assert.deepEqual(await readAll(file), Buffer.concat(expected.flat()))
    }
    buffer.close()
  })
})
