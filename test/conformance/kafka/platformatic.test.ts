import { kafkaClientConformance } from '@spillway/kafka/testing'
import { platformaticClient } from '../../../framework/kafka/src/platformatic/platformatic-client.ts'
import { scenes } from './scenes.ts'

kafkaClientConformance({ client: platformaticClient, ...scenes })
