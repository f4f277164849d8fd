/** How deep JSON values may be nested: Jackson's limit, and far from the end of the stack. */
export const MAX_DEPTH = 1000
