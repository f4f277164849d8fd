import type { RawConfig } from '@spillway/framework'

import type { HistoryOptions } from './exactly-once-model.ts'

/** A kind of histories. */
export type Kind = Omit<HistoryOptions, 'seed'>

const SCHEDULE: RawConfig = { 'rotate.schedule.interval.ms': '100000', timezone: 'UTC' }
const FILES: RawConfig = { 'rotate.file.bytes': '100', 'rotate.file.age.ms': '90000' }
const COMPANIONS: RawConfig = {
  'store.kafka.keys': 'true',
  'keys.format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
}
/** So little room for open files that it is full after some twenty records. */
const FULL = { bufferBytes: 256 * 1024, fillerBytes: 24_000 }

export const SCHEDULED: Kind = { config: SCHEDULE }
export const PER_FILE: Kind = { config: FILES }
export const WITH_KEYS: Kind = { config: { 'rotate.idle.ms': '10000', ...COMPANIONS } }
export const FULL_REPLAYED: Kind = {
  bufferBytes: FULL.bufferBytes,
  // Full after some eight records.
  fillerBytes: 60_000,
  leastRecords: 50,
  config: { 'flush.size': '13' },
  replaces: true,
  staysOpen: true,
}

const REFINE: RawConfig = {
  'refine.drop': 'value.drop',
  'refine.route.topic': '{{topic}}-{{value.out}}',
  'refine.project.exclude': 'drop,filler',
}

/** By what is claimed of them. */
export const KINDS: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(
    Object.entries({
      'rotate.schedule.interval.ms': SCHEDULE,
      'flush.size and a schedule': { ...SCHEDULE, 'flush.size': '5' },
      'rotate.file.bytes and age': FILES,
      'rotate.file.age.ms': { 'rotate.file.age.ms': '60000' },
      'rotate.idle.ms': { 'rotate.idle.ms': '40000' },
      'rotate.lateness.ms and idle': { 'rotate.lateness.ms': '4000', 'rotate.idle.ms': '90000' },
    }).map(([rotation, config]) => [
      `under ${rotation} every record is in one object, whatever crashes, freezes or is lost`,
      { config },
    ]),
  ),
  'where buffers are full and files are committed early, under a limit of single files': {
    ...FULL,
    config: { 'rotate.file.age.ms': '10000000' },
  },
  'where buffers are full under rotation that a replay repeats, all lives cut at the same offsets':
    FULL_REPLAYED,
  'where buffers are full under flush.size and a ledger, every life may cut where it likes': {
    ...FULL,
    config: { 'flush.size': '37', 'exactly.once': 'ledger' },
    staysOpen: true,
  },
  'where half of the commits to the group are lost, the ledgers alone make every record be in one object': {
    config: FILES,
    losesCommits: true,
  },
  'under a schedule every object of values has the keys of its records beside it, at any moment': {
    config: { ...SCHEDULE, ...COMPANIONS },
  },
  'under limits of single files every object of values has the keys of its records beside it, at any moment':
    { config: { ...FILES, ...COMPANIONS } },
  'under rotate.idle.ms every object of values has the keys of its records beside it, at any moment':
    WITH_KEYS,
  'where a transformation makes several records of one offset, they stay together': {
    config: { ...FILES, 'flush.size': '7' },
    fansOut: true,
  },
  'where it does so and buffers are full, they stay together': {
    ...FULL,
    config: { 'rotate.file.age.ms': '10000000' },
    fansOut: true,
  },
  'where refine.* drops records, routes others and makes them smaller, every other one is in one object': {
    config: FILES,
    refine: REFINE,
    losesCommits: true,
  },
  'where it does so under a schedule and a transformation makes several records of one offset': {
    config: { ...SCHEDULE, 'flush.size': '5' },
    refine: REFINE,
    fansOut: true,
  },
  'with files of several schemas open at once, every record is in one object of its schema': {
    config: { ...SCHEDULE, 'schema.max.open.versions': '2' },
    hasSchemas: true,
  },
}
