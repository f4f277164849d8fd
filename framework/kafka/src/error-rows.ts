import { defineErrors } from '@spillway/api'

/** The error classes of the Kafka client; those that users meet are of the API. */
export const kafkaErrors = defineErrors(
  {},
  {
    UnpackLimitError: 'the fetcher catches it and says which partition, offset and codec',
    BrokerError:
      'an answer before it is known what it means: callers turn it into a KAFKA_ error or a CONNECT_ERROR',
  },
)
