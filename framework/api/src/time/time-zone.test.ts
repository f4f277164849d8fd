import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { JodaPattern } from './joda-pattern.ts'
import { localToUtc, timeZone } from './time-zone.ts'

const HOUR = 3_600_000

suite('timeZone', () => {
  test('knows IANA ids, links and offsets, as Joda-Time writes them', () => {
    const offsets = (id: string): [string, number] => [timeZone(id).id, timeZone(id).offsetAt(0) / HOUR]
    assert.deepEqual(offsets('UTC'), ['UTC', 0])
    assert.deepEqual(offsets('Z'), ['UTC', 0])
    assert.deepEqual(offsets('-00:00'), ['UTC', 0])
    assert.deepEqual(offsets('+05:30'), ['+05:30', 5.5])
    assert.deepEqual(offsets('+0530'), ['+05:30', 5.5])
    assert.deepEqual(offsets('-08'), ['-08:00', -8])
    assert.deepEqual(offsets('UTC+02:00'), ['+02:00', 2])
    assert.deepEqual(offsets('GMT-02:00'), ['-02:00', -2])
    assert.deepEqual(offsets('+05:30:15'), ['+05:30:15', 5.5 + 15 / 3600])
    assert.deepEqual(offsets('Asia/Kolkata'), ['Asia/Kolkata', 5.5])
    assert.deepEqual(offsets('US/Pacific'), ['US/Pacific', -8])
    assert.deepEqual(offsets('Etc/GMT+5'), ['Etc/GMT+5', -5])
  })

  test('refuses everything else in the words of Joda-Time', () => {
    for (const id of ['LLL', '', ' UTC', 'utc', 'PST', 'us/pacific', 'America/los_angeles', 'Mars/Olympus']) {
      assert.throws(
        () => timeZone(id),
        { name: 'RangeError', message: `The datetime zone id '${id}' is not recognised` },
        id,
      )
    }
    for (const [id, offset] of [
      ['+5', '+5'],
      ['+24:00', '+24:00'],
      ['UTC+2', '+2'],
      ['GMT-3', '-3'],
    ] as const) {
      const message = `Invalid format: "${offset}" is malformed at "${offset.slice(1)}"`
      assert.throws(() => timeZone(id), { name: 'RangeError', message }, id)
    }
  })

  test('finds a change of offset to the second, and local times around it', () => {
    const berlin = timeZone('Europe/Berlin')
    const spring = Date.UTC(2024, 2, 31, 1)
    assert.equal(berlin.offsetAt(spring - 1), HOUR)
    assert.equal(berlin.offsetAt(spring), 2 * HOUR)
    const monrovia = timeZone('Africa/Monrovia')
    const change = Date.UTC(1972, 0, 7, 0, 44, 30)
    assert.equal(monrovia.offsetAt(change - 1), -(44 * 60 + 30) * 1000)
    assert.equal(monrovia.offsetAt(change), 0)
    assert.equal(localToUtc(berlin, Date.UTC(2024, 9, 27, 2, 30)), Date.UTC(2024, 9, 27, 1, 30))
    assert.equal(
      localToUtc(timeZone('America/New_York'), Date.UTC(2024, 10, 3, 1, 30)),
      Date.UTC(2024, 10, 3, 5, 30),
    )
  })

  test('says the same as the runtime at any time, near changes and far from them', () => {
    const ids = [
      'America/Santiago',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Casablanca',
      'Pacific/Apia',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...ids), fc.integer({ min: -2e12, max: 4e12 }), (id, ms) => {
        const format = new Intl.DateTimeFormat('en-US', {
          timeZone: id,
          dateStyle: 'short',
          timeStyle: 'medium',
          hourCycle: 'h23',
        })
        const shifted = new Intl.DateTimeFormat('en-US', {
          timeZone: 'UTC',
          dateStyle: 'short',
          timeStyle: 'medium',
          hourCycle: 'h23',
        })
        assert.equal(shifted.format(ms + timeZone(id).offsetAt(ms)), format.format(ms))
      }),
      { numRuns: 300 },
    )
  })

  test('goes on by the rules beyond the years a Date has', () => {
    const format = (ms: number): string =>
      new JodaPattern('YYYY MM dd HH', timeZone('America/New_York'), 'en').format(ms)
    assert.equal(format(8640000000000001), '275760 09 12 20')
    assert.equal(format(-8640000000000001), '271822 04 19 19')
    assert.equal(format(2 ** 60), '36536598 01 28 16')
  })

  test('prints names and offsets of zones', () => {
    const format = (pattern: string, id: string): string =>
      new JodaPattern(pattern, timeZone(id), 'en').format(1485705600123)
    assert.equal(format('z|zzzz', 'America/New_York'), 'EST|Eastern Standard Time')
    assert.equal(format('z', 'Europe/Berlin'), 'CET')
    assert.equal(format('Z|ZZ|ZZZ', 'Asia/Kathmandu'), '+0545|+05:45|Asia/Kathmandu')
    assert.equal(format('z|Z|ZZ|ZZZ', '-08:00'), '-08:00|-0800|-08:00|-08:00')
    assert.equal(format('z', 'UTC'), 'UTC')
  })

  test('takes a text of the locale key for one language, as Java does', () => {
    const format = (locale: string): string =>
      new JodaPattern('MMM MMMM EEE EEEE G', timeZone('UTC'), locale).format(1427961600000)
    assert.equal(format('en'), 'Apr April Thu Thursday AD')
    assert.equal(format('fr'), 'avr. avril jeu. jeudi ap. J.-C.')
    assert.equal(format('FR'), format('fr'))
    for (const unknown of ['en-US', 'fr-FR', 'en_US', 'eng', 'xx']) {
      assert.equal(format(unknown), 'Apr Apr Thu Thu CE', unknown)
    }
    assert.equal(format('iw'), format('he'))
    assert.match(format('ja'), /^4月 4月 木 木曜日/)
  })
})
