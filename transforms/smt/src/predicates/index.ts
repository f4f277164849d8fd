import type { PredicatePlugin } from '@spillway/api'
import { fieldValueMatchesPredicates } from './field-value-matches.ts'
import { hasHeaderKeyPredicate } from './has-header-key.ts'
import { recordIsTombstonePredicate } from './record-is-tombstone.ts'
import { topicNameMatchesPredicate } from './topic-name-matches.ts'

/** Every predicate, under the class names of Kafka Connect where it has them too. */
export const predicates: readonly PredicatePlugin[] = [
  ...fieldValueMatchesPredicates,
  hasHeaderKeyPredicate,
  recordIsTombstonePredicate,
  topicNameMatchesPredicate,
]
