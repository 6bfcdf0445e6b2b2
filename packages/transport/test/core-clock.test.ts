import { ADDRESS_A, ADDRESS_B, SeededRandom } from '@strata/simulator';
import { TransportCore } from '@strata/transport';
import { UNSPECIFIED_IPV4 } from '@strata/wire';

function coreThatConnects(startedAtMs: number, afterMs: number, quietMs = 0): TransportCore {
  const addresses = [{ address: ADDRESS_B, prefixLength: 24, mtuOctets: 1500 }];
  const secret = new Uint8Array(16);
  const sysctl = { tcp_quiet_time: quietMs };
  const core = new TransportCore({ addresses, secret, startedAtMs, sysctl }, () => 0.5);
  core.handleRequest(
    {
      kind: 'connect',
      socket: 64,
      endpoint: 'app',
      local: { address: UNSPECIFIED_IPV4, port: 0 },
      remote: { address: ADDRESS_A, port: 80 },
      options: {},
      creditOctets: 0,
    },
    startedAtMs + afterMs,
  );
  while (core.pollNetworkRequest() !== undefined);
  return core;
}

describe('the clock of a core', () => {
  it('has a timer due at the announced time, whenever the stack started', () => {
    const random = new SeededRandom(1);
    for (let i = 0; i < 2000; i += 1) {
      const startedAtMs = (random.next() - 0.5) * 10 ** random.integer(0, 12);
      const core = coreThatConnects(startedAtMs, random.next() * 1000, 1000 + random.next());
      const deadlineMs = core.nextDeadlineMs();
      core.handleTimeout(deadlineMs);
      expect([startedAtMs, core.nextDeadlineMs() > deadlineMs]).toEqual([startedAtMs, true]);
    }
  });

  it('derives initial sequence numbers and timestamps only from the age of the stack', () => {
    const firstSegment = (startedAtMs: number) => {
      const core = coreThatConnects(startedAtMs, 500);
      core.handleTimeout(core.nextDeadlineMs());
      const sent = core.pollNetworkRequest();
      return sent?.kind === 'send' ? [...sent.segment] : undefined;
    };
    expect(firstSegment(4096)).toEqual(firstSegment(0));
    expect(firstSegment(-65_536)).toEqual(firstSegment(0));
    expect(firstSegment(0)).toBeDefined();
  });
});
