import { type NatsServer, startNatsServer } from '@strata/conformance';
import { describeHostSuite } from '../support/host-suite.ts';
import { describeLossySuite } from '../support/lossy-suite.ts';
import { killAllStarted } from '../support/process.ts';
import { startServices } from '../support/stacks.ts';
import { describeTraceSuite } from '../support/trace-suite.ts';

afterAll(killAllStarted);

let nats: NatsServer;

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  await nats?.stop();
});

describeHostSuite('four services over NATS', (files) => startServices(nats.url, { files }));
describeLossySuite('four services over NATS', (files, impairment) =>
  startServices(nats.url, { files, impairment }),
);
describeTraceSuite('four services over NATS', () => startServices(nats.url));
