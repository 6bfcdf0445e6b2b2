import { type NatsServer, startNatsServer } from '@strata/conformance';
import { parseIpv4 } from '@strata/wire';
import { Host } from '../support/host.ts';
import { supportScript } from '../support/linux-peers.ts';
import { killAllStarted } from '../support/process.ts';
import { type RunningStack, SERVER, startOneProcess, startServices } from '../support/stacks.ts';

afterAll(killAllStarted);

const STATIONS = 200;

/** Each station asks once and is answered once. */
async function expectAllAnswered(stack: RunningStack): Promise<void> {
  const stations = { count: STATIONS, target: parseIpv4(SERVER), first: parseIpv4('192.0.2.20') };
  const { stdout } = await new Host(stack.netns).run(process.execPath, [
    ...supportScript('many-stations.ts'),
    JSON.stringify(stations),
  ]);
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual({ unanswered: [] });
}

describe(`${STATIONS} stations that the host bridges to the TAP`, () => {
  it('all get answers from a stack in one process', async () => {
    const stack = await startOneProcess();
    await expectAllAnswered(stack);
    await stack.stop();
  });

  describe('over NATS', () => {
    let nats: NatsServer;

    beforeAll(async () => {
      nats = await startNatsServer();
    });

    afterAll(async () => {
      await nats?.stop();
    });

    it.each(['bridge', 'direct'] as const)('all get answers, serviceTap %s', async (serviceTap) => {
      const stack = await startServices(nats.url, { serviceTap });
      await expectAllAnswered(stack);
      await stack.stop();
    });
  });
});
