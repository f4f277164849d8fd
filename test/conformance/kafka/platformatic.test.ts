import { platformaticClient } from './kafka.ts'
import { run } from './suite.ts'

run({ client: platformaticClient })
