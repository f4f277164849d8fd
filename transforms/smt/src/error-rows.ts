import { defineErrors } from '@spillway/api'

/** The error classes of the transformations. */
export const smtErrors = defineErrors(
  {
    IllegalArgumentError: {
      code: 'SMT_ILLEGAL_ARGUMENT',
      javaClass: 'java.lang.IllegalArgumentException',
      meaning: 'A value that a transformation cannot work with.',
      remedy:
        'Correct the configuration of the transformation. Repair or skip the record, or set errors.tolerance=all with errors.deadletterqueue.topic.name.',
      retriable: false,
    },
  },
  {
    NumberFormatError: 'its callers say which field and text they mean, in a CONNECT_DATA or CONNECT_CONFIG',
    PatternError: 'its callers say which key holds the pattern, in a CONNECT_CONFIG',
  },
)
