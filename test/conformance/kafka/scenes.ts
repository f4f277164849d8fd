import type { KafkaClientUnderTest, OwnBroker } from '@spillway/kafka/testing'

import { PrivateStack } from '../../../stack/private-stack.ts'
import { endpointsFromEnv } from '../../../stack/stack.ts'
import { interopCases } from './interop-cases.ts'
import { startSecureBroker } from './secure-broker.ts'

async function startOwnBroker(): Promise<OwnBroker> {
  const stack = await PrivateStack.create()
  await stack.start(['kafka'])
  return {
    bootstrapServers: stack.endpoints.kafka.bootstrapServers,
    kill: () => stack.kill('kafka'),
    stop: async () => {
      await stack.stop(['kafka'])
    },
    start: async () => {
      await stack.start(['kafka'])
    },
    pause: () => stack.pause('kafka'),
    resume: () => stack.resume('kafka'),
    [Symbol.asyncDispose]: () => stack.remove(),
  }
}

/** The brokers of this project's stack for the suite, and Java's consumer. */
export const scenes: Omit<KafkaClientUnderTest, 'client' | 'skip'> = {
  bootstrapServers: endpointsFromEnv().kafka.bootstrapServers,
  ownBroker: startOwnBroker,
  secureBroker: startSecureBroker,
  more: { 'mixed groups': interopCases },
}
