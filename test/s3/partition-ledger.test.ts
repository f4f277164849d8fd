import assert from 'node:assert/strict'
import test from 'node:test'

import { ClaimLostError, PartitionLedger } from '../../framework/object-store/src/commits/partition-ledger.ts'
import { StoreRetrier } from '../../framework/object-store/src/upload/store-retrier.ts'
import { ManualClock } from './support/manual-clock.ts'
import { MemoryStore } from './support/memory-store.ts'

const never = new AbortController().signal

test('a ledger that another task has claimed is not moved any more, not by a second try either', async () => {
  const store = new MemoryStore()
  const clock = new ManualClock(0)
  const claim = (generation: number): Promise<PartitionLedger> =>
    PartitionLedger.claim(
      {
        store,
        retrier: new StoreRetrier({ clock, quietRetries: 3, backoffMs: 1, onTrouble: () => undefined }),
        key: 'ledger.json',
        claim: { nonce: `claim-${generation}`, memberId: `member-${generation}`, generation },
        identity: 'same',
      },
      never,
    )
  const moveTo = (ledger: PartitionLedger, frontier: bigint): Promise<void> =>
    ledger.update((state) => ({ ...state, frontier }), never)
  const zombie = await claim(1)
  await moveTo(zombie, 3n)
  const owner = await claim(2)
  await moveTo(owner, 9n)
  // Those that waited for their turn, and who asks once more.
  const tries = [moveTo(zombie, 4n), moveTo(zombie, 5n)]
  for (const attempt of tries) await assert.rejects(attempt, ClaimLostError)
  await assert.rejects(moveTo(zombie, 6n), /member member-2, generation 2/)
  await moveTo(owner, 12n)
  const { claim: standing, frontier } = JSON.parse(String(store.objects.get('ledger.json')?.body)) as {
    claim: { generation: number }
    frontier: string
  }
  assert.deepEqual([standing.generation, frontier], [2, '12'])
})
