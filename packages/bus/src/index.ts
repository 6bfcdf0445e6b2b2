export * from './bus.ts';
export * from './memory-bus.ts';
export * from './nats-bus.ts';
export { connectNats, type NatsOptions } from './nats-connect.ts';
