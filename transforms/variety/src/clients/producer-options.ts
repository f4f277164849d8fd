import { type Kind } from '../core/kind-router.ts'
import { type PlanSource } from '../core/plan-adoption.ts'

/** What a producer's partitioner needs to know. */
export interface ProducerPartitionerOptions<Message, Otherwise> {
  /** The topic that the plan is of. */
  readonly topic: string
  readonly plan: PlanSource
  /** The kind of a message; one without a kind is of the kind with the empty name. It is called for each message. */
  readonly kind: (message: Message) => Kind
  /** The partitioner for all other topics. Without it they are refused. */
  readonly otherwise?: Otherwise
}

export function otherTopic(topic: string, own: string): RangeError {
  return new RangeError(
    `The variety plan is of topic ${own}, and a message is for ${topic}: give the partitioner 'otherwise'.`,
  )
}
