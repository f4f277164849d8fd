import assert from 'node:assert/strict'
import { test } from 'node:test'

import { byteText, textBytes } from './byte-order.ts'
import { SortedRows } from './sorted-rows.ts'

function texts(rows: SortedRows): string[] {
  const found: string[] = []
  const walk = rows.walk(null, false)
  for (let row = walk.next(); row !== undefined; row = walk.next()) found.push(row.text)
  return found
}

test('a removed row leaves the ordered index, and comes back once when it is added again', () => {
  const rows = new SortedRows()
  for (const text of ['b', 'a', 'c']) rows.add(text, text)
  assert.deepEqual(texts(rows), ['a', 'b', 'c'])
  const removed = rows.find('b')
  assert.ok(removed !== undefined)
  rows.remove(removed)
  assert.deepEqual(texts(rows), ['a', 'c'])
  rows.add('b', 'again')
  assert.deepEqual(texts(rows), ['a', 'b', 'c'])
})

test('rows added and removed between two range reads leave nothing behind', () => {
  const rows = new SortedRows()
  rows.add('kept', '')
  assert.deepEqual(texts(rows), ['kept'])
  for (let i = 0; i < 10_000; i++) rows.remove(rows.add(`passing ${i}`, 'value'))
  assert.deepEqual(texts(rows), ['kept'])
  assert.equal(rows.size, 1)
  const kept = rows.find('kept')
  assert.ok(kept !== undefined)
  rows.remove(kept)
  assert.equal(rows.bytes, 0)
})

test('the memory rows charge follows their values', () => {
  const rows = new SortedRows()
  const row = rows.add('k', 'x'.repeat(100))
  const before = rows.bytes
  rows.replace(row, 'x'.repeat(40))
  assert.equal(before - rows.bytes, 60)
  rows.replace(row, null)
  assert.equal(before - rows.bytes, 100)
})

test('texts order as unsigned bytes and turn back into the bytes, for plain arrays, buffers and long ones', () => {
  const all = Uint8Array.from({ length: 256 }, (_unused, i) => i)
  for (const bytes of [
    all,
    all.slice(100, 140),
    Buffer.from(all.slice(0, 50)),
    all.subarray(7, 9),
    new Uint8Array(0),
  ]) {
    assert.deepEqual([...textBytes(byteText(bytes))], [...bytes])
  }
  assert.ok(byteText(Uint8Array.of(0x7f)) < byteText(Uint8Array.of(0x80)))
  assert.ok(byteText(Uint8Array.of(0xff)) < byteText(Uint8Array.of(0xff, 0)))
})
