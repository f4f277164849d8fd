/** The error classes of this package, for docs/errors.md. A plain object: nothing is imported here. */
export const varietyErrors = {
  rows: {},
  internal: {
    DamagedPlanError: 'a plan that cannot be followed; it is told by message, and the plan before it stays',
  },
}
