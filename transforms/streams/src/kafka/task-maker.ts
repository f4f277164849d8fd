import type { Consumer, TopicPartition } from '@spillway/api'
import type { TaskServices } from '../context/task-context.ts'
import { StreamTask } from '../runtime/stream-task.ts'
import type { StateEngines } from '../runtime/task-stores.ts'
import type { TaskPlans } from './topics/task-plans.ts'
import type { PlannedTask } from './topics/topology-topics.ts'

export interface TaskMakerSettings {
  readonly plans: TaskPlans
  readonly services: TaskServices
  readonly engines: StateEngines
  readonly consumer: Consumer
}

/** The partitions that a task reads, by topic: none as long as it is a standby task. */
export class TaskInputs {
  partitions: ReadonlyMap<string, TopicPartition> = new Map()
}

/** Makes a task of the plan; it asks for its inputs when it starts. */
export function makeTask(
  { plans, services, engines, consumer }: TaskMakerSettings,
  planned: PlannedTask,
  inputs: TaskInputs,
): StreamTask {
  return new StreamTask({
    taskId: planned.id,
    partition: planned.partition,
    nodes: planned.nodes,
    topology: plans.topics.topology,
    services,
    engines,
    sourceTopics: (source) =>
      plans.topics.topicsOf(source, inputs.partitions.keys()).filter((topic) => inputs.partitions.has(topic)),
    isGlobal: false,
    lag: (topic) => consumer.lag(inputs.partitions.get(topic) as TopicPartition),
  })
}
