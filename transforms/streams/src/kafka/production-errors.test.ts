import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  ConnectError,
  KafkaAuthError,
  KafkaUnavailableError,
  type LostRecord,
  ProducerFencedError,
  RecordTooLargeError,
  systemClock,
} from '@spillway/api'
import {
  DefaultProductionExceptionHandler,
  HandlerResponse,
  type ErrorHandlerContext,
  type ProducerRecord,
} from '../config/exception-handlers.ts'
import type { RecordOrigin } from '../context/record-origin.ts'
import { Headers } from '../core/headers.ts'
import { ProductionErrors } from './production-errors.ts'

const deadLetter: ProducerRecord = {
  topic: 'dlq',
  partition: null,
  timestamp: 1,
  key: null,
  value: null,
  headers: new Headers(),
}

function given(respond: (context: ErrorHandlerContext, error: unknown) => HandlerResponse) {
  const [lines, sent] = [[] as string[], [] as [ProducerRecord, RecordOrigin | undefined][]]
  const counts = { asked: 0, dropped: 0 }
  const log = (line: string): void => void lines.push(line)
  const errors = new ProductionErrors({
    handler: {
      handleSerializationError: () => HandlerResponse.fail(),
      handleError: (context, _record, error) => {
        counts.asked++
        return respond(context, error)
      },
    },
    clock: systemClock,
    logger: { debug: log, info: log, warn: log, error: log },
  })
  const task = {
    taskId: '0_3',
    topic: 'in',
    partition: 3,
    original: null,
    countDropped: () => void counts.dropped++,
  }
  const origin: RecordOrigin = {
    task,
    node: 'SINK-1',
    topic: 'in',
    partition: 3,
    original: null,
    isDeadLetter: false,
  }
  const record: LostRecord = {
    topic: 'out',
    partition: 1,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: [{ key: 'h', value: Buffer.from('1') }],
    timestamp: 77,
    origin,
    originOffset: 2n ** 60n,
  }
  const settle = () => errors.settle((each, from) => void sent.push([each, from]))
  return { errors, record, origin, settle, sent, counts, lines }
}

const large = new RecordTooLargeError('the record is too large')
const late = new KafkaUnavailableError('not acknowledged')
const at =
  'Error encountered sending record to topic out for task 0_3 (sent by SINK-1 while in-3@1152921504606846976 was processed)'

describe('records that cannot be sent', () => {
  for (const [name, error, response, isAsked, expected] of [
    ['too large, FAIL', large, HandlerResponse.fail(), true, /FAIL the processing, no more records are sent/],
    [
      'too large, RETRY',
      large,
      HandlerResponse.retry(),
      true,
      /FAIL the processing \(RETRY is for errors that may pass\)/,
    ],
    ['late, FAIL', late, HandlerResponse.fail(), true, /FAIL the processing/],
    [
      'late, RETRY',
      late,
      HandlerResponse.retry(),
      true,
      { name: 'TaskCorruptedException', taskIds: ['0_3'] },
    ],
    [
      'forbidden',
      new KafkaAuthError('not authorized'),
      HandlerResponse.resume(),
      false,
      /due to: not authorized\. This is fatal/,
    ],
    [
      'fenced',
      new ProducerFencedError('fenced'),
      HandlerResponse.resume(),
      false,
      { name: 'TaskMigratedException' },
    ],
  ] as const) {
    test(`${name}: ${isAsked ? 'the handler is asked' : 'nobody is asked'}, and nothing is committed any more`, () => {
      const { errors, record, settle, counts, origin } = given(() => response)
      assert.equal(settle(), false)
      errors.add([record], error)
      assert.throws(settle, expected)
      assert.throws(settle, expected, 'again and again')
      assert.equal(counts.asked, isAsked ? 1 : 0)
      assert.equal(counts.dropped, 0)
      errors.revived(origin.task.taskId)
      if (response.result === 'RETRY' && error === late) assert.equal(settle(), false)
      else assert.throws(settle, expected)
    })
  }

  test('passed over: counted, told of once in a while, and each is asked for', () => {
    const seen: ErrorHandlerContext[] = []
    const { errors, record, settle, counts, lines } = given((context) => {
      seen.push(context)
      return HandlerResponse.resume()
    })
    errors.add([record, record], large)
    errors.add([record], large)
    assert.equal(settle(), true)
    assert.equal(settle(), false)
    assert.deepEqual(counts, { asked: 3, dropped: 3 })
    assert.equal(lines.length, 1)
    assert.ok(
      lines[0]?.startsWith(`${at} due to: the record is too large. Exception handler chose to CONTINUE`),
      lines[0],
    )
    const { headers, ...context } = seen[0] as ErrorHandlerContext
    assert.deepEqual(context, {
      topic: 'in',
      partition: 3,
      offset: 2n ** 60n,
      processorNodeId: 'SINK-1',
      taskId: '0_3',
      timestamp: 77,
      // As in Java: the source record is not kept.
      sourceRawKey: null,
      sourceRawValue: null,
      original: null,
    })
    assert.deepEqual(headers.toObject(), { h: '1' })
  })

  test('dead letters of a handler are sent, whatever it says; one that is lost itself is never passed over', () => {
    for (const make of [HandlerResponse.resume, HandlerResponse.fail]) {
      const { errors, record, settle, sent, counts } = given(() => make([deadLetter]))
      errors.add([record], large)
      try {
        settle()
      } catch (error) {
        assert.match(String(error), /FAIL the processing/)
        continue
      }
      const [letter, origin] = sent[0] ?? []
      assert.equal(letter, deadLetter)
      errors.add([{ ...record, topic: 'dlq', origin }], large)
      assert.throws(settle, /record to topic dlq .* It was a dead letter/)
      assert.equal(counts.asked, 1)
    }
    const { errors, record, settle, origin } = given(() => HandlerResponse.resume())
    errors.add([{ ...record, origin: { ...origin, isDeadLetter: true } }], late)
    assert.throws(settle, { name: 'TaskCorruptedException' })
  })

  test('a handler that fails ends it, and says after what', () => {
    const { errors, record, settle } = given(() => {
      throw new Error('oops')
    })
    errors.add([record], large)
    assert.throws(settle, (error) => {
      assert.ok(error instanceof ConnectError)
      assert.match(error.message, /Fatal user code error in production error callback: oops\. .*too large/)
      assert.equal((error.cause as Error).message, 'oops')
      return true
    })
  })

  test('the default handler begins anew after what may pass, and fails on the rest, with a dead letter where there is a topic', () => {
    const handler = new DefaultProductionExceptionHandler()
    handler.configure({ 'errors.dead.letter.queue.topic.name': 'dlq' })
    const { errors, record, settle, sent } = given((context, error) =>
      handler.handleError(context, deadLetter, error),
    )
    errors.add([record], late)
    assert.throws(settle, { name: 'TaskCorruptedException' })
    assert.equal(sent.length, 0)
    errors.revived('0_3')
    errors.add([record], large)
    assert.throws(settle, /FAIL the processing/)
    assert.equal(
      sent[0]?.[0].headers.last('__streams.errors.exception'),
      'org.apache.kafka.common.errors.RecordTooLargeException',
    )
  })
})
