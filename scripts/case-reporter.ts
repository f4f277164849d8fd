/** A reporter for `node --test` that writes a line of JSON per test: its name, and whether it passed. */
import type { TestEvent } from 'node:test/reporters'

export default async function* caseReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite') continue
    yield `${JSON.stringify({ name: data.name, passed: type === 'test:pass' })}\n`
  }
}
