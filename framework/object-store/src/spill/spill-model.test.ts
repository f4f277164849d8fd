import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { ByteBudget } from './byte-budget.ts'
import { openSpillBufferOver } from './open-spill-buffer.ts'
import type { FileBuffer } from './spill-buffer.ts'
import { SpillFullError } from './spill-errors.ts'

const KIB = 1024
const root = mkdtempSync(join(tmpdir(), 'spillway-spill-model-'))
after(() => rmSync(root, { recursive: true, force: true }))

type OnFile = { readonly file: number }

/** One step of a history; files are named by number and opened when first written to. */
type Step =
  | ({ readonly kind: 'append'; readonly size: number; readonly more: number } & OnFile)
  | ({ readonly kind: 'release' } & OnFile)
  | ({ readonly kind: 'discard'; readonly share: number } & OnFile)
  | ({ readonly kind: 'read' | 'readWhileGrowing' | 'readAndDiscard' } & OnFile)
  | { readonly kind: 'diskFails'; readonly after: number }
  | { readonly kind: 'diskWorks' }
  | { readonly kind: 'neighbourTakes' }
  | { readonly kind: 'neighbourGives' }
  | { readonly kind: 'relieve' }

const file = fc.nat(30)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      file,
      size: fc.oneof(fc.nat(600), fc.nat(9000), fc.integer({ min: 50_000, max: 400_000 })),
      more: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), file }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom<'read' | 'readWhileGrowing' | 'readAndDiscard'>(
        'read',
        'readWhileGrowing',
        'readAndDiscard',
      ),
      file,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('discard' as const),
      file,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('diskFails' as const), after: fc.nat(200_000) }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      { kind: 'diskWorks' },
      { kind: 'neighbourTakes' },
      { kind: 'neighbourGives' },
      { kind: 'relieve' },
    ),
  },
)

let counter = 0
function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE((counter += 0x9e3779b1) >>> 0, i)
  return bytes
}

async function run(steps: readonly Step[]): Promise<void> {
  const memory = new ByteBudget(1280 * KIB)
  const disk = new ByteBudget(6 * 1024 * KIB)
  const neighbour = memory.join()
  let room = Infinity
  const buffer = openSpillBufferOver(
    { directory: root, memory, disk, segmentBytes: 1024 * KIB },
    (fd, bytes, offset, length, position) => {
      if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      const size = Math.min(length, room)
      room -= size
      return writeSync(fd, bytes, offset, size, position)
    },
  )
  const model = new Map<number, { readonly file: FileBuffer; readonly pieces: Buffer[]; start: number }>()
  try {
    for (const step of steps) {
      if (step.kind === 'append') append(step)
      else if (step.kind === 'diskFails') room = step.after
      else if (step.kind === 'diskWorks') room = Infinity
      else if (step.kind === 'neighbourTakes') neighbour.tryReserve(300 * KIB)
      else if (step.kind === 'neighbourGives') neighbour.release(neighbour.used)
      else if (step.kind === 'relieve') buffer.relieve()
      else if (step.kind === 'discard') discard(step)
      else if (step.kind === 'release') {
        model.get(step.file)?.file.release()
        model.delete(step.file)
      } else await read(step.file, step.kind)
      assert.equal(buffer.openFiles, model.size)
    }
    for (const name of model.keys()) await read(name, 'read')
    for (const { file: open } of model.values()) open.release()
    assert.equal(buffer.memoryBytes, 0)
    assert.equal(buffer.diskBytes, 0)
    assert.equal(disk.used, 0)
  } finally {
    buffer.close()
  }
  assert.equal(memory.used, neighbour.used)

  function append(append: Extract<Step, { kind: 'append' }>): void {
    let open = model.get(append.file)
    if (open === undefined) model.set(append.file, (open = { file: buffer.openFile(), pieces: [], start: 0 }))
    const [bytes, more] = [bytesOf(append.size), bytesOf(append.more)]
    const before = open.file.bytes
    try {
      open.file.append(bytes, ...(append.more === 0 ? [] : [more]))
      open.pieces.push(bytes, more)
      assert.equal(open.file.bytes, before + bytes.length + more.length)
    } catch (error) {
      assert.ok(error instanceof SpillFullError)
      assert.equal(open.file.bytes, before)
    }
  }

  function discard({ file: name, share }: Extract<Step, { kind: 'discard' }>): void {
    const open = model.get(name)
    if (open === undefined) return
    const before = open.file.bytes
    open.start = Math.max(open.start, Math.floor(before * share))
    open.file.discard(open.start)
    assert.equal(open.file.bytes, before)
  }

  async function read(name: number, how: 'read' | 'readWhileGrowing' | 'readAndDiscard'): Promise<void> {
    const open = model.get(name)
    if (open === undefined) return
    const expected = Buffer.concat(open.pieces).subarray(open.start)
    const found: Buffer[] = []
    for await (const piece of open.file.read(open.start)) {
      found.push(Buffer.from(piece))
      if (how === 'read') continue
      append({ kind: 'append', file: name, size: 70_000, more: 1 })
      if (how === 'readAndDiscard') open.file.discard((open.start += piece.length))
    }
    assert.ok(Buffer.concat(found).equals(expected))
  }
}

test('whatever happens, every open file holds exactly what was appended to it', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 150, size: 'max' }), run), {
    numRuns: Number(process.env['SPILLWAY_PROPERTY_RUNS'] ?? 60),
  })
})
