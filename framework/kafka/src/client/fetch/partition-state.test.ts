import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PartitionState } from './partition-state.ts'
import type { RecordReader } from './record-reader.ts'

test('dropping what was fetched ahead makes the answer to a request sent before it a stale one', () => {
  const state = new PartitionState({ topic: 't', partition: 0 })
  state.seek(100n)
  state.add({ position: 100n } as RecordReader, 10, 200n, () => {})
  // A request for 200 on is under way when the partition is paused and its bytes are given up.
  const asked = { offset: state.fetchOffset, epoch: state.epoch }
  assert.equal(state.drop(), 10)
  assert.equal(state.fetchOffset, 100n)
  assert.notEqual(state.epoch, asked.epoch, 'its answer would begin at 200 and lose 100 to 199')
})
