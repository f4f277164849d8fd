/** The variety partitioner: few kinds of record per partition, and an even load. */
export { planVariety } from './core/deal-and-level.ts'
export { hashOfBytes, hashOfText } from './core/hash.ts'
export { DEFAULT_CAPACITY, KindWeights } from './core/kind-weights.ts'
export {
  MAX_KIND_LENGTH,
  MAX_KINDS,
  MAX_PARTITIONS,
  type Spread,
  spreadOf,
  type VarietyPlan,
} from './core/plan.ts'
export { DamagedPlanError } from './core/plan-bytes.ts'
export { changeBetween, type PlanChange } from './core/plan-change.ts'
export {
  DEFAULT_CHUNK_BYTES,
  PlanAssembler,
  type PlanRecord,
  planRecords,
  type PlanSlot,
} from './core/plan-chunks.ts'
export { decodePlan, encodePlan } from './core/plan-document.ts'
export { type KeyBytes, PlanLookup } from './core/plan-lookup.ts'
export { type PlanOrder, type RepairOptions, repairPlan } from './core/repair.ts'
export { type Kind, kindName, KindRouter } from './core/kind-router.ts'
export { NewestPlan, PlanAdoption, type PlanSource } from './core/plan-adoption.ts'
export { type StreamPartitionerOptions, varietyStreamPartitioner } from './clients/stream-partitioner.ts'
export {
  followPlanWithKafkaJs,
  type KafkaJs,
  type KafkaJsMessage,
  kafkaJsPartitioner,
  type KafkaJsPartitionerArgs,
} from './clients/kafkajs.ts'
export { type FollowOptions, type PlanFollower } from './clients/plan-reading.ts'
export {
  followPlanWithPlatformatic,
  type PlatformaticConsumer,
  type PlatformaticContext,
  type PlatformaticMessage,
  platformaticPartitioner,
  type PlatformaticRecord,
  type PlatformaticStream,
} from './clients/platformatic.ts'
export { type ProducerPartitionerOptions } from './clients/producer-options.ts'
export { nextPlan, type NextPlanOptions, withEarlier } from './core/next-plan.ts'
