/** Runs applications that its parent names, until they are stopped or the parent is gone. */
import { caseTopologies } from '../../transforms/streams/src/conformance/cases.ts'
import type { CaseTopology } from '../../transforms/streams/src/conformance/topologies/case-topology.ts'
import { KafkaStreams, Serdes, type Serde, type StreamsConfig } from '../../transforms/streams/src/index.ts'
import { kafka } from '../support/topics.ts'
import { ask } from './asking.ts'
import { counting } from './counting.ts'
import { killTopologies } from './kill-topologies.ts'
import { NamespacedClient } from './namespaced-client.ts'
import { type AppOrder, type AppReport, inputKey, outputKey } from './streams-process.ts'

const topologies: Readonly<Record<string, CaseTopology>> = {
  ...caseTopologies,
  ...killTopologies,
  counting: (config: StreamsConfig) => counting(String(config[inputKey]), String(config[outputKey])),
}
const apps = new Map<string, KafkaStreams>()

function report(message: AppReport): void {
  // The parent may be gone already.
  process.send?.(message, undefined, undefined, () => undefined)
}

async function start({ id, topology, namespace, config }: Extract<AppOrder, { kind: 'start' }>) {
  const whole: StreamsConfig = {
    ...config,
    'default.key.serde': Serdes.string() as Serde<unknown>,
    'default.value.serde': Serdes.string() as Serde<unknown>,
  }
  const build = topologies[topology]
  if (build === undefined) throw new Error(`no topology ${topology}`)
  const tell = (line: string): void => report({ kind: 'log', id, line, at: Date.now() })
  const logger = { debug: () => undefined, info: tell, warn: tell, error: tell }
  const client = new NamespacedClient(kafka(), namespace, (generation) =>
    report({ kind: 'joined', id, generation }),
  )
  const streams = new KafkaStreams(build(whole), whole, { logger, client })
  apps.set(id, streams)
  streams.setStateListener((state) => {
    const tasks = streams.metadataForLocalThreads().flatMap(({ activeTasks }) => activeTasks)
    report({ kind: 'state', id, state, tasks, at: Date.now() })
  })
  await streams.start()
  tell('started')
}

process.on('message', (order: AppOrder) => {
  if (order.kind === 'start') {
    start(order).catch((error: unknown) =>
      report({ kind: 'log', id: order.id, line: `start failed: ${String(error)}`, at: Date.now() }),
    )
    return
  }
  const app = apps.get(order.id)
  if (order.kind === 'stop') void app?.close()
  else if (app !== undefined) report({ kind: 'answer', id: order.id, answer: ask(app, order.key) })
})
process.once('SIGTERM', () => {
  void Promise.all([...apps.values()].map(async (app) => await app.close())).then(() => process.exit(0))
})
process.on('disconnect', () => process.exit(0))
