/**
 * Loaded by a worker's process with `--import`: on SIGUSR2 its main thread prints how long, in ms, it was kept from others
 * since the last time, and begins anew.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'

const RESOLUTION_MS = 5

if (isMainThread) {
  let delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  const tell = async (): Promise<void> => {
    const longest = Math.max(0, delays.max / 1e6 - RESOLUTION_MS)
    delays.disable()
    delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    delays.enable()
    // The first interval of a histogram is not in it.
    await delay(RESOLUTION_MS * 4)
    console.log(`main thread kept for ${longest.toFixed(1)} ms`)
  }
  process.on('SIGUSR2', () => void tell())
}
