import { objectStoreConformance } from '@spillway/object-store/testing'
import { TestBucket } from './support/test-bucket.ts'

objectStoreConformance({
  name: 'S3',
  create: () => TestBucket.create(),
  skip: [
    {
      reason: "the stack's server orders keys by UTF-16; the order is the server's, not the adapter's",
      tests: ['keys are listed in the order of their UTF-8 bytes, which is not that of JavaScript'],
    },
  ],
})
