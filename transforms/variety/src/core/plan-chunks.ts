import { crc32 } from './crc32.ts'
import { DamagedPlanError, PlanReader, PlanWriter } from './plan-bytes.ts'
import { decodePlan, encodePlan } from './plan-document.ts'
import { type VarietyPlan } from './plan.ts'

/**
 * A plan in a compacted topic of one partition. It lies there in chunks, one a record, as a plan may be larger than a record. The key
 * is `slot/chunk`. There are two slots, and a version is written into the one that the version before is not in: so
 * compaction never takes the last whole plan away, even where a writer dies in the middle of the next one.
 */
export interface PlanRecord {
  readonly key: Uint8Array
  /** Null where an older plan in this slot had more chunks. */
  readonly value: Uint8Array | null
}

/** Bytes of a plan in one record, unless said otherwise: below Kafka's `max.message.bytes` with room to spare. */
export const DEFAULT_CHUNK_BYTES = 512 * 1024
/** The largest plan that is written and read. */
const MAX_PLAN_BYTES = 256 * 1024 * 1024
const MAX_CHUNKS = 65_536
/** `SVP1`. */
const MAGIC = 0x53565031
const HEADER_BYTES = 32

export type PlanSlot = 'a' | 'b'

/**
 * The records of a version, in the order in which they must be written, in one transaction or by one idempotent producer.
 *
 * @param slot that the version before is not in: see {@link PlanAssembler.freeSlot}
 * @param staleChunks chunks that this slot may have of an older version: those beyond the new ones are removed
 * @throws {RangeError} for a plan of more than 256 MiB, or 65,536 chunks
 */
export function planRecords(
  plan: VarietyPlan,
  slot: PlanSlot,
  { chunkBytes = DEFAULT_CHUNK_BYTES, staleChunks = 0 }: { chunkBytes?: number; staleChunks?: number } = {},
): PlanRecord[] {
  const document = encodePlan(plan)
  if (!Number.isInteger(chunkBytes) || chunkBytes < 1)
    throw new RangeError(`A chunk has a whole number of bytes from 1, not ${chunkBytes}`)
  const count = Math.max(1, Math.ceil(document.length / chunkBytes))
  if (count > MAX_CHUNKS || document.length > MAX_PLAN_BYTES)
    throw new RangeError(
      `The plan has ${document.length} bytes, ${count} chunks: at most ${MAX_PLAN_BYTES} and ${MAX_CHUNKS} can be read`,
    )
  const checksum = crc32(document)
  const records: PlanRecord[] = []
  for (let chunk = 0; chunk < count; chunk++) {
    const part = document.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)
    const out = new PlanWriter()
    out.uint32(MAGIC)
    out.uint32(Math.floor(plan.version / 2 ** 32))
    out.uint32(plan.version % 2 ** 32)
    out.uint32(chunk)
    out.uint32(count)
    out.uint32(document.length)
    out.uint32(checksum)
    out.uint32(crc32(part))
    out.raw(part)
    records.push({ key: keyOf(slot, chunk), value: out.bytes() })
  }
  for (let chunk = count; chunk < staleChunks; chunk++) records.push({ key: keyOf(slot, chunk), value: null })
  return records
}

interface Arriving {
  readonly version: number
  readonly count: number
  readonly length: number
  readonly checksum: number
  readonly parts: Map<number, Uint8Array>
  /** Of all parts that came. */
  bytes: number
}

/**
 * Puts plans together from the records of a plan topic, read from its start and in order. Damaged ones are refused; the last whole
 * plan stays.
 */
export class PlanAssembler {
  #plan: VarietyPlan | undefined
  #slot: PlanSlot | undefined
  /** Of any version that was seen, whole or not: the next one must be higher. */
  #highest = 0
  readonly #arriving = new Map<PlanSlot, Arriving>()
  readonly #chunks: Record<PlanSlot, number> = { a: 0, b: 0 }

  /** The newest whole plan, undefined before there is one. */
  get plan(): VarietyPlan | undefined {
    return this.#plan
  }

  /** The version for the next plan. */
  get nextVersion(): number {
    return this.#highest + 1
  }

  /** Where the next plan is to be written. */
  get freeSlot(): PlanSlot {
    return this.#slot === 'a' ? 'b' : 'a'
  }

  /** Chunks that {@link freeSlot} may have of an older plan. */
  get staleChunks(): number {
    return this.#chunks[this.freeSlot]
  }

  /**
   * Takes a record of the plan topic.
   *
   * @returns the plan that this record completes, where it is newer than the one before; else undefined
   * @throws {DamagedPlanError} for a record that is not of a plan, or a plan that is damaged. It may go on with the next record.
   */
  add(key: Uint8Array | null, value: Uint8Array | null): VarietyPlan | undefined {
    const [slot, chunk] = slotOf(key)
    if (value === null) return undefined
    const arriving = this.#arrive(slot, chunk, value)
    if (arriving.parts.size < arriving.count) return undefined
    this.#arriving.delete(slot)
    return this.#complete(slot, arriving)
  }

  #arrive(slot: PlanSlot, chunk: number, value: Uint8Array): Arriving {
    const at = `chunk ${chunk} in slot ${slot}`
    const from = new PlanReader(value)
    if (value.length < HEADER_BYTES || from.uint32() !== MAGIC)
      throw new DamagedPlanError(`The record is not of a plan: ${at} does not begin as one`)
    const version = from.uint32() * 2 ** 32 + from.uint32()
    const index = from.uint32()
    const count = from.uint32()
    const length = from.uint32()
    const checksum = from.uint32()
    const own = from.uint32()
    const part = from.raw(from.left)
    if (crc32(part) !== own)
      throw new DamagedPlanError(`Version ${version} of the plan is damaged: ${at} has another checksum`)
    if (
      index !== chunk ||
      count < 1 ||
      index >= count ||
      count > MAX_CHUNKS ||
      !Number.isSafeInteger(version) ||
      length > MAX_PLAN_BYTES
    )
      throw new DamagedPlanError(
        `Version ${version} of the plan is damaged: ${at} says ${index} of ${count}, ${length} bytes`,
      )
    this.#highest = Math.max(this.#highest, version)
    this.#chunks[slot] = Math.max(this.#chunks[slot], count)
    let arriving = this.#arriving.get(slot)
    const isSame =
      arriving !== undefined &&
      arriving.version === version &&
      arriving.checksum === checksum &&
      arriving.count === count &&
      arriving.length === length
    if (arriving === undefined || !isSame) {
      arriving = { version, count, length, checksum, parts: new Map(), bytes: 0 }
      this.#arriving.set(slot, arriving)
    }
    // A copy: the record's bytes may be a part of all that was fetched with it.
    arriving.bytes += part.length - (arriving.parts.get(chunk)?.length ?? 0)
    arriving.parts.set(chunk, part.slice())
    if (arriving.bytes > length && arriving.parts.size < count) {
      this.#arriving.delete(slot)
      throw new DamagedPlanError(
        `Version ${version} of the plan is damaged: its chunks have more than ${length} bytes`,
      )
    }
    return arriving
  }

  #complete(slot: PlanSlot, { version, count, length, checksum, parts }: Arriving): VarietyPlan | undefined {
    const document = new PlanWriter()
    for (let chunk = 0; chunk < count; chunk++) document.raw(parts.get(chunk) as Uint8Array)
    const bytes = document.bytes()
    if (bytes.length !== length || crc32(bytes) !== checksum)
      throw new DamagedPlanError(
        `Version ${version} of the plan is damaged: its ${bytes.length} bytes have another checksum`,
      )
    const plan = decodePlan(bytes)
    if (plan.version !== version)
      throw new DamagedPlanError(`Version ${version} of the plan is damaged: inside it says ${plan.version}`)
    if (this.#plan !== undefined && this.#plan.version >= version) return undefined
    this.#plan = plan
    this.#slot = slot
    return plan
  }
}

function keyOf(slot: PlanSlot, chunk: number): Uint8Array {
  return new TextEncoder().encode(`${slot}/${chunk}`)
}

function slotOf(key: Uint8Array | null): [slot: PlanSlot, chunk: number] {
  const text = key === null ? '' : new TextDecoder().decode(key.subarray(0, 32))
  const [, slot, chunk] = /^([ab])\/(0|[1-9]\d{0,8})$/.exec(text) ?? []
  if (slot === undefined)
    throw new DamagedPlanError(
      `The record is not of a plan: its key is ${JSON.stringify(text)}, not slot/chunk`,
    )
  return [slot as PlanSlot, Number(chunk)]
}
