import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { drain, FAR, host, icmp, probe, takeIcmp } from './network-kit.ts';
import { eventsOf, pingData, sendProbe } from './probe-kit.ts';

describe('Sessions of probes', () => {
  it('have different numbers, which are their identifiers', () => {
    const core = host();
    const numbers = [sendProbe(core), sendProbe(core)];
    expect(new Set(numbers).size).toBe(2);
    const events: number[] = [];
    for (const session of numbers.reverse()) {
      takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1, FAR);
      events.push(core.pollProbeEvent()!.session);
    }
    expect(events).toEqual(numbers);
  });

  it('end when they are told to, and two minutes after their last use', () => {
    const core = host();
    const [ended, idle] = [sendProbe(core), sendProbe(core, { timeoutMs: 1 })];
    core.endProbes(ended);
    expect(core.probe(ended, [], 0)).toBeUndefined();
    expect(takeIcmp(core, icmp(0, 0, pingData(), [ended, 1]), 1, FAR)).toBe('NO_SOCKET');
    expect(core.probe(idle, [], 60_000)).toBe(idle);
    core.handleTimeout(120_000);
    expect(core.probe(idle, [], 179_999)).toBe(idle);
    core.handleTimeout(300_000);
    expect(core.probe(idle, [], 300_000)).toBeUndefined();
    expect(core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('are few', () => {
    const core = host();
    for (let opened = 0; opened < 64; opened += 1) core.probe(0, [], 0);
    expect(() => core.probe(0, [], 0)).toThrow(
      expect.objectContaining({ code: 'NETWORK_BAD_PROBE' }),
    );
  });

  it('have a bounded number of probes in flight', () => {
    const core = host();
    const session = sendProbe(core, { sequence: 0 });
    const many = Array.from({ length: 4096 }, (_, at) => probe({ sequence: at + 1 }));
    core.probe(session, many, 0);
    expect(eventsOf(core)).toMatchObject([
      { sequence: 4096, outcome: 'not sent', error: 'ENOBUFS' },
    ]);
    core.handleTimeout(1000);
    expect(eventsOf(core)).toHaveLength(4096);
    core.probe(session, [probe()], 1000);
    expect(drain(core)).toMatchObject({ link: [{}], probes: [] });
  });

  it('forget their oldest answered probes, and use a number again after its wrap', () => {
    const core = host();
    const session = sendProbe(core, { sequence: 0 });
    for (let at = 1; at <= 16_384; at += 1) {
      core.probe(session, [probe({ sequence: at, timeoutMs: 1 })], at * 2);
      core.handleTimeout(at * 2 + 1000);
      drain(core);
    }
    const reply = (sequence: number) => icmp(0, 0, pingData(), [session, sequence]);
    expect(takeIcmp(core, reply(0), 40_000, FAR)).toBe('NO_SOCKET');
    expect(takeIcmp(core, reply(1), 40_000, FAR)).toBe('strata/ECHO_REPLY');
    core.probe(session, [probe({ sequence: 1 })], 40_001);
    drain(core);
    takeIcmp(core, reply(1), 40_002, FAR);
    expect(eventsOf(core)).toMatchObject([{ sequence: 1, isDuplicate: false, rttMs: 1 }]);
  });

  it('keep a bounded number of events', () => {
    const core = host();
    const session = sendProbe(core);
    for (let at = 0; at < 8200; at += 1) {
      takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1, FAR);
    }
    expect(eventsOf(core)).toHaveLength(8192);
    expect(core.counters().StrataProbeEventsDropped).toBe(8);
  });

  it.each([
    { identifier: 65_536 },
    { sequence: -1 },
    { ttl: 256 },
    { octets: 65_508 },
    { timeoutMs: 0 },
    { interfaceName: 'eth9' },
    { options: new Uint8Array([7]) },
    { options: new Uint8Array([7, 3, 1, 0]) },
    { destination: UNSPECIFIED_IPV4 },
    { kind: 'udp' as const },
  ])('refuse a probe with %j', (changes) => {
    expect(() => sendProbe(host(), changes)).toThrow(
      expect.objectContaining({ code: 'NETWORK_BAD_PROBE' }),
    );
  });
});
