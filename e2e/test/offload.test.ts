import { type NatsServer, startNatsServer } from '@strata/conformance';
import { describeOffloadSuite } from '../support/offload-suite.ts';
import { killAllStarted } from '../support/process.ts';
import { startOneProcess, startServices } from '../support/stacks.ts';

let nats: NatsServer;

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  killAllStarted();
  await nats?.stop();
});

describeOffloadSuite('in one process', (files) => startOneProcess({ files }));
describeOffloadSuite('four services over NATS', (files) => startServices(nats.url, { files }));
describeOffloadSuite('four services over NATS, the TAP on the wire', (files) =>
  startServices(nats.url, { files, serviceTap: 'bridge' }),
);
