/** How deep JSON values may be nested: Jackson's limit, and far from the end of the stack. */
export const MAX_DEPTH = 1000
/** Characters of a number that is read with all its digits: Jackson's limit. Much longer ones would cost seconds each. */
export const MAX_NUMBER_LENGTH = 1000
