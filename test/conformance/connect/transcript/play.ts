import { until } from '../../../support/until.ts'
import type { ConformanceWorker } from '../target/target.ts'
import { rest } from '../target/rest.ts'
import type { Answer, JsonRequest, Step, Wait } from './step.ts'

/** What the placeholders of a run stand for. */
export interface Names {
  readonly c: string
  readonly topic: string
  readonly folder: string
}

/** Sends the requests in order; the answer of each, by its place in the list. */
export async function play(
  worker: ConformanceWorker,
  steps: readonly Step[],
  names: Names,
): Promise<(Answer | undefined)[]> {
  const answers: (Answer | undefined)[] = []
  for (const step of steps) {
    if ('until' in step) {
      await waitFor(worker, step, names)
      answers.push(undefined)
    } else {
      answers.push(await askSettled(worker, step, names))
    }
  }
  return answers
}

/** As clients do: asks again while the answer is that the cluster is being rebalanced, or a task is between two runs. */
async function askSettled(worker: ConformanceWorker, request: JsonRequest, names: Names): Promise<Answer> {
  let answer = await ask(worker, request, names)
  await until('the cluster is settled', async () => {
    if (
      !/a rebalance (was underway|is expected)|\(e\.g\. worker rebalance\)|"UNASSIGNED"/.test(
        JSON.stringify(answer),
      )
    )
      return true
    answer = await ask(worker, request, names)
    return false
  })
  return answer
}

async function ask(worker: ConformanceWorker, request: JsonRequest, names: Names): Promise<Answer> {
  const written = request.raw ?? (request.body === undefined ? undefined : JSON.stringify(request.body))
  const contentType = request.contentType ?? 'application/json'
  const response = await fetch(`${worker.url}${fill(request.path, names)}`, {
    method: request.method,
    headers: {
      accept: request.accept ?? '*/*',
      ...(written !== undefined && { 'content-type': contentType }),
    },
    ...(written !== undefined && { body: fill(written, names) }),
  })
  const text = await response.text()
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined
  const type = header('content-type')
  const location = header('location')
  const allow = header('allow')
  return {
    status: response.status,
    ...(type !== undefined && { type }),
    ...(location !== undefined && { location: unfill(location, worker, names) }),
    ...(allow !== undefined && { allow: sorted(allow) }),
    ...(text !== '' && { body: parse(unfill(text, worker, names)) }),
  }
}

async function waitFor(worker: ConformanceWorker, { until: wanted }: Wait, names: Names): Promise<void> {
  const path = `/connectors/${encodeURIComponent(fill(wanted.name, names))}`
  await until(`${JSON.stringify(wanted)} at ${worker.url}`, async () => {
    if (wanted.gone) return (await rest(worker, 'GET', `${path}/status`)).status === 404
    if (wanted.topics !== undefined) {
      const { body } = await rest(worker, 'GET', `${path}/topics`)
      const [topics] = Object.values(body as Record<string, { topics: string[] }>)
      return wanted.topics.every((topic) => topics?.topics.includes(fill(topic, names)))
    }
    if (wanted.offset !== undefined) {
      const { body } = await rest(worker, 'GET', `${path}/offsets`)
      const { offsets } = body as { offsets: { offset: { kafka_offset: number } }[] }
      return offsets.length > 0 && offsets.every((o) => o.offset.kafka_offset === wanted.offset)
    }
    const { status, body } = await rest(worker, 'GET', `${path}/status`)
    if (status !== 200) return false
    const { connector, tasks } = body as { connector: { state: string }; tasks: { state: string }[] }
    return (
      connector.state === wanted.state &&
      (wanted.tasks === undefined || tasks.length === wanted.tasks) &&
      tasks.every((task) => task.state === wanted.state)
    )
  })
}

function fill(text: string, names: Names): string {
  return text
    .replaceAll('<c>', names.c)
    .replaceAll('<topic>', names.topic)
    .replaceAll('<folder>', names.folder)
}

function unfill(text: string, worker: ConformanceWorker, names: Names): string {
  return text
    .replaceAll(worker.url.slice('http://'.length), '<worker>')
    .replaceAll(names.c, '<c>')
    .replaceAll(names.topic, '<topic>')
    .replaceAll(names.folder, '<folder>')
    .replaceAll(/\d{13}/g, '"<time>"')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function sorted(list: string): string {
  return list
    .split(',')
    .map((item) => item.trim())
    .toSorted()
    .join(', ')
}
