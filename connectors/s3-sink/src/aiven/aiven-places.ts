import {
  type Naming,
  type Partitioner,
  templateGrouping,
  TemplateNaming,
  TemplatePartitioner,
  type TemplateTime,
  variablesOf,
} from '@spillway/object-store'
import type { AivenConfig } from './aiven-keys.ts'
import { aivenZone } from './aiven-zone.ts'
import { fileNameTemplate, prefixTemplate, type Template } from './aiven-file-names.ts'

/** Where files go and what they are called. */
export interface AivenPlaces {
  readonly naming: Naming
  readonly partitioner: Partitioner
  readonly latestOnly: boolean
  readonly goesByWallClock: boolean
}

/** Where the files of a configuration go. */
export function aivenPlaces(config: AivenConfig): AivenPlaces {
  const prefix = prefixTemplate(config)
  const template = prefix ?? fileNameTemplate(config)
  const time = timeOf(config, prefix === undefined ? 'file.name.timestamp' : 'timestamp')
  const { latestOnly } =
    prefix === undefined ? templateGrouping(template.text, template.parts) : { latestOnly: false }
  return {
    naming: new TemplateNaming(template.parts),
    partitioner: new TemplatePartitioner(template.parts, time),
    latestOnly,
    goesByWallClock: goesByWallClock(template, time),
  }
}

function timeOf(config: AivenConfig, prefix: 'timestamp' | 'file.name.timestamp'): TemplateTime {
  return {
    zone: aivenZone(config[`${prefix}.timezone`]),
    source: config[`${prefix}.source`].toUpperCase() as TemplateTime['source'],
  }
}

function goesByWallClock({ parts }: Template, { source }: TemplateTime): boolean {
  return variablesOf(parts).some(
    ({ name }) => name.endsWith('_date') || (name === 'timestamp' && source === 'WALLCLOCK'),
  )
}
