import { defineErrors } from '@spillway/api'

/** No error of this package is told under its own name. */
export const refineErrors = defineErrors(
  {},
  {
    SyntaxProblem: 'the check of the key it stands in tells it, in a CONNECT_CONFIG',
    ProjectionProblem: 'the check of the keys refine.project.* tells it, in a CONNECT_CONFIG',
  },
)
