/**
 * The same requests to Kafka Connect and to Spillway, and the same answers, but for differences with a documented reason.
 * Kafka Connect's answers are recorded in transcript/fixtures/answers.<mode>.json by `npm run conformance -- --record`; a run
 * against Kafka Connect itself checks that they are still what it says.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { uniqueName } from '../../support/topics.ts'
import { CaseWorker, MODES } from './cases/case-worker.ts'
import { filledTopic } from './cases/monitored.ts'
import { target } from './target/selected-target.ts'
import { explainedHeadings, explanation } from './transcript/differences.ts'
import { essence } from './transcript/essence.ts'
import { play } from './transcript/play.ts'
import { sections } from './transcript/sections.ts'
import { type Answer, titleOf } from './transcript/step.ts'

type Essence = Readonly<Record<string, unknown>>
type Recorded = Record<string, { readonly request: string; readonly answer: Essence }[]>

const isRecording = process.env['SPILLWAY_CONFORMANCE_RECORD'] === '1'
const folder = mkdtempSync(join(tmpdir(), 'conformance-transcript-'))
/** Rows of the documentation that explained a difference in this run. */
const used = new Set<string>()
let topic: string

before(async () => {
  topic = await filledTopic(
    Array.from({ length: 20 }, (_, i) => `v${i}`),
    2,
  )
})
after(() => rmSync(folder, { recursive: true, force: true }))

for (const mode of MODES) {
  suite(mode, () => {
    const file = join(import.meta.dirname, 'transcript', 'fixtures', `answers.${mode}.json`)
    const recorded: Recorded = isRecording ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Recorded)
    let worker: CaseWorker
    before(async () => {
      worker = await CaseWorker.start(mode)
    })
    after(async () => {
      await worker.dispose()
      if (isRecording) writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`)
    })

    for (const { title, steps } of sections) {
      test(title, async () => {
        const names = { c: uniqueName('conn'), topic, folder }
        const answers = await play(worker.worker, steps, names)
        const asked = steps.flatMap((step, i) =>
          'until' in step
            ? []
            : [{ request: titleOf(step), answer: essence(answers[i] as Answer) as Essence }],
        )
        if (isRecording) {
          recorded[title] = asked
          return
        }
        const wanted = recorded[title] ?? []
        assert.deepEqual(
          asked.map(({ request }) => request),
          wanted.map(({ request }) => request),
          'the recording is of other requests: npm run conformance -- --record',
        )
        const unexplained = asked.flatMap(({ request, answer }, i) => {
          const kafkaConnect = wanted[i]?.answer ?? {}
          if (isDeepStrictEqual(kafkaConnect, answer)) return []
          const heading =
            target.name === 'spillway'
              ? explanation({ mode, request, kafkaConnect, spillway: answer })
              : undefined
          if (heading !== undefined) used.add(heading)
          return heading === undefined ? [{ request, wanted: kafkaConnect, answer }] : []
        })
        assert.deepEqual(unexplained, [])
      })
    }
  })
}

if (target.name === 'spillway' && !isRecording) {
  test('every difference that is explained is there', () => {
    assert.deepEqual(
      explainedHeadings.filter((heading) => !used.has(heading)),
      [],
    )
  })
}
