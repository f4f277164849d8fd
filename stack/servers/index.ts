/** The servers of the stack, each under its name on the command line. */
export { kafka } from './kafka.ts'
export { s3 } from './s3proxy.ts'
export { registry } from './apicurio.ts'
export { postgres } from './postgres.ts'
export { mariadb } from './mariadb.ts'
export { aws } from './moto.ts'
