import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ConfigProblemsError } from '../../../api/src/config/config-def.ts'
import { ConfigError } from '../../../api/src/errors/connect-errors.ts'
import { createPartitioner, findPartitioner } from './create-partitioner.ts'
import { partitionerConfig } from './partitioner-config.ts'
import { confluent, LOS_ANGELES, ownPlugins } from './partitioners.fixture.ts'

const FIELD = 'io.confluent.connect.storage.partitioner.FieldPartitioner'

function errorsOf(raw: Record<string, string>): string[] {
  return partitionerConfig.validate(raw, ownPlugins.plugins).flatMap(({ errors }) => errors)
}

suite('the keys of partitioners', () => {
  test('have the defaults of Confluent', () => {
    const config = partitionerConfig.parse({})
    assert.equal(config['partitioner.class'], 'io.confluent.connect.storage.partitioner.DefaultPartitioner')
    assert.deepEqual(config['partition.field.name'], [])
    assert.equal(config['partition.duration.ms'], -1)
    assert.equal(config['path.format'], '')
    assert.equal(config.locale, '')
    assert.equal(config.timezone, '')
    assert.equal(config['timestamp.extractor'], 'Wallclock')
    assert.equal(config['timestamp.field'], 'timestamp')
  })

  test('are validated by REST as far as Confluent does, and no further', () => {
    assert.deepEqual(errorsOf({ 'partitioner.class': FIELD }), [
      'Partition field name cannot be null or empty when using FieldPartitioner.',
    ])
    assert.deepEqual(errorsOf({ 'partitioner.class': FIELD, 'partition.field.name': 'a..b,c' }), [
      'Invalid value a..b for configuration partition.field.name: Field name cannot contain an empty or ' +
        'whitespace-only path segment',
    ])
    assert.deepEqual(errorsOf({ 'partitioner.class': FIELD, 'partition.field.name': 'a,,b' }), [
      'Invalid value  for configuration partition.field.name: Field name cannot be null or empty',
    ])
    assert.deepEqual(errorsOf({ 'partitioner.class': 'com.acme.Theirs' }), [
      'Invalid value com.acme.Theirs for configuration partitioner.class: Class com.acme.Theirs could not be found.',
    ])
    assert.deepEqual(errorsOf({ 'partitioner.class': './mine.js' }), [])
    assert.deepEqual(errorsOf({ timezone: '+5' }), [
      'Invalid value +5 for configuration timezone: Invalid format: "+5" is malformed at "5"',
    ])
    assert.deepEqual(
      errorsOf({
        'path.format': 'T',
        'partition.duration.ms': '-5',
        'timestamp.extractor': 'X',
      }),
      [],
    )
  })

  test('are found wrong at the start of a task with all that is wrong', async () => {
    await assert.rejects(
      confluent('TimeBasedPartitioner', { timezone: '', 'path.format': 'YYYYTHH' }),
      (error) => {
        assert.ok(error instanceof ConfigProblemsError)
        assert.deepEqual(
          error.problems.map(({ message }) => message),
          [
            'Invalid value -1 for configuration partition.duration.ms: Partition duration needs to be a positive. It is ' +
              'the span of time of one directory: 3600000 ms fits this path.format.',
            'Invalid value  for configuration locale: Locale cannot be empty. en is English.',
            'Invalid value  for configuration timezone: Timezone cannot be empty. Write UTC, or an id such as Europe/Berlin.',
            'Invalid value YYYYTHH for configuration path.format: Illegal pattern component: T. Letters stand for parts of ' +
              "a time, text goes in single quotes: 'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH.",
          ],
        )
        return true
      },
    )
    await assert.rejects(confluent('HourlyPartitioner', { locale: 'en' }), /Timezone cannot be empty\./)
    for (const format of ['', '/']) {
      await assert.rejects(
        confluent('TimeBasedPartitioner', { ...LOS_ANGELES, 'path.format': format }),
        /Path format cannot be empty\./,
      )
    }
    await assert.rejects(
      confluent('TimeBasedPartitioner', { ...LOS_ANGELES, 'partition.duration.ms': '0' }),
      /Partition duration needs to be a positive\./,
    )
  })

  test('name an extractor nobody knows', async () => {
    await assert.rejects(
      confluent('HourlyPartitioner', { ...LOS_ANGELES, 'timestamp.extractor': 'Recordfield' }),
      (error) =>
        error instanceof ConfigError && error.message.startsWith('Invalid timestamp extractor: Recordfield'),
    )
  })

  test('take the extractors by their Java class as well', async () => {
    const name = 'io.confluent.connect.storage.partitioner.TimeBasedPartitioner$WallclockTimestampExtractor'
    const partitioner = await confluent('HourlyPartitioner', { ...LOS_ANGELES, 'timestamp.extractor': name })
    assert.equal(typeof partitioner.extractTimestamp, 'function')
  })

  test('suggest the class that was meant', async () => {
    await assert.rejects(
      createPartitioner(
        { 'partitioner.class': 'io.confluent.connect.storage.partitioner.HourlyPartitoner' },
        ownPlugins,
      ),
      /could not be found\. Did you mean io\.confluent\.connect\.storage\.partitioner\.HourlyPartitioner\?/,
    )
  })

  test('tell whether rotate.interval.ms has a clock to go by', async () => {
    const timeBased = async (raw: Record<string, string>): Promise<boolean> =>
      (await findPartitioner(raw, ownPlugins)).timeBased
    assert.equal(await timeBased({}), false)
    assert.equal(await timeBased({ 'partitioner.class': FIELD }), false)
    assert.equal(await timeBased({ 'partition.by': 'value:a' }), true)
    assert.equal(
      await timeBased({ 'partitioner.class': 'io.confluent.connect.storage.partitioner.DailyPartitioner' }),
      true,
    )
  })
})
