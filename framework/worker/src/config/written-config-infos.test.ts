import assert from 'node:assert/strict'
import test from 'node:test'

import { writtenConfigInfos } from './written-config-infos.ts'

test('neither messages nor sample object keys show what a provider filled in', () => {
  const infos = writtenConfigInfos(
    {
      name: 'X',
      error_count: 1,
      groups: [],
      configs: [
        {
          definition: null,
          value: {
            name: 'topics.dir',
            value: 'hush',
            recommended_values: [],
            errors: ['hush is wrong'],
            visible: true,
          },
        },
      ],
      sample_object_keys: ['hush/orders/orders+0+0.json'],
    },
    { 'topics.dir': '${vault:path:dir}' },
    new Set(['hush']),
  )
  assert.equal(infos.configs[0]?.value.value, '${vault:path:dir}')
  assert.ok(!JSON.stringify(infos).includes('hush'))
  assert.match(infos.sample_object_keys?.[0] ?? '', /\/orders\/orders\+0\+0\.json$/)
})
