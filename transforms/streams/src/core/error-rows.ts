import { defineErrors } from '@spillway/api'

/** The error classes of the streams engine. */
export const streamsErrors = defineErrors(
  {
    StreamsException: {
      code: 'STREAMS_ERROR',
      javaClass: 'org.apache.kafka.streams.errors.StreamsException',
      meaning: 'A failure of the engine or of code that it calls.',
      remedy: 'Read the message and its cause; the uncaught exception handler decides what goes on.',
      retriable: false,
    },
    AsyncResultException: {
      code: 'STREAMS_ASYNC_RESULT',
      javaClass: 'org.apache.kafka.streams.errors.StreamsException',
      meaning: 'A function of the topology returned a promise, which cannot be waited for.',
      remedy: 'Make the function synchronous; call services before or after the topology.',
      retriable: false,
    },
    PendingException: {
      code: 'STREAMS_PENDING',
      javaClass: 'org.apache.kafka.streams.errors.StreamsException',
      meaning: 'A serde has to ask a service first, such as a schema registry.',
      remedy:
        'On Kafka nothing: the task waits. A test driver cannot wait; give it a serde that needs no service.',
      retriable: true,
    },
    TopologyException: {
      code: 'STREAMS_TOPOLOGY',
      javaClass: 'org.apache.kafka.streams.errors.TopologyException',
      meaning: 'A topology that cannot work as it is written; thrown while it is built.',
      remedy: 'Correct the topology.',
      retriable: false,
    },
    MissingSourceTopicException: {
      code: 'STREAMS_MISSING_SOURCE_TOPIC',
      javaClass: 'org.apache.kafka.streams.errors.MissingSourceTopicException',
      meaning: 'A topic that the topology reads does not exist.',
      remedy: 'Create the topic, then start the application again.',
      retriable: false,
    },
    TaskMigratedException: {
      code: 'STREAMS_TASK_MIGRATED',
      javaClass: 'org.apache.kafka.streams.errors.TaskMigratedException',
      meaning: 'The group gave the tasks of a thread to others.',
      remedy:
        'Nothing: the thread joins the group again. If it comes often, see max.poll.interval.ms and session.timeout.ms.',
      retriable: true,
    },
    TaskCorruptedException: {
      code: 'STREAMS_TASK_CORRUPTED',
      javaClass: 'org.apache.kafka.streams.errors.TaskCorruptedException',
      meaning: 'What a task has sent or kept cannot be relied on: it begins anew from what it has committed.',
      remedy: 'Nothing: the thread does it. If it comes often, read what it was caused by.',
      retriable: true,
    },
    LockException: {
      code: 'STREAMS_LOCK',
      javaClass: 'org.apache.kafka.streams.errors.LockException',
      meaning: 'The state of a task is in use by another thread or process.',
      remedy:
        'Nothing: the thread waits for it. Give processes of one machine a state.dir each to avoid the wait.',
      retriable: true,
    },
    InvalidStateStoreException: {
      code: 'STREAMS_STATE_STORE',
      javaClass: 'org.apache.kafka.streams.errors.InvalidStateStoreException',
      meaning: 'A store that was used after its close, or is of another kind than asked for.',
      remedy: 'Ask for the store anew once the application runs; check its name and type.',
      retriable: false,
    },
    UnknownStateStoreException: {
      code: 'STREAMS_UNKNOWN_STORE',
      javaClass: 'org.apache.kafka.streams.errors.UnknownStateStoreException',
      meaning: 'A query of a store that the topology does not have.',
      remedy: 'Correct the name: `spillway streams describe` lists the stores.',
      retriable: false,
    },
    StreamsNotStartedException: {
      code: 'STREAMS_NOT_STARTED',
      javaClass: 'org.apache.kafka.streams.errors.StreamsNotStartedException',
      meaning: 'A query before the client was started.',
      remedy: 'Call start() first, then ask again.',
      retriable: true,
    },
    StreamsStoppedException: {
      code: 'STREAMS_STOPPED',
      javaClass: 'org.apache.kafka.streams.errors.StreamsStoppedException',
      meaning: 'A query of a client that has stopped.',
      remedy: 'Ask another client, or make a new one.',
      retriable: false,
    },
    StateStoreMigratedException: {
      code: 'STREAMS_STORE_MIGRATED',
      javaClass: 'org.apache.kafka.streams.errors.StateStoreMigratedException',
      meaning: 'A query of a store that none of the tasks of this client has.',
      remedy: 'Find who has it with queryMetadataForKey, and ask there.',
      retriable: true,
    },
    InvalidStateStorePartitionException: {
      code: 'STREAMS_STORE_PARTITION',
      javaClass: 'org.apache.kafka.streams.errors.InvalidStateStorePartitionException',
      meaning: 'A query of a partition whose task this client does not have.',
      remedy: 'Find who has it with queryMetadataForKey, and ask there.',
      retriable: true,
    },
    SerializationException: {
      code: 'STREAMS_SERIALIZATION',
      javaClass: 'org.apache.kafka.common.errors.SerializationException',
      meaning: 'Bytes and values that do not fit together.',
      remedy: 'Check the serdes of the topic or store, or set deserialization.exception.handler.',
      retriable: false,
    },
    IllegalArgumentException: {
      code: 'STREAMS_ILLEGAL_ARGUMENT',
      javaClass: 'java.lang.IllegalArgumentException',
      meaning: 'An argument that a call does not take.',
      remedy: 'Correct the call: the message names the argument.',
      retriable: false,
    },
    IllegalStateException: {
      code: 'STREAMS_ILLEGAL_STATE',
      javaClass: 'java.lang.IllegalStateException',
      meaning: 'A call in a state that does not allow it.',
      remedy: 'Correct the order of the calls.',
      retriable: false,
    },
    NullPointerException: {
      code: 'STREAMS_NULL',
      javaClass: 'java.lang.NullPointerException',
      meaning: 'A null or undefined argument where Java refuses null.',
      remedy: 'Correct the call: the message names the argument.',
      retriable: false,
    },
    UnsupportedOperationException: {
      code: 'STREAMS_UNSUPPORTED',
      javaClass: 'java.lang.UnsupportedOperationException',
      meaning: 'An operation that this store or context does not have.',
      remedy: 'Write to a global store only from its own processor.',
      retriable: false,
    },
    NoSuchElementException: {
      code: 'STREAMS_NO_SUCH_ELEMENT',
      javaClass: 'java.util.NoSuchElementException',
      meaning: 'A read of a test output topic that holds nothing.',
      remedy: 'Check isEmpty() before, or pipe the input that brings the record.',
      retriable: false,
    },
  },
  {
    FailedProcessingException:
      'on its way from the failed node to the task, which throws a STREAMS_ERROR with its cause (internal in Java too)',
  },
)
