import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { ByteBudget } from './byte-budget.ts'
import { SegmentLog } from './segment-log.ts'
import { shrinkArena } from './shrink-arena.ts'
import { SpillStore } from './spill-store.ts'
import { spillVictims } from './spill-victims.ts'
import { readSpilled } from './spilled-reader.ts'

const MIB = 1024 * 1024

suite('SpillStore', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'spillway-spill-store-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  function openStore(segmentBytes: number): SpillStore {
    const log = new SegmentLog({ directory, segmentBytes, budget: new ByteBudget(64 * MIB).join() })
    return new SpillStore(new ByteBudget(MIB).join(), log)
  }

  async function read(store: SpillStore, file: number, end: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of readSpilled(store, file, 0, end, () => false)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  test('reads a file whose older bytes compaction has put behind its newer ones', async () => {
    const store = openStore(2 * MIB)
    const kept = store.files.add()
    const expected: Buffer[] = []
    const fillers: number[] = []
    for (let round = 0; round < 8; round++) {
      const bytes = Buffer.alloc(30_000, round + 1)
      store.append(kept, bytes, undefined)
      expected.push(bytes)
      const filler = store.files.add()
      for (let i = 0; i < 16; i++) store.append(filler, Buffer.alloc(50_000, 99), undefined)
      fillers.push(filler)
    }
    for (const filler of fillers.slice(0, -2)) store.release(filler)
    const segments = new Set<number>()
    const places: number[] = []
    assert.equal(store.compact(), true)
    while (store.compact());
    for (
      let extent = store.files.firstExtent[kept] ?? -1;
      extent !== -1;
      extent = store.extents.next(extent)
    ) {
      segments.add(store.extents.segment(extent))
      places.push(store.extents.segment(extent) * 2 ** 32 + store.extents.offset(extent))
    }
    assert.notDeepEqual(
      places,
      places.toSorted((a, b) => a - b),
      'compaction has changed the order on disk',
    )
    assert.ok((await read(store, kept, 8 * 30_000)).equals(Buffer.concat(expected)))
    store.close()
  })

  test('leaves a segment alone in which compaction meets a broken frame', async () => {
    const store = openStore(MIB)
    const kept = store.files.add()
    const dropped = store.files.add()
    store.append(kept, Buffer.alloc(100_000, 1), undefined)
    for (let i = 0; i < 20; i++) store.append(dropped, Buffer.alloc(100_000, 2), undefined)
    const extent = store.files.firstExtent[kept] as number
    const path = store.log.path(store.extents.segment(extent))
    const bytes = readFileSync(path)
    bytes[store.extents.offset(extent) + 50] = 77
    writeFileSync(path, bytes)
    store.release(dropped)
    assert.equal(store.compact(), false)
    assert.equal(store.compact(), false)
    await assert.rejects(read(store, kept, 100_000), /corrupted: a wrong checksum at offset \d+ of .*\.spill/)
    store.close()
  })

  test('gives memory back though every chunk has blocks in use, and moves them without a change', async () => {
    const budget = new ByteBudget(16 * MIB)
    const log = new SegmentLog({ directory, segmentBytes: MIB, budget: new ByteBudget(MIB).join() })
    const store = new SpillStore(budget.join(), log)
    const files = Array.from({ length: 400 }, () => store.files.add())
    for (let round = 0; round < 30; round++) {
      for (const file of files) store.append(file, Buffer.alloc(700, file + round), undefined)
    }
    const before = budget.used
    const kept = files.filter((file) => file % 3 === 0)
    for (const file of files) if (file % 3 !== 0) store.release(file)
    assert.ok(budget.used > before * 0.6, 'blocks in use hold on to most chunks')
    shrinkArena(store.arena, store.files, 0)
    assert.equal(budget.used, store.arena.bytes)
    assert.ok(store.arena.bytes - store.arena.usedBytes < 256 * 1024)
    for (const file of kept) store.append(file, Buffer.from('end'), undefined)
    for (const file of kept) {
      const expected = Array.from({ length: 30 }, (_, round) => Buffer.alloc(700, file + round))
      assert.ok((await read(store, file, 21_003)).equals(Buffer.concat([...expected, Buffer.from('end')])))
    }
    assert.equal(log.writtenBytes, 0)
    store.close()
  })

  test('spills the largest tails first', () => {
    const store = openStore(MIB)
    const files = [100, 9000, 300, 70_000, 9000].map((size) => {
      const file = store.files.add()
      store.append(file, Buffer.alloc(size), undefined)
      return file
    })
    assert.deepEqual(spillVictims(store.files, 1), [files[3]])
    assert.deepEqual(spillVictims(store.files, 70_001), [files[1], files[3]])
    assert.deepEqual(spillVictims(store.files, 88_001), [files[1], files[2], files[3], files[4]])
    assert.deepEqual(spillVictims(store.files, Infinity), files)
    store.release(files[3] as number)
    assert.deepEqual(spillVictims(store.files, 1), [files[1]])
    store.close()
  })
})
