/**
 * Loaded before every test file by `npm test`: property tests begin from one seed, so that a run that was green stays
 * green. `npm run test:long` and SPILLWAY_SEED choose others; a failure prints the seed it had.
 */
import fc from 'fast-check'

const seed = Number(process.env['SPILLWAY_SEED'] ?? 20_261_121)
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
