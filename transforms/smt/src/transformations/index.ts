import type { TransformationPlugin } from '@spillway/api'
import { castPlugins } from './cast.ts'
import { dropHeadersPlugin } from './drop-headers.ts'
import { explodeArrayPlugin } from './explode-array.ts'
import { extractFieldPlugins } from './extract-field.ts'
import { filterPlugin } from './filter.ts'
import { flattenPlugins } from './flatten.ts'
import { headerFromPlugins } from './header-from.ts'
import { headerToValuePlugin } from './header-to-value.ts'
import { hoistFieldPlugins } from './hoist-field.ts'
import { insertFieldPlugins } from './insert-field.ts'
import { insertHeaderPlugin } from './insert-header.ts'
import { maskFieldPlugins } from './mask-field.ts'
import { parseJsonPlugins } from './parse-json.ts'
import { regexRouterPlugin } from './regex-router.ts'
import { replaceFieldPlugins } from './replace-field.ts'
import { setSchemaMetadataPlugins } from './set-schema-metadata.ts'
import { timestampConverterPlugins } from './timestamp-converter.ts'
import { timestampRouterPlugin } from './timestamp-router.ts'
import { valueToKeyPlugin } from './value-to-key.ts'

/** Every single message transformation, under the class names of Kafka Connect where it has them too. */
export const transformations: readonly TransformationPlugin[] = [
  ...castPlugins,
  dropHeadersPlugin,
  explodeArrayPlugin,
  ...extractFieldPlugins,
  filterPlugin,
  ...flattenPlugins,
  ...headerFromPlugins,
  headerToValuePlugin,
  ...hoistFieldPlugins,
  ...insertFieldPlugins,
  insertHeaderPlugin,
  ...maskFieldPlugins,
  ...parseJsonPlugins,
  regexRouterPlugin,
  ...replaceFieldPlugins,
  ...setSchemaMetadataPlugins,
  ...timestampConverterPlugins,
  timestampRouterPlugin,
  valueToKeyPlugin,
]
