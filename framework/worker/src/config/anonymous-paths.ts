/** Paths that `rest.anonymous.paths` may open: they tell nothing of configurations and change nothing. */
export const ANONYMOUS_PATHS = ['/', '/health', '/metrics', '/openapi.json'] as const
