import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Activity, ActivityLog } from './activity-log.ts'

test('one line a minute tells what was done, and none where nothing moves', async () => {
  let ms = 0
  const clock = { now: () => ms, monotonic: () => ms, sleep: async () => undefined }
  const lines: string[] = []
  const told = (line: string): void => void lines.push(line)
  const silent = (): void => undefined
  let activity: Activity = { processed: 0, commits: 0, lag: undefined, running: 0, restoring: 0, standby: 0 }
  const log = new ActivityLog(clock, { debug: silent, info: told, warn: told, error: told }, () => activity)
  const pass = (by: number): void => {
    ms += by
    log.tick()
  }
  pass(60_000)
  assert.deepEqual(lines, [])
  activity = { processed: 6_000, commits: 60, lag: 12, running: 3, restoring: 1, standby: 2 }
  pass(30_000)
  assert.deepEqual(lines, [])
  pass(30_000)
  assert.deepEqual(lines.splice(0), [
    'in 60 s 6000 records processed (100/s), 60 commits; 12 records behind; tasks: 3 running, 1 restoring, 2 standby',
  ])
  activity = { ...activity, restoring: 0 }
  pass(60_000)
  assert.deepEqual(lines, [])
  // A thread has ended, and its records with it.
  activity = { ...activity, processed: 120, commits: 2, lag: undefined }
  pass(60_000)
  assert.deepEqual(lines, [
    'in 60 s 120 records processed (2/s), 2 commits; unknown how many records behind; tasks: 3 running, 0 restoring, 2 standby',
  ])
})
