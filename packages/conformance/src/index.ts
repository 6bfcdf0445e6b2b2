export * from './bus-suite.ts';
export * from './checkers/index.ts';
export * from './janitor.ts';
export * from './nats-server.ts';
export * from './until.ts';
