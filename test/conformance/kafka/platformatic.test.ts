import { platformaticClient } from '../../../framework/kafka/src/platformatic/platformatic-client.ts'
import { run } from './suite.ts'

run({
  client: platformaticClient,
  skip: [
    {
      reason: 'it sends the identity (KIP-447)',
      tests: ['refuses a member’s offsets in a transaction by name'],
    },
  ],
})
