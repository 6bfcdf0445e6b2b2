import type { ApiProbe } from '../../src/probe/session.ts';
import { runTrace } from '../../src/probe/traceroute/run.ts';
import type { TraceOptions } from '../../src/probe/traceroute/trace-options.ts';
import { FakeExchange, type Fate } from './fake-exchange.ts';

const OPTIONS: TraceOptions = {
  name: '10.0.3.2',
  address: '10.0.3.2',
  kind: 'udp',
  port: 33_434,
  isPortFixed: false,
  firstHop: 1,
  maxHops: 30,
  probesPerHop: 3,
  parallel: 16,
  waits: { maxMs: 5000, here: 3, near: 10 },
  sendWaitMs: 0,
  packetOctets: 60,
  tos: 0,
  dontFragment: false,
  findsMtu: false,
  numeric: true,
  json: false,
};

/** Routers 10.0.1.1 and 10.0.2.1 on the way, then the target. */
function wayTo({ ttl = 64 }: ApiProbe): Fate {
  if (ttl > 2) {
    return [[ttl, { outcome: 'icmp error', from: '10.0.3.2', icmpType: 3, icmpCode: 3 }]];
  }
  return [[ttl, { outcome: 'icmp error', from: `10.0.${ttl}.1`, icmpType: 11, icmpCode: 0 }]];
}

async function trace(
  changes: Partial<TraceOptions>,
  fateOf: (probe: ApiProbe, count: number) => Fate = wayTo,
) {
  const session = new FakeExchange(fateOf);
  let [out, err] = ['', ''];
  const status = await runTrace(
    { ...OPTIONS, ...changes },
    {
      session,
      signals: session.signals,
      nowMs: () => session.nowMs,
      write: (text) => {
        out += text;
      },
      warn: (text) => {
        err += text;
      },
    },
  );
  return { status, out, err, sent: session.sent, tookMs: session.nowMs - 1000 };
}

const HEAD = 'traceroute to 10.0.3.2 (10.0.3.2), 30 hops max, 60 byte packets\n';

describe('strata traceroute', () => {
  it('prints what traceroute prints, up to the target', async () => {
    const { out, status } = await trace({});
    expect(out).toBe(`${HEAD} 1  10.0.1.1  1.000 ms  1.000 ms  1.000 ms
 2  10.0.2.1  2.000 ms  2.000 ms  2.000 ms
 3  10.0.3.2  3.000 ms  3.000 ms  3.000 ms
`);
    expect(status).toBe(0);
  });

  it('prints an address twice without -n, and the target by its name', async () => {
    const { out } = await trace({ numeric: false, name: 'far', probesPerHop: 1 });
    expect(out).toBe(`traceroute to far (10.0.3.2), 30 hops max, 60 byte packets
 1  10.0.1.1 (10.0.1.1)  1.000 ms
 2  10.0.2.1 (10.0.2.1)  2.000 ms
 3  far (10.0.3.2)  3.000 ms
`);
  });

  it('sends 16 probes at once, each to the next port, and 32 octets of data', async () => {
    const { sent } = await trace({});
    const ports = sent.slice(0, 16).map(({ destinationPort }) => destinationPort);
    expect(ports).toEqual(Array.from({ length: 16 }, (_, at) => 33_434 + at));
    expect(sent[15]).toMatchObject({ ttl: 6, octets: 32, fragmentation: 'dont' });
  });

  it('gives up a probe after its wait, or after a multiple of what others took', async () => {
    const silent = (probe: ApiProbe, count: number) =>
      probe.ttl === 1 || count === 5 ? [] : wayTo(probe);
    const { out, tookMs } = await trace({}, silent);
    expect(out).toContain(' 1  * * *\n 2  10.0.2.1  2.000 ms *  2.000 ms\n 3  10.0.3.2');
    // Ten times the time of a later hop, which is here.
    expect(tookMs).toBeLessThan(1100);
    const slow = await trace({ maxHops: 1, waits: { maxMs: 5000, here: 0, near: 0 } }, () => []);
    expect([slow.out, slow.tookMs]).toEqual([`${HEAD.replace('30', '1')} 1  * * *\n`, 5000]);
  });

  it('names another host on the same hop', async () => {
    const other = (probe: ApiProbe, count: number): Fate =>
      count === 2
        ? [[1, { outcome: 'icmp error', from: '10.0.9.1', icmpType: 11, icmpCode: 0 }]]
        : wayTo(probe);
    const { out } = await trace({}, other);
    expect(out).toContain(' 1  10.0.1.1  1.000 ms 10.0.9.1  1.000 ms 10.0.1.1  1.000 ms\n');
  });

  it.each([
    [3, 0, ' !N'],
    [3, 1, ' !H'],
    [3, 2, ' !P'],
    [3, 3, ''],
    [3, 4, ' !F-1300'],
    [3, 5, ' !S'],
    [3, 9, ' !X'],
    [3, 13, ' !X'],
    [3, 14, ' !V'],
    [3, 15, ' !C'],
    [3, 20, ' !<20>'],
    [11, 1, ' !<11-1>'],
    [12, 0, ' !<12-0>'],
  ])('marks ICMP type %d code %d, and ends there', async (icmpType, icmpCode, mark) => {
    const { out } = await trace({ probesPerHop: 1 }, () => [
      [1, { outcome: 'icmp error', from: '10.0.1.1', icmpType, icmpCode, mtu: 1300 }],
    ]);
    expect(out).toBe(`${HEAD} 1  10.0.1.1  1.000 ms${mark}\n`);
  });

  it('ends at a reply of any kind: echo, datagram, SYN,ACK, RST', async () => {
    for (const outcome of ['reply', 'datagram', 'syn-ack', 'reset'] as const) {
      const { out } = await trace({ probesPerHop: 1 }, () => [[1, { outcome, from: '10.0.3.2' }]]);
      expect(out).toBe(`${HEAD} 1  10.0.3.2  1.000 ms\n`);
    }
  });

  it('finds the MTU of the path: F= where it gets smaller', async () => {
    const mtus = [1500, 1400, 1300];
    const narrow = (probe: ApiProbe): Fate => {
      const octets = probe.octets + 28;
      if (octets > 1500) return [[0, { outcome: 'not sent', error: 'EMSGSIZE', mtu: 1500 }]];
      const hop = mtus.findIndex((mtu, at) => octets > mtu && (probe.ttl ?? 64) > at);
      if (hop < 0) return wayTo(probe);
      const error = { icmpType: 3, icmpCode: 4, mtu: mtus[hop]! };
      return [[1, { outcome: 'icmp error', from: `10.0.${hop}.1`, ...error }]];
    };
    const { out, sent } = await trace(
      { findsMtu: true, parallel: 1, packetOctets: 65_000, probesPerHop: 2 },
      narrow,
    );
    expect(out).toBe(`traceroute to 10.0.3.2 (10.0.3.2), 30 hops max, 65000 byte packets
 1  10.0.1.1  1.000 ms F=1500  1.000 ms
 2  10.0.2.1  2.000 ms F=1400  2.000 ms
 3  10.0.3.2  3.000 ms F=1300  3.000 ms
`);
    expect(sent.every(({ fragmentation }) => fragmentation === 'probe')).toBe(true);
  });

  it('starts at a hop, ends at another, and waits between probes', async () => {
    const { out, sent, tookMs } = await trace({
      ...{ firstHop: 2, maxHops: 2, probesPerHop: 2, sendWaitMs: 100 },
    });
    expect(out).toBe(`${HEAD.replace('30', '2')} 2  10.0.2.1  2.000 ms  2.000 ms\n`);
    expect([sent.length, tookMs]).toEqual([2, 102]);
  });

  it('tells why nothing can be sent', async () => {
    const refused = (): Fate => [[0, { outcome: 'not sent', error: 'ENETUNREACH' }]];
    expect(await trace({}, refused)).toMatchObject({
      out: HEAD,
      err: 'connect: Network is unreachable\n',
      status: 1,
    });
  });

  it('prints JSON', async () => {
    const { out } = await trace({ json: true, probesPerHop: 1 });
    expect(JSON.parse(out)).toMatchObject({
      address: '10.0.3.2',
      hops: [
        { ttl: 1, probes: [{ from: '10.0.1.1', rttMs: 1, mark: '' }] },
        { ttl: 2, probes: [{ from: '10.0.2.1' }] },
        { ttl: 3, probes: [{ from: '10.0.3.2' }] },
      ],
    });
  });
});
