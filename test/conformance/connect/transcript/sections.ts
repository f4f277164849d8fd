import { life, names, states, unreachable } from './connector-requests.ts'
import { general, refused, unknownConnector } from './general-requests.ts'
import { offsets } from './offset-requests.ts'
import { loggers, plugins } from './plugin-requests.ts'
import type { Step } from './step.ts'

/** Requests that are sent one after the other, by the number of their case. Each section leaves no connector behind. */
export const sections: readonly { readonly title: string; readonly steps: readonly Step[] }[] = [
  { title: 'X11: wrong paths, methods, types and bodies', steps: general },
  { title: 'X12: connectors that are not there', steps: unknownConnector },
  { title: 'X13: configurations that are refused', steps: refused },
  { title: 'X14: the life of a connector, and its offsets', steps: [...life, ...offsets] },
  { title: 'X15: names of all kinds', steps: [...names, ...unreachable] },
  { title: 'X16: initial states', steps: states },
  { title: 'X17: plugins and validation', steps: plugins },
  { title: 'X18: log levels', steps: loggers },
]
