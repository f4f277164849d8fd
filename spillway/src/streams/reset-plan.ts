import { type Admin, ConfigError, type TopicPartition } from '@spillway/api'
import { nameOf, partitionsOf } from './cluster.ts'
import { namesIn, type ResetOptions, type ResetTarget } from './reset-options.ts'

/** A partition and where it is to be read from. */
export interface NewOffset {
  readonly at: TopicPartition
  readonly offset: bigint
  /** What was committed; undefined: nothing. */
  readonly before: bigint | undefined
}

/** Everything that a reset does. */
export interface ResetPlan {
  readonly input: readonly NewOffset[]
  readonly intermediate: readonly NewOffset[]
  readonly internalTopics: readonly string[]
  /** What was asked for and cannot be done as it was asked. */
  readonly warnings: readonly string[]
}

const INTERNAL = /-(?:changelog|repartition|subscription-registration-topic|subscription-response-topic)$/
const FOREIGN_KEY = /^KTABLE-FK-JOIN-SUBSCRIPTION-(?:REGISTRATION|RESPONSE)-\d+-topic$/

/** Topics that the application has made for itself, by their names (Java: `StreamsResetter.isInternalTopic`). */
export function isInternalTopic(topic: string, applicationId: string): boolean {
  if (!topic.startsWith(`${applicationId}-`)) return false
  return INTERNAL.test(topic) || FOREIGN_KEY.test(topic.slice(applicationId.length + 1))
}

/** @throws {ConfigError} for topics that are not the application's own, or not there */
export async function resetPlan(
  admin: Admin,
  applicationId: string,
  options: ResetOptions,
  target: ResetTarget,
): Promise<ResetPlan> {
  const existing = await admin.listTopics()
  const warnings: string[] = []
  const [input, intermediate] = [
    existingOf(namesIn(options.inputTopics), existing, '--input-topics'),
    existingOf(namesIn(options.intermediateTopics), existing, '--intermediate-topics'),
  ]
  const committed = new Map(
    (await admin.listGroupOffsets(applicationId)).map(({ partition, offset }) => [
      nameOf(partition),
      offset.offset,
    ]),
  )
  const offsets = new Offsets(admin, committed, warnings)
  const others = (await admin.listGroups())
    .map(({ groupId }) => groupId)
    .filter((id) => id.startsWith(`${applicationId}-`))
  return {
    input: await offsets.of(await partitionsOf(admin, input), target),
    intermediate: await offsets.of(await partitionsOf(admin, intermediate), { kind: 'latest' }),
    internalTopics: internalTopics(
      existing.filter((topic) => !isOf(others, topic, warnings)),
      applicationId,
      namesIn(options.internalTopics),
    ),
    warnings,
  }
}

/** A name that is written wrong would otherwise leave a topic as it is, without a word. */
function existingOf(
  names: readonly string[],
  existing: readonly string[],
  option: string,
): readonly string[] {
  const missing = names.filter((name) => !existing.includes(name))
  if (missing.length === 0) return names
  throw new ConfigError(`Topics of ${option} that are not in the cluster: ${missing.join(', ')}.`)
}

/**
 * Whether an internal topic is that of another application, whose id begins with this one's: `orders-2` beside `orders`. Java's tool
 * takes both for one.
 */
function isOf(others: readonly string[], topic: string, warnings: string[]): boolean {
  const other = others.find((id) => isInternalTopic(topic, id))
  if (other !== undefined) warnings.push(`${topic} stays: it is of the application ${other}.`)
  return other !== undefined
}

function internalTopics(
  existing: readonly string[],
  applicationId: string,
  chosen: readonly string[],
): readonly string[] {
  const internal = existing.filter((topic) => isInternalTopic(topic, applicationId)).sort()
  const foreign = chosen.filter((topic) => !internal.includes(topic))
  if (foreign.length > 0) {
    throw new ConfigError(
      `Topics of --internal-topics that are no internal topics of ${applicationId}: ${foreign.join(', ')}. ` +
        `Its internal topics are ${internal.length === 0 ? 'none' : internal.join(', ')}.`,
    )
  }
  return chosen.length === 0 ? internal : chosen
}

/** Finds offsets, within what partitions hold. */
class Offsets {
  readonly #admin: Admin
  readonly #committed: ReadonlyMap<string, bigint>
  readonly #warnings: string[]

  constructor(admin: Admin, committed: ReadonlyMap<string, bigint>, warnings: string[]) {
    this.#admin = admin
    this.#committed = committed
    this.#warnings = warnings
  }

  async of(partitions: readonly TopicPartition[], target: ResetTarget): Promise<NewOffset[]> {
    if (partitions.length === 0) return []
    const [begins, ends] = [
      await this.#admin.listOffsets(partitions, 'earliest'),
      await this.#admin.listOffsets(partitions, 'latest'),
    ]
    const timed =
      target.kind === 'time'
        ? await this.#admin.listOffsets(partitions, { timestamp: target.timestamp })
        : undefined
    return partitions.flatMap((at, index) => {
      const [begin, end] = [begins[index] as bigint, ends[index] as bigint]
      const before = this.#committed.get(nameOf(at))
      const wanted = wantedOffset(target, at, { begin, end, before, timed: timed?.[index] })
      return wanted === undefined ? [] : [{ at, offset: this.#within(at, wanted, begin, end), before }]
    })
  }

  #within(at: TopicPartition, offset: bigint, begin: bigint, end: bigint): bigint {
    if (offset >= begin && offset <= end) return offset
    const used = offset < begin ? begin : end
    const which = offset < begin ? 'lower than the earliest' : 'higher than the latest'
    this.#warnings.push(`${nameOf(at)}: new offset ${offset} is ${which} offset. It is set to ${used}.`)
    return used
  }
}

/** Undefined: the target says nothing about the partition. */
function wantedOffset(
  target: ResetTarget,
  at: TopicPartition,
  {
    begin,
    end,
    before,
    timed,
  }: { begin: bigint; end: bigint; before: bigint | undefined; timed: bigint | undefined },
): bigint | undefined {
  switch (target.kind) {
    case 'earliest':
      return begin
    case 'latest':
      return end
    case 'offset':
      return target.offset
    case 'shift':
      return (before ?? begin) + target.by
    case 'time':
      return timed === undefined || timed < 0n ? end : timed
    case 'file':
      return target.offsets.find((each) => nameOf(each.at) === nameOf(at))?.offset
  }
}
