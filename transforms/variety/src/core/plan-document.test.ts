import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { crc32 } from './crc32.ts'
import { planVariety } from './deal-and-level.ts'
import { type VarietyPlan } from './plan.ts'
import { DamagedPlanError } from './plan-bytes.ts'
import { PlanAssembler, type PlanRecord, planRecords } from './plan-chunks.ts'
import { decodePlan, encodePlan } from './plan-document.ts'
import { repairPlan } from './repair.ts'
import { anyPartitions, anyWeights, zipf } from './weights.fixture.ts'

const anyPlan = fc
  .record({
    weights: anyWeights,
    names: fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 20 }),
    partitions: anyPartitions,
    version: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 }),
  })
  .map(({ weights, names, partitions, version }) =>
    planVariety(
      new Map([...weights, ...names.map((name): [string, number] => [name, 1])]),
      partitions,
      version,
    ),
  )

const plan = planVariety(new Map([...zipf(50, 1), ['', 1], ['\ud800', 2], ['ü', 3]]), 7, 3)

function feed(assembler: PlanAssembler, records: readonly PlanRecord[]): VarietyPlan | undefined {
  let completed: VarietyPlan | undefined
  for (const { key, value } of records) completed = assembler.add(key, value) ?? completed
  return completed
}

suite("a plan's bytes", () => {
  test('are read as the plan that was written', () => {
    fc.assert(
      fc.property(anyPlan, (each) => assert.deepEqual(decodePlan(encodePlan(each)), each)),
      { numRuns: 200 },
    )
    const repaired = repairPlan(plan, zipf(60, 0.5))
    assert.deepEqual(decodePlan(encodePlan(repaired)), repaired)
    assert.deepEqual(decodePlan(encodePlan(plan)), plan)
  })

  test('stay the same over releases: producers of several run at one time', () => {
    const small = planVariety(
      new Map([
        ['a', 3],
        ['b', 1],
      ]),
      2,
      9,
    )
    assert.equal(
      Buffer.from(encodePlan(small)).toString('hex'),
      '01090202026140080000000000000200555555540102623ff00000000000000100',
    )
  })

  test('that are damaged are refused as such, at every place', () => {
    const bytes = encodePlan(plan)
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => decodePlan(bytes.subarray(0, length)), DamagedPlanError)
    assert.throws(() => decodePlan(Uint8Array.of(...bytes, 0)), /1 bytes behind its end/)
    assert.throws(() => decodePlan(Uint8Array.of(2, ...bytes.subarray(1))), /format 2, and only 1 is known/)
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(bytes)
        damaged[at] = (damaged[at] as number) ^ change
        assertPlanOrDamaged(damaged)
      }),
      { numRuns: 1000 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), assertPlanOrDamaged))
  })
})

suite('a plan in a topic', () => {
  test('comes whole out of chunks of any size, and versions follow each other', () => {
    fc.assert(
      fc.property(
        fc.array(anyPlan, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 40, max: 5000 }),
        (plans, chunkBytes) => {
          const assembler = new PlanAssembler()
          for (const [i, each] of plans.entries()) {
            const next = { ...each, version: assembler.nextVersion }
            assert.equal(next.version, i + 1)
            const records = planRecords(next, assembler.freeSlot, {
              chunkBytes,
              staleChunks: assembler.staleChunks,
            })
            assert.deepEqual(feed(assembler, records), next)
            assert.deepEqual(assembler.plan, next)
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('is still there after compaction, wherever the writer of the next one died', () => {
    const log: PlanRecord[] = []
    let written = new PlanAssembler()
    for (const [version, kinds] of [50, 80, 20, 60].entries()) {
      const next = planVariety(zipf(kinds, 1), 5, version + 1)
      const records = planRecords(next, written.freeSlot, {
        chunkBytes: 100,
        staleChunks: written.staleChunks,
      })
      for (let died = 0; died < records.length; died++) {
        const reader = new PlanAssembler()
        feed(reader, compacted([...log, ...records.slice(0, died)]))
        // Complete as soon as its last chunk is there, though chunks of older plans are not removed yet.
        const isWhole = records.slice(died).every(({ value }) => value === null)
        assert.equal(reader.plan?.version ?? 0, isWhole ? version + 1 : version, `died at ${died}`)
        // The next writer goes on with a version and a slot that break nothing.
        assert.ok(reader.nextVersion > (reader.plan?.version ?? 0))
        const again = { ...next, version: reader.nextVersion }
        const retried = planRecords(again, reader.freeSlot, {
          chunkBytes: 100,
          staleChunks: reader.staleChunks,
        })
        for (let second = 0; second <= retried.length; second++) {
          const last = new PlanAssembler()
          feed(last, compacted([...log, ...records.slice(0, died), ...retried.slice(0, second)]))
          assert.ok((last.plan?.version ?? 0) >= version)
        }
      }
      log.push(...records)
      written = new PlanAssembler()
      feed(written, compacted(log))
      assert.equal(written.plan?.version, version + 1)
    }
  })

  test('is refused by name where a chunk is damaged, and the plan before it stays', () => {
    const assembler = new PlanAssembler()
    feed(assembler, planRecords(plan, 'a', { chunkBytes: 200 }))
    const next = planRecords({ ...plan, version: 4 }, 'b', { chunkBytes: 200 })
    const [first, second] = next as [PlanRecord, PlanRecord]
    const broken = Uint8Array.from(first.value as Uint8Array)
    broken[100] = (broken[100] as number) ^ 1
    assert.throws(
      () => assembler.add(first.key, broken),
      /Version 4 of the plan is damaged: chunk 0 in slot b has another checksum/,
    )
    assert.throws(() => assembler.add(first.key, second.value), /chunk 0 in slot b says 1 of/)
    assert.throws(
      () => assembler.add(first.key, Uint8Array.of(1, 2, 3)),
      /chunk 0 in slot b does not begin as one/,
    )
    assert.throws(
      () => assembler.add(new TextEncoder().encode('other'), broken),
      /its key is "other", not slot\/chunk/,
    )
    assert.throws(() => assembler.add(null, null), DamagedPlanError)
    // A key alone does not make the next writer remove a billion chunks.
    assert.equal(assembler.add(new TextEncoder().encode('b/999999998'), null), undefined)
    assert.throws(() => assembler.add(new TextEncoder().encode('b/999999999'), first.value), DamagedPlanError)
    assert.ok(assembler.staleChunks <= next.length)
    assert.throws(
      () => planRecords(planVariety(zipf(20_000, 1), 3), 'a', { chunkBytes: 1 }),
      /65536 can be read/,
    )
    assert.equal(assembler.plan?.version, 3)
    assert.equal(feed(assembler, next)?.version, 4)
  })

  test('of an older version does not come back', () => {
    const assembler = new PlanAssembler()
    assert.equal(feed(assembler, planRecords({ ...plan, version: 5 }, 'a'))?.version, 5)
    assert.equal(feed(assembler, planRecords({ ...plan, version: 4 }, 'b')), undefined)
    assert.equal(assembler.plan?.version, 5)
  })
})

test('the checksum is that of zip', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926)
})

/** Damage that happens to make another plan is caught by the checksum; here only that nothing else comes out. */
function assertPlanOrDamaged(bytes: Uint8Array): void {
  try {
    assert.deepEqual(encodePlan(decodePlan(bytes)).length > 0, true)
  } catch (error) {
    assert.ok(error instanceof DamagedPlanError, String(error))
  }
}

/** The last record of each key, in order: the most that compaction may take away. */
function compacted(log: readonly PlanRecord[]): PlanRecord[] {
  const last = new Map(log.map(({ key }, at) => [Buffer.from(key).toString(), at]))
  return log.filter(({ key, value }, at) => value !== null && last.get(Buffer.from(key).toString()) === at)
}
