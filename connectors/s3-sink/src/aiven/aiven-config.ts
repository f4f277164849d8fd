import { aivenChecks } from './aiven-checks.ts'
import { aivenKeys } from './aiven-keys.ts'

/** Every key of Aiven's S3 sink, with its rules. */
export const aivenConfig = aivenKeys.check(...aivenChecks)
