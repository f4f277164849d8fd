import { kafkaClientConformance } from '@spillway/kafka/testing'
import { platformaticClient } from '../../../framework/kafka/src/platformatic/platformatic-client.ts'
import { scenes } from './scenes.ts'

kafkaClientConformance({
  client: platformaticClient,
  ...scenes,
  skip: [
    {
      reason: 'it sends the identity (KIP-447)',
      tests: ['refuses a member’s offsets in a transaction by name'],
    },
  ],
})
