import { defineErrors } from '@spillway/api'

/** The error classes of the JDBC sink. */
export const jdbcErrors = defineErrors(
  {
    TableAlterOrCreateError: {
      code: 'JDBC_TABLE',
      javaClass: 'io.confluent.connect.jdbc.sink.TableAlterOrCreateException',
      meaning: 'A field that no column takes, or a table that cannot be made.',
      remedy: 'Set auto.create or auto.evolve, or change the table by hand.',
      retriable: false,
    },
    RefusedRecordError: {
      code: 'JDBC_REFUSED_RECORD',
      javaClass: 'org.apache.kafka.connect.errors.DataException',
      meaning: 'A record that the database refuses.',
      remedy:
        'Look up the SQLState and column of the message. Repair or skip the record, or set errors.tolerance=all with errors.deadletterqueue.topic.name.',
      retriable: false,
    },
  },
  {
    StatementTimeoutError:
      'stands for a failure of a driver: Dialect.failureOf judges it by its code, as it does theirs',
    ConnectionClosedError:
      'stands for a failure of a driver: Dialect.failureOf judges it by its code, as it does theirs',
    CertificateError:
      'stands for a failure of a driver: Dialect.failureOf judges it by its code, as it does theirs',
    KeyClashError:
      'stands for a failure of a driver: Dialect.failureOf judges it by its code, as it does theirs',
    StandbyError:
      'stands for a failure of a driver: Dialect.failureOf judges it by its code, as it does theirs',
  },
)
