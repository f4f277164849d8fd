/** The suite for a JDBC dialect of your own: docs/extending.md. It needs a database. */
export { type DialectUnderTest, dialectConformance } from './dialect-suite.ts'
