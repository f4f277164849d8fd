import { objectStoreConformance } from './support/object-store-conformance.ts'
import { TestBucket } from './support/test-bucket.ts'

objectStoreConformance('S3', () => TestBucket.create())
