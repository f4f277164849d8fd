import {
  checkPartitions,
  checkVersion,
  MAX_KIND_LENGTH,
  MAX_KINDS,
  POINTS,
  type VarietyPlan,
} from './plan.ts'
import { DamagedPlanError, PlanReader, PlanWriter } from './plan-bytes.ts'

/**
 * The only format so far. It stands for the hash of keys and kinds as well: another hash is another format.
 *
 * Numbers are varints (7 bits a byte, the lowest first) unless said otherwise: format (a byte), version, partitions, number of
 * kinds; then each kind, ascending by UTF-16 units: length of its name in bytes times two, plus one where the name is UTF-16,
 * big endian (it has lone surrogates), the name, else in UTF-8; weight (float64, big endian); number of slices; each slice's partition
 * and, but for the last one, its last point (uint32, big endian).
 */
const FORMAT = 1

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A plan as bytes: about 12 bytes a kind beside its name. The same plan gives the same bytes. */
export function encodePlan(plan: VarietyPlan): Uint8Array {
  const out = new PlanWriter()
  out.byte(FORMAT)
  out.varint(plan.version)
  out.varint(plan.partitions)
  out.varint(plan.kinds.length)
  plan.kinds.forEach((kind, at) => {
    writeName(out, kind)
    out.float64(plan.weights[at] as number)
    const first = plan.firstSlice[at] as number
    const end = plan.firstSlice[at + 1] as number
    out.varint(end - first)
    for (let slice = first; slice < end; slice++) {
      out.varint(plan.slicePartition[slice] as number)
      if (slice < end - 1) out.uint32(plan.sliceLast[slice] as number)
    }
  })
  return out.bytes()
}

/**
 * Reads what {@link encodePlan} wrote. What it returns is a plan that can be followed: each point of each kind has a
 * partition that there is.
 *
 * @throws {DamagedPlanError} for all else
 */
export function decodePlan(bytes: Uint8Array): VarietyPlan {
  const from = new PlanReader(bytes)
  const format = from.byte()
  if (format !== FORMAT)
    throw new DamagedPlanError(`The plan has the format ${format}, and only ${FORMAT} is known here`)
  const version = from.varint()
  const partitions = from.varint()
  const count = from.varint()
  checked(() => {
    checkVersion(version)
    checkPartitions(partitions)
  })
  // A kind takes 11 bytes at least: no room is made for what cannot come.
  if (count > MAX_KINDS || count * 11 > from.left)
    throw new DamagedPlanError(
      `The plan says that it has ${count} kinds, and there are ${from.left} bytes left`,
    )
  const kinds: string[] = []
  const weights = new Float64Array(count)
  const firstSlice = new Uint32Array(count + 1)
  const slicePartition: number[] = []
  const sliceLast: number[] = []
  for (let at = 0; at < count; at++) {
    const kind = readName(from)
    if (at > 0 && !((kinds[at - 1] as string) < kind))
      throw new DamagedPlanError(
        `The kind ${JSON.stringify(kind)} of the plan is not behind the one before it`,
      )
    kinds.push(kind)
    weights[at] = readWeight(from, kind)
    readSlices(from, kind, partitions, slicePartition, sliceLast)
    firstSlice[at + 1] = slicePartition.length
  }
  if (from.left > 0) throw new DamagedPlanError(`The plan has ${from.left} bytes behind its end`)
  return {
    version,
    partitions,
    kinds,
    weights,
    firstSlice,
    slicePartition: Uint32Array.from(slicePartition),
    sliceLast: Uint32Array.from(sliceLast),
  }
}

function writeName(out: PlanWriter, kind: string): void {
  if (kind.isWellFormed()) {
    const utf8 = encoder.encode(kind)
    out.varint(2 * utf8.length)
    out.raw(utf8)
    return
  }
  out.varint(4 * kind.length + 1)
  for (let i = 0; i < kind.length; i++) {
    const unit = kind.charCodeAt(i)
    out.byte(unit >>> 8)
    out.byte(unit & 0xff)
  }
}

function readName(from: PlanReader): string {
  const header = from.varint()
  const bytes = from.raw(Math.floor(header / 2))
  let name = ''
  if (header % 2 === 0) {
    try {
      name = decoder.decode(bytes)
    } catch (cause) {
      throw new DamagedPlanError('The name of a kind of the plan is not UTF-8', { cause })
    }
  } else {
    for (let i = 0; i + 1 < bytes.length; i += 2)
      name += String.fromCharCode(((bytes[i] as number) << 8) | (bytes[i + 1] as number))
  }
  if (name.length > MAX_KIND_LENGTH)
    throw new DamagedPlanError(
      `A kind of the plan has a name of ${name.length} units, more than ${MAX_KIND_LENGTH}`,
    )
  return name
}

function readWeight(from: PlanReader, kind: string): number {
  const weight = from.float64()
  if (weight >= 0 && weight < Infinity) return weight
  throw new DamagedPlanError(`The kind ${JSON.stringify(kind)} of the plan has the weight ${weight}`)
}

function readSlices(
  from: PlanReader,
  kind: string,
  partitions: number,
  slicePartition: number[],
  sliceLast: number[],
): void {
  const count = from.varint()
  if (count < 1 || count > from.left)
    throw new DamagedPlanError(`The kind ${JSON.stringify(kind)} of the plan has ${count} slices`)
  let before = -1
  for (let slice = 0; slice < count; slice++) {
    const partition = from.varint()
    if (partition >= partitions)
      throw new DamagedPlanError(
        `The kind ${JSON.stringify(kind)} has a slice on partition ${partition} of ${partitions}`,
      )
    const last = slice < count - 1 ? from.uint32() : POINTS - 1
    if (last <= before)
      throw new DamagedPlanError(`The slices of the kind ${JSON.stringify(kind)} of the plan overlap`)
    slicePartition.push(partition)
    sliceLast.push(last)
    before = last
  }
}

function checked(check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new DamagedPlanError((error as Error).message, { cause: error })
  }
}
