import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SecretMasker } from './secret-masker.ts'

test('replaces every occurrence of a secret', () => {
  const masker = new SecretMasker(['hunter22', 'a+b$c(d)'])
  assert.equal(masker.mask('pw=hunter22, again hunter22; a+b$c(d)'), 'pw=[hidden], again [hidden]; [hidden]')
})

test('finds a secret URL encoded, escaped in JSON and without its line end', () => {
  const masker = new SecretMasker(['p@ss/"word\n'])
  assert.equal(masker.mask('https://u:p%40ss%2F%22word@h'), 'https://u:[hidden]@h')
  assert.equal(masker.mask(JSON.stringify({ k: 'p@ss/"word\n' })), '{"k":"[hidden]"}')
  assert.equal(masker.mask('is p@ss/"word.'), 'is [hidden].')
})

test('masks the longer of two secrets where one holds the other', () => {
  const masker = new SecretMasker(['secret', 'secret-and-more'])
  assert.equal(masker.mask('secret-and-more secret'), '[hidden] [hidden]')
})

test('masks a short secret only where it stands alone', () => {
  const masker = new SecretMasker(['pw1', '5432', '', '  '])
  assert.equal(masker.mask('h:5432 pw1, 15432 pw11 x'), 'h:[hidden] [hidden], 15432 pw11 x')
})

test('masks each long line of a key of several lines', () => {
  const masker = new SecretMasker(['-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nabc\n-----END KEY-----'])
  assert.equal(masker.mask('near MIIEvQIBADANBgkqhkiG9w0B in line 2'), 'near [hidden] in line 2')
})

test('forgets the secrets of one owner only, and add keeps the earlier ones', () => {
  const masker = new SecretMasker().set('a', ['secret-a']).set('b', ['secret-b']).add('b', ['secret-c'])
  assert.equal(masker.mask('secret-a secret-b secret-c'), '[hidden] [hidden] [hidden]')
  masker.forget('b')
  assert.equal(masker.mask('secret-a secret-b secret-c'), '[hidden] secret-b secret-c')
})

test('no secret of six characters or more survives in any text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 6, maxLength: 20, unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
      fc.string(),
      fc.string(),
      (secrets, before, after) => {
        const real = secrets.filter((secret) => secret.trim().length >= 6)
        const masker = new SecretMasker(real)
        for (const secret of real) {
          const masked = masker.mask(`${before}${secret}${after}`)
          const rest = masked.replaceAll('[hidden]', '\0')
          if (!before.includes(secret) && !after.includes(secret)) {
            assert.ok(
              !rest.includes(secret),
              `${JSON.stringify(secret)} is left in ${JSON.stringify(masked)}`,
            )
          }
        }
      },
    ),
  )
})
