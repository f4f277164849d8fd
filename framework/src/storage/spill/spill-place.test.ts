import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { ByteBudget } from './byte-budget.ts'
import { openSpillBuffer } from './open-spill-buffer.ts'
import type { SpillBuffer } from './spill-buffer.ts'
import { ownSpillPlace, removeOwnSpillPlace, sweepSpillPlaces } from './spill-place.ts'

const MIB = 1024 * 1024

suite('the place for spilled files where none is configured', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-place-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const openIn = (directory: string): SpillBuffer =>
    openSpillBuffer({ directory, memory: new ByteBudget(MIB), disk: new ByteBudget(MIB) })
  /** The same name, as of a process that has ended. */
  const ofTheDead = (place: string): string => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    return place.replace(`.${process.pid}-`, `.${pid}-`)
  }

  test('is one for each worker, below the temporary folder, made when a task needs it and for its user alone', () => {
    const place = ownSpillPlace(folder)
    assert.notEqual(place, ownSpillPlace(folder))
    assert.deepEqual(readdirSync(folder), [])
    assert.equal(basename(place).split('-')[1], String(process.getuid?.() ?? ''))
    const buffer = openIn(place)
    assert.equal(lstatSync(place).mode & 0o777, 0o700)
    buffer.close()
    removeOwnSpillPlace(place)
    removeOwnSpillPlace(place)
    assert.deepEqual(readdirSync(folder), [])
  })

  test('does not hang on what others have called spillway', () => {
    writeFileSync(join(folder, 'spillway'), '')
    mkdirSync(join(folder, `spillway-${process.getuid?.() ?? ''}`), { mode: 0 })
    openIn(ownSpillPlace(folder)).close()
  })

  test('is refused where somebody else has put something at its name', () => {
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(elsewhere)
    const taken: Record<string, (place: string) => void> = {
      'a link': (place) => symlinkSync(elsewhere, place),
      'a link to nowhere': (place) => symlinkSync(join(folder, 'nowhere'), place),
      'a file': (place) => writeFileSync(place, ''),
      'a directory that is open to others': (place) => {
        mkdirSync(place)
        chmodSync(place, 0o777)
      },
    }
    for (const [what, take] of Object.entries(taken)) {
      const place = ownSpillPlace(folder)
      take(place)
      assert.throws(() => openIn(place), /Cannot use .* for the spill log: .* Set buffer\.dir/, what)
    }
    assert.deepEqual(readdirSync(elsewhere), [])
    assert.equal(existsSync(join(folder, 'nowhere')), false)
  })

  test('goes with a worker that was killed when the next one starts, and nothing else goes', () => {
    const dead = ofTheDead(ownSpillPlace(folder))
    mkdirSync(join(dead, 'host.1-1-0-0.spill'), { recursive: true })
    const alive = ownSpillPlace(folder)
    const link = ofTheDead(ownSpillPlace(folder))
    const target = join(folder, 'target')
    const ofAnotherUser = ofTheDead(ownSpillPlace(folder)).replace(/spillway-\d*-/, 'spillway-4294967294-')
    const ofAnotherHost = ofTheDead(ownSpillPlace(folder)).replace(/-[^-]+\.(\d+)-/, '-elsewhere.$1-')
    const kept = [
      alive,
      target,
      ofAnotherUser,
      ofAnotherHost,
      join(folder, 'spillway'),
      join(folder, 'other'),
    ]
    for (const path of kept) mkdirSync(path)
    symlinkSync(target, link)
    writeFileSync(join(target, 'file'), 'kept')
    assert.deepEqual(sweepSpillPlaces(folder), [basename(dead)])
    assert.deepEqual(readdirSync(folder).sort(), [...kept, link].map((path) => basename(path)).sort())
    assert.deepEqual(readdirSync(target), ['file'])
    assert.deepEqual(sweepSpillPlaces(join(folder, 'missing')), [])
  })

  test('is all that is removed: a directory that is configured stays', () => {
    removeOwnSpillPlace(folder)
    assert.ok(existsSync(folder))
  })
})
