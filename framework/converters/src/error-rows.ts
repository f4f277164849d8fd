import { defineErrors } from '@spillway/api'

/** The error classes of the converters. */
export const converterErrors = defineErrors(
  {
    RegistryAnswerError: {
      code: 'SCHEMA_REGISTRY_ANSWER',
      javaClass: 'io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException',
      meaning: 'The schema registry answered with an error that does not pass by itself.',
      remedy:
        "Look up the registry's own code in the message: a missing schema, a missing right, an incompatible schema.",
      retriable: false,
    },
    TooLongError: {
      code: 'CONNECT_SCHEMA_TOO_SLOW',
      javaClass: 'org.apache.kafka.connect.errors.DataException',
      meaning: 'A schema that takes longer to read than it may.',
      remedy:
        'Repair or skip the record, or set errors.tolerance=all with errors.deadletterqueue.topic.name.',
      retriable: false,
    },
    TooLargeError: {
      code: 'CONNECT_SCHEMA_TOO_LARGE',
      javaClass: 'org.apache.kafka.connect.errors.DataException',
      meaning: 'A schema with more parts than a worker reads.',
      remedy: 'Make the schema smaller, or read the value with ByteArrayConverter.',
      retriable: false,
    },
    SerializeError: {
      code: 'CONNECT_SERIALIZE',
      javaClass: 'org.apache.kafka.connect.errors.DataException',
      meaning: 'A value that could not be written with its schema.',
      remedy:
        'Repair or skip the record, or set errors.tolerance=all with errors.deadletterqueue.topic.name.',
      retriable: false,
    },
  },
  {
    UnfitDefault: 'the reader of Avro schemas catches it and leaves the default out, as Java does',
  },
)
