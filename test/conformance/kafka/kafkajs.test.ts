import { kafkajsClient } from '../../../framework/kafka/src/kafkajs/index.ts'
import { run } from './suite.ts'

run({
  client: kafkajsClient,
  skip: [
    {
      reason: 'its JoinGroup names no instance: group.instance.id is refused',
      tests: [
        'keeps a static member’s partitions while it is away',
        'ends a static member whose instance id another one takes',
      ],
    },
    {
      reason: 'its TxnOffsetCommit names no member: offsets of one in a transaction are refused (KIP-447)',
      tests: [
        'commits a group’s offsets with the transaction, and not when it is aborted',
        'refuses a group’s offsets from a stale generation (KIP-447)',
        'refuses offsets in a transaction of members that the group does not know (any more)',
      ],
    },
    { reason: 'it cannot send a header without a value: refused', tests: ['keeps headers without a value'] },
    { reason: 'its Metadata is older than topic ids', tests: ['tells a topic’s id (KIP-516)'] },
    { reason: 'it has no OffsetDelete: refused', tests: ['deletes the offsets of single partitions'] },
  ],
})
