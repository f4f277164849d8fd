/** Kafka by kafkajs: an entry of its own, which loads only where `kafka.client=kafkajs` asks for it. */
export { kafkajsClient } from './kafkajs-client.ts'
