import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import { appendRow, rowGroups } from './row-spill.ts'

/** Rows as they are spilled, read back in pieces of those sizes. */
function fileOf(rows: readonly Uint8Array[], pieces: readonly number[]): FileBuffer {
  const written: Uint8Array[] = []
  const file: FileBuffer = {
    bytes: 0,
    memoryBytes: 0,
    append: (bytes, more = Buffer.alloc(0)) => void written.push(Buffer.from(bytes), Buffer.from(more)),
    async *read() {
      const all = Buffer.concat(written)
      for (let at = 0, i = 0; at < all.length; i++) {
        const size = pieces[i % pieces.length] as number
        const piece = Buffer.from(all.subarray(at, at + size))
        yield piece
        // Valid no longer than until the next one is asked for.
        piece.fill(0xff)
        at += size
      }
    },
    discard() {},
    release() {},
  }
  for (const row of rows) appendRow(row, file)
  return file
}

async function groupsOf(file: FileBuffer, groupBytes: number): Promise<(readonly Buffer[])[]> {
  const groups: (readonly Buffer[])[] = []
  for await (const group of rowGroups(file, groupBytes)) groups.push(group)
  return groups
}

const rows = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 })
const pieces = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })

test('groups end with the row that fills them, however the bytes of the file come in pieces', async () => {
  await fc.assert(
    fc.asyncProperty(rows, pieces, fc.integer({ min: 1, max: 500 }), async (written, sizes, groupBytes) => {
      const groups = await groupsOf(fileOf(written, sizes), groupBytes)
      assert.deepEqual(
        groups.flat().map((row) => row.toString('hex')),
        written.map((row) => Buffer.from(row).toString('hex')),
      )
      for (const [i, group] of groups.entries()) {
        const bytes = Buffer.concat(group).length
        const last = group.at(-1)?.length ?? 0
        assert.ok(bytes - last < groupBytes, 'a group goes on after it is full')
        if (i < groups.length - 1) assert.ok(bytes >= groupBytes, 'a group ends before it is full')
      }
    }),
  )
})

test('a file that ends within a row is an error', async () => {
  const file = fileOf([Buffer.from('row')], [100])
  const cut: FileBuffer = {
    ...file,
    read: async function* () {
      for await (const piece of file.read()) yield piece.subarray(0, 2)
    },
  }
  await assert.rejects(groupsOf(cut, 10), /2 bytes of a row are left/)
})
