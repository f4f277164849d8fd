/** A name that is a Java class, not a module: what configurations name most things by. */
const JAVA_CLASS = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.[A-Z][\w$]*$/

/** True for a name that means a module, which a {@link ModuleDoor} may lead to: a path, a URL, a scoped package. */
export function looksLikeModule(name: string): boolean {
  return /^(?:[./\\@]|[A-Za-z][A-Za-z0-9+.-]*:)/.test(name)
}

/** True for a name that has the form of a Java class. */
export function looksLikeJavaClass(name: string): boolean {
  return JAVA_CLASS.test(name)
}
