import { Worker } from 'node:worker_threads'
import { BadRequestError, RestError } from '@spillway/api'
import type { FromPreviewThread, PreviewData, PreviewResult } from './preview-protocol.ts'

const TIMEOUT_MS = 30_000
/** Previews at a time; each is a thread. */
const MOST_AT_ONCE = 2
const HEAP_MIB = 256

/** What all previews of a worker have in common. */
export type PreviewSetting = Pick<
  PreviewData,
  'registryModule' | 'pluginModules' | 'workerConfig' | 'workerSecrets' | 'logLevel'
>

/** Makes previews, each in a thread of its own: plugins that hang or exhaust it harm nobody else. */
export class Previewer {
  readonly #setting: PreviewSetting
  #running = 0

  constructor(setting: PreviewSetting) {
    this.#setting = setting
  }

  /**
   * @throws {BadRequestError} where it fails as a whole or takes too long: whatever fails is what the request names, not
   *   the worker; {RestError} 429 where too many are being made.
   */
  async preview(
    request: Omit<PreviewData, keyof PreviewSetting> & Partial<PreviewSetting>,
  ): Promise<PreviewResult> {
    if (this.#running >= MOST_AT_ONCE) {
      throw new RestError(429, `${MOST_AT_ONCE} previews are being made: try again when one has ended.`)
    }
    this.#running++
    try {
      return await this.#run({ ...this.#setting, ...request })
    } finally {
      this.#running--
    }
  }

  async #run(data: PreviewData): Promise<PreviewResult> {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const thread = new Worker(new URL(`./preview-thread.${extension}`, import.meta.url), {
      workerData: data,
      name: 'spillway-preview',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    })
    // A worker that stops does not wait for a preview.
    thread.unref()
    const { promise, resolve, reject } = Promise.withResolvers<PreviewResult>()
    thread.on('message', (message: FromPreviewThread) => {
      if ('result' in message) resolve(message.result)
      else reject(new BadRequestError(`The preview failed: ${message.failure}`))
    })
    thread.on('error', (cause) =>
      reject(new BadRequestError(`The preview failed: ${(cause as Error).message}`, { cause })),
    )
    thread.on('exit', () => reject(new BadRequestError('The preview failed: its thread has ended')))
    const timer = setTimeout(
      () => reject(new BadRequestError(`The preview was not ready in ${TIMEOUT_MS} ms and was ended.`)),
      TIMEOUT_MS,
    )
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      await thread.terminate()
    }
  }
}
