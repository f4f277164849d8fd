import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Serdes, StreamsBuilder, TopologyTestDriver, Consumed } from '../index.ts'
import type { CopartitionGroup } from './copartition.ts'
import { enforceCopartitioning } from './copartition.ts'

interface Case extends CopartitionGroup {
  readonly result?: Readonly<Record<string, number>>
  readonly error?: { readonly class: string; readonly message: string }
}

const file = join(import.meta.dirname, '../conformance/fixtures/copartition.json')
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }

describe('co-partitioning', () => {
  for (const given of cases) {
    const { sourceTopics, repartitionTopicsProposed, repartitionTopicsEnforced } = given
    const text = JSON.stringify([sourceTopics, repartitionTopicsProposed, repartitionTopicsEnforced])
    test(`${text} is decided as Java does`, () => {
      if (given.error === undefined) {
        assert.deepEqual(enforceCopartitioning(given), given.result)
        return
      }
      const { class: name, message } = given.error
      assert.throws(() => enforceCopartitioning(given), { name, message })
    })
  }

  test('a join of topics with different counts does not start', () => {
    const builder = new StreamsBuilder()
    const strings = Consumed.with(Serdes.string(), Serdes.string())
    builder
      .stream('clicks', strings)
      .join(builder.table('profiles', Consumed.with(Serdes.string(), Serdes.string())), (click) => click)
      .to('out')
    assert.throws(
      () => new TopologyTestDriver(builder.build(), {}, { partitions: { clicks: 3, profiles: 2 } }),
      /Topics not co-partitioned: \[\{clicks=3, profiles=2\}\]/,
    )
  })
})
