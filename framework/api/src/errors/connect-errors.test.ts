import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { KafkaUnavailableError } from '../kafka/kafka-errors.ts'
import {
  ConfigError,
  ConnectError,
  DataError,
  isCausedByRetriable,
  isConnectError,
  isOfKind,
  isRetriable,
  RetriableError,
  SchemaProjectorError,
  traceOf,
} from './connect-errors.ts'
import { apiErrors } from './error-rows.ts'

class Throttled extends RetriableError {}
class OwnCode extends RetriableError {
  override readonly code: string = 'MY_CODE'
}

suite('errors', () => {
  test('have code, Java class and retriability of their row, or of the nearest parent that has one', () => {
    const { rows } = apiErrors
    for (const [error, row] of [
      [new ConnectError('x'), rows.ConnectError],
      [new ConfigError('x', { key: 'k' }), rows.ConfigError],
      [new SchemaProjectorError('x'), rows.SchemaProjectorError],
      [new KafkaUnavailableError('x'), rows.KafkaUnavailableError],
      [new Throttled('x'), rows.RetriableError],
    ] as const) {
      assert.deepEqual(
        [error.code, error.javaClass, isRetriable(error)],
        [row.code, row.javaClass, row.retriable],
      )
    }
    assert.equal(new OwnCode('x').code, 'MY_CODE')
    assert.ok(isRetriable(new OwnCode('x')))
    assert.ok(isCausedByRetriable(new ConnectError('x', { cause: new KafkaUnavailableError('y') })))
  })

  test('are of the kinds of all classes that they extend', () => {
    const { ConnectError: base, DataError: data, RetriableError: retriable } = apiErrors.rows
    const error = new SchemaProjectorError('x')
    assert.deepEqual(
      [error.code, data.code, base.code, retriable.code].map((code) => isOfKind(error, code)),
      [true, true, true, false],
    )
    assert.ok(isOfKind(new OwnCode('x'), 'MY_CODE') && isOfKind(new OwnCode('x'), retriable.code))
    assert.ok(!isOfKind(new Error('x'), base.code))
  })

  test('of another copy of the framework, or of one without rows, count too', () => {
    const brand = Symbol.for('spillway.connect-error')
    const foreign = (code: string): Error => Object.assign(new Error('x'), { code, [brand]: true })
    assert.ok(isConnectError(foreign('CONNECT_DATA')) && isOfKind(foreign('CONNECT_DATA'), 'CONNECT_DATA'))
    assert.ok(isRetriable(foreign('CONNECT_RETRIABLE')) && !isRetriable(foreign('CONNECT_DATA')))
  })

  test('show their code in a trace, below the line that Connect shows', () => {
    const lines = traceOf(new ConnectError('outer', { cause: new DataError('two\nlines') })).split('\n')
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('\tat ')),
      [
        'org.apache.kafka.connect.errors.ConnectException: outer',
        '\tcode CONNECT_ERROR',
        'Caused by: org.apache.kafka.connect.errors.DataException: two',
        'lines',
        '\tcode CONNECT_DATA',
      ],
    )
    assert.ok(!traceOf(new TypeError('x')).includes('code'))
  })
})
