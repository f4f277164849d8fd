import { platformaticClient } from '../../../framework/kafka/src/platformatic/platformatic-client.ts'
import { run } from './suite.ts'

run({ client: platformaticClient })
