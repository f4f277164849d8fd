import { objectStoreConformance } from '@spillway/object-store/testing'
import { TestBucket } from './support/test-bucket.ts'

objectStoreConformance({ name: 'S3', create: () => TestBucket.create() })
