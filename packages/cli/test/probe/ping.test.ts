import { recordRoute, sourceRoute, timestamp } from '../../src/probe/ping/options-field.ts';
import type { PingOptions } from '../../src/probe/ping/ping-options.ts';
import { runPing } from '../../src/probe/ping/run.ts';
import type { ApiProbe } from '../../src/probe/session.ts';
import { FakeExchange, type Fate } from './fake-exchange.ts';

const NO_BYTES = new Uint8Array(0);
const OPTIONS: PingOptions = {
  name: '192.0.2.2',
  address: '192.0.2.2',
  firstHop: '192.0.2.2',
  via: '',
  count: 2,
  intervalMs: 1000,
  size: 56,
  tos: 0,
  fragmentation: 'want',
  pattern: NO_BYTES,
  ipOptions: NO_BYTES,
  preload: 1,
  flood: false,
  adaptive: false,
  lingerMs: 10_000,
  deadlineMs: Number.POSITIVE_INFINITY,
  broadcast: false,
  isMulticast: false,
  quiet: false,
  verbose: false,
  clockTimes: false,
  audible: false,
  outstanding: false,
  json: false,
};

const REPLY = { from: '192.0.2.2', ttl: 64, octets: 64 };
const replyAfter =
  (ms: number, more: object = {}) =>
  (): Fate => [[ms, { ...REPLY, ...more }]];

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly sent: readonly ApiProbe[];
  readonly tookMs: number;
}

async function ping(
  changes: Partial<PingOptions>,
  fateOf: (probe: ApiProbe, count: number) => Fate,
  prepare: (session: FakeExchange) => void = () => undefined,
): Promise<Result> {
  const session = new FakeExchange(fateOf);
  prepare(session);
  let [out, err] = ['', ''];
  const status = await runPing(
    { ...OPTIONS, ...changes },
    {
      session,
      signals: session.signals,
      nowMs: () => session.nowMs,
      unixMs: () => 1_700_000_000_000 + session.nowMs,
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

const HEAD = 'PING 192.0.2.2 (192.0.2.2) 56(84) bytes of data.\n';

describe('strata ping', () => {
  it('prints what ping prints', async () => {
    const { out, status, tookMs } = await ping({}, replyAfter(0.061));
    expect(out).toBe(`${HEAD}64 bytes from 192.0.2.2: icmp_seq=1 ttl=64 time=0.061 ms
64 bytes from 192.0.2.2: icmp_seq=2 ttl=64 time=0.061 ms

--- 192.0.2.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 1000ms
rtt min/avg/max/mdev = 0.061/0.061/0.061/0.000 ms
`);
    expect(status).toBe(0);
    expect(tookMs).toBeCloseTo(1000.061);
  });

  it.each([
    [0.9994, '0.999'],
    [1, '1.00'],
    [9.994, '9.99'],
    [9.995, '10.0'],
    [99.94, '99.9'],
    [99.95, '100'],
    [1234.5, '1235'],
  ])('prints %d ms with three digits or so: %s', async (ms, text) => {
    const { out } = await ping({ count: 1 }, replyAfter(ms));
    expect(out).toContain(`time=${text} ms\n`);
  });

  it('waits for replies 10 s at the end if none came, and says so by its status', async () => {
    const { out, status, tookMs } = await ping({}, () => []);
    expect(out).toBe(
      `${HEAD}\n--- 192.0.2.2 ping statistics ---\n2 packets transmitted, 0 received, 100% packet loss, time 1000ms\n\n`,
    );
    expect([status, tookMs]).toEqual([1, 11_000]);
  });

  it('waits for two round trips where others came', async () => {
    const { tookMs, out } = await ping({ count: 3 }, (_probe, count) =>
      count === 1 ? [[800, REPLY]] : [],
    );
    expect(tookMs).toBe(3600);
    expect(out).toContain('3 packets transmitted, 1 received, 66.6667% packet loss, time 2000ms');
  });

  it('marks duplicates and broken replies, and counts them apart', async () => {
    const { out } = await ping({ count: 2 }, (_probe, count) =>
      count > 1
        ? [[1, REPLY]]
        : [
            [1, REPLY],
            [2, { ...REPLY, duplicate: true }],
            [3, { ...REPLY, badChecksum: true }],
          ],
    );
    expect(out).toContain('icmp_seq=1 ttl=64 time=2.00 ms (DUP!)\n');
    expect(out).toContain('icmp_seq=1 ttl=64 time=3.00 ms (BAD CHECKSUM)\n');
    expect(out).toContain('2 received, +1 duplicates, +1 corrupted, 0% packet loss');
  });

  it('shows data that came back changed', async () => {
    const data = Uint8Array.from({ length: 20 }, (_, at) => (at === 18 ? 0xff : at));
    const more = { octets: 28, data: Buffer.from(data).toString('hex') };
    const { out } = await ping({ count: 1, size: 20 }, replyAfter(1, more));
    expect(out).toContain(
      'time=1.00 ms\nwrong data byte #18 should be 0x12 but was 0xff\n#16\t10 11 ff 13 \n',
    );
  });

  it.each([
    [{ icmpType: 3, icmpCode: 1, local: true }, 'Destination Host Unreachable'],
    [{ icmpType: 3, icmpCode: 4, mtu: 1400 }, 'Frag needed and DF set (mtu = 1400)'],
    [{ icmpType: 3, icmpCode: 13 }, 'Packet filtered'],
    [{ icmpType: 11, icmpCode: 0 }, 'Time to live exceeded'],
    [{ icmpType: 12, icmpCode: 0, pointer: 20 }, 'Parameter problem: pointer = 20'],
  ])('tells of errors: %j', async (error, words) => {
    const { out, status } = await ping({ count: 1 }, () => [
      [1, { outcome: 'icmp error', from: '192.0.2.1', ...error }],
    ]);
    expect(out).toContain(`From 192.0.2.1 icmp_seq=1 ${words}\n`);
    expect(out).toContain('1 packets transmitted, 0 received, +1 errors, 100% packet loss');
    expect(status).toBe(1);
  });

  it('goes on after a redirect, which is no error', async () => {
    const redirect = {
      outcome: 'icmp error',
      from: '192.0.2.1',
      icmpType: 5,
      icmpCode: 1,
    } as const;
    const { out } = await ping({ count: 1 }, () => [
      [1, { ...redirect, gateway: '192.0.2.9' }],
      [2, REPLY],
    ]);
    expect(out).toContain(
      'From 192.0.2.1: icmp_seq=1 Redirect Host(New nexthop: 192.0.2.9)\n64 bytes',
    );
    expect(out).toContain('1 received, 0% packet loss');
  });

  it('tells which packet is too long', async () => {
    const refused = () => [[0, { outcome: 'not sent', error: 'EMSGSIZE', mtu: 1500 }]] as Fate;
    const { out, err, status } = await ping({ count: 1, size: 1473, fragmentation: 'do' }, refused);
    expect(err).toBe('ping: local error: message too long, mtu=1500\n');
    expect(out).toContain('1 packets transmitted, 0 received, +1 errors, 100% packet loss');
    expect(status).toBe(1);
  });

  it.each([
    ['ENETUNREACH', 'ping: connect: Network is unreachable\n'],
    [
      'EACCES',
      'ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n',
    ],
    ['EADDRNOTAVAIL', 'ping: bind: Cannot assign requested address\n'],
  ])('ends at once with status 2 where nothing can be sent: %s', async (error, text) => {
    const refused = () => [[0, { outcome: 'not sent', error }]] as Fate;
    expect(await ping({}, refused)).toMatchObject({ out: '', err: text, status: 2, tookMs: 0 });
  });

  it('ends at its deadline, and with status 1 if replies are missing', async () => {
    const { status, tookMs, out } = await ping({ count: 5, deadlineMs: 3000 }, replyAfter(1));
    expect([status, tookMs]).toEqual([1, 3000]);
    expect(out).toContain('3 packets transmitted, 3 received');
    const unreachable = { outcome: 'icmp error', icmpType: 3, icmpCode: 1 } as const;
    const ended = await ping({ deadlineMs: 9000 }, () => [[10, unreachable]]);
    expect(ended.tookMs).toBe(10);
  });

  it('prints its statistics at Ctrl-C, and in short at Ctrl-\\', async () => {
    const { out, err, status } = await ping(
      { count: Number.POSITIVE_INFINITY },
      replyAfter(2),
      (session) => {
        session.statusMs = 2500;
        session.stopMs = 3500;
      },
    );
    expect(err).toBe('\r2/2 packets, 0% loss, min/avg/ewma/max = 2.000/2.000/2.000/2.000 ms\n');
    expect(out).toContain('3 packets transmitted, 3 received, 0% packet loss, time 2000ms');
    expect(status).toBe(0);
  });

  it('floods: a dot for each request, taken back for each reply', async () => {
    const { out, tookMs } = await ping({ count: 3, intervalMs: 0, flood: true }, replyAfter(0.5));
    expect(out).toContain('data.\n.\b \b.\b \b.\b \b\n---');
    expect(out).toMatch(/mdev = 0\.500.*, ipg\/ewma 0\.500\/0\.500 ms\n$/);
    expect(tookMs).toBe(1.5);
  });

  it('floods with 100 requests a second where no reply comes', async () => {
    const { sent } = await ping(
      { count: Number.POSITIVE_INFINITY, intervalMs: 0, flood: true },
      () => [],
      (session) => {
        session.stopMs = 2000;
      },
    );
    expect(sent).toHaveLength(100);
  });

  it('adapts to the round trip', async () => {
    const { tookMs } = await ping({ count: 10, adaptive: true }, replyAfter(20));
    expect(tookMs).toBeLessThan(300);
    expect(tookMs).toBeGreaterThan(180);
  });

  it('preloads, and says how many were in flight', async () => {
    const { out, tookMs } = await ping({ count: 4, preload: 3 }, replyAfter(5));
    expect(out).toContain(
      'time 1000ms\nrtt min/avg/max/mdev = 5.000/5.000/5.000/0.000 ms, pipe 3\n',
    );
    expect(tookMs).toBe(1005);
  });

  it('says which request has no answer yet', async () => {
    const { out } = await ping({ outstanding: true, lingerMs: 1 }, () => []);
    expect(out).toContain('data.\nno answer yet for icmp_seq=1\n\n---');
  });

  it('numbers requests modulo 65,536', async () => {
    const { sent, out } = await ping(
      { count: 65_538, intervalMs: 0, flood: true, quiet: true },
      replyAfter(0.001),
    );
    expect(sent.slice(65_534).map(({ sequence }) => sequence)).toEqual([65_535, 0, 1, 2]);
    expect(out).toContain('65538 packets transmitted, 65538 received, 0% packet loss');
  });

  it.each<[Partial<PingOptions>, string]>([
    [{ quiet: true }, `${HEAD}\n---`],
    [{ size: 4 }, '12 bytes from 192.0.2.2: icmp_seq=1 ttl=64\n\n---'],
    [{ verbose: true }, 'icmp_seq=1 ident=4711 ttl=64'],
    [{ clockTimes: true }, '[1700000001.001000] 64 bytes from'],
    [{ audible: true }, 'time=1.00 ms\x07\n'],
    [{ pattern: Uint8Array.of(0xab, 0xcd) }, 'PATTERN: 0xabcd\nPING'],
    [{ via: ' from 192.0.2.3 eth0:' }, 'PING 192.0.2.2 (192.0.2.2) from 192.0.2.3 eth0: 56(84)'],
    [{ name: 'server' }, '64 bytes from server (192.0.2.2): icmp_seq=1'],
    [{ address: '192.0.2.9' }, 'time=1.00 ms (DIFFERENT ADDRESS!)\n'],
  ])('prints with %j', async (changes, text) => {
    const octets = (changes.size ?? 56) + 8;
    const { out } = await ping({ count: 1, ...changes }, replyAfter(1, { octets }));
    expect(out).toContain(text);
  });

  it('prints JSON, a line for each event and one at the end', async () => {
    const { out } = await ping({ count: 1, json: true }, replyAfter(1));
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { kind: 'reply', sequence: 1, from: '192.0.2.2', rttMs: 1 },
      { kind: 'statistics', transmitted: 1, received: 1, lossPercent: 0, rttMs: { avg: 1 } },
    ]);
  });
});

describe('The IPv4 options of strata ping', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const reply = (options: readonly number[]) =>
    replyAfter(1, { options: hex(Uint8Array.from(options)) });
  const A = [192, 0, 2, 1];
  const B = [192, 0, 2, 2];

  it('have room for as much as a header holds', () => {
    expect(hex(recordRoute())).toBe(`01072704${'00'.repeat(36)}`);
    expect(hex(timestamp('tsonly', []))).toBe(`44280500${'00'.repeat(36)}`);
    expect(hex(timestamp('tsandaddr', []))).toBe(`44240501${'00'.repeat(32)}`);
    expect(hex(timestamp('tsprespec', ['192.0.2.1']))).toBe('440c0503c000020100000000');
    expect(hex(sourceRoute(['192.0.2.1', '192.0.2.2']))).toBe('01830b04c0000201c0000202');
  });

  it('are printed with each reply: a route once, then in short', async () => {
    const options = [7, 15, 12, ...A, ...B, 0, 0, 0, 0, 0];
    const { out } = await ping({ ipOptions: recordRoute() }, reply(options));
    expect(out).toContain('56(124) bytes');
    expect(out).toContain('time=1.00 ms\nRR: \t192.0.2.1\n\t192.0.2.2\n\n64 bytes');
    expect(out).toContain('icmp_seq=2 ttl=64 time=1.00 ms\t(same route)\n');
  });

  it('have times: the first whole, the others by what they are later', async () => {
    const options = [68, 20, 21, 0x21, ...A, 0, 0, 1, 0, ...B, 0, 0, 1, 5];
    const { out } = await ping({ count: 1 }, reply(options));
    expect(out).toContain(
      'ms\nTS: \t192.0.2.1\t256 absolute\n\t192.0.2.2\t5\nUnrecorded hops: 2\n\n',
    );
  });

  it('have a source route', async () => {
    const { out } = await ping({ count: 1 }, reply([131, 7, 8, ...A, 0]));
    expect(out).toContain('ms\nLSRR: \t192.0.2.1\n\n');
  });
});
