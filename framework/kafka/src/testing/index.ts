/** The suite for a Kafka client of your own behind the port: docs/extending.md. It needs brokers. */
export type { BrokerCase, OwnBroker } from './broker-cases.ts'
export {
  type Case,
  Harness,
  type Member,
  numbered,
  pollUntil,
  type RebalanceEvent,
  until,
  valuesOf,
} from './harness.ts'
export { type KafkaClientUnderTest, kafkaClientConformance } from './kafka-client-suite.ts'
export { type SecureBroker, USER, USER_WITHOUT_GROUPS } from './secure-broker.ts'
