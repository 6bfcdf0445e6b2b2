import {
  completeChecksum,
  emitTcpHeader,
  emitTcpPartialChecksum,
  hasValidTransportChecksum,
  IcmpMessage,
  type IpAddress,
  Ipv4Packet,
  isParseError,
  readUint16,
} from '@strata/wire';
import type { NetworkConfig } from '../src/index.ts';
import { drain, fromLink, icmp, ip, packet, pattern, udp, valid } from './network-kit.ts';
import { LEFT, RIGHT, ROUTER_LEFT, ROUTER_RIGHT, router } from './router-kit.ts';

/** The left link is inside; the right one is outside, where the router's address stands for all. */
const MASQUERADE = { masquerade: [{ outIndex: 2 }], portForwards: [] };
const FORWARD_WEB = {
  masquerade: [],
  portForwards: [{ inIndex: 2, protocol: 6, port: 8080, to: { address: LEFT, port: 80 } }],
};
const HOP = ip('203.0.113.77');

type Fields = Parameters<typeof packet>[0];

const inside = 1;
const outside = 2;

function nat(config: NetworkConfig['nat'], changes: Partial<NetworkConfig> = {}) {
  const core = router({ nat: config, ...changes });
  /** Hands the router a packet; what it sends on, as text, and the packet. */
  const pass = (bytes: Uint8Array, from: number, nowMs = 0, meta = {}) => {
    const outcome = core.handleIndication(
      fromLink(bytes, { interfaceIndex: from, ...meta }),
      nowMs,
    );
    const { link, up } = drain(core);
    const sent = link.map((request) => valid(request.packet));
    return { outcome, sent, lines: sent.map(describe_), link, up };
  };
  return { core, pass };
}

const dotted = (address: IpAddress) => {
  const bits = Number(address);
  return [bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255].join('.');
};

/** `192.0.2.1:40000 > 198.51.100.1:7`. Ports of TCP and UDP only. */
function describe_(view: Ipv4Packet): string {
  const { source, destination, protocol, payload } = view;
  const end = (address: IpAddress, at: number) =>
    protocol === 1 ? dotted(address) : `${dotted(address)}:${readUint16(payload, at)}`;
  return `${end(source, 0)} > ${end(destination, 2)}`;
}

function datagram(
  source: IpAddress,
  destination: IpAddress,
  ports: readonly [number, number],
  fields: Fields = {},
): Uint8Array {
  const payload = udp(source, destination, pattern(30), ports);
  return packet({ source, destination, protocol: 17, payload, ...fields });
}

/** A TCP segment with these flags. */
function segment(
  source: IpAddress,
  destination: IpAddress,
  [sourcePort, destinationPort]: readonly [number, number],
  flags: number,
): Uint8Array {
  const bytes = new Uint8Array(20 + 10);
  emitTcpHeader(bytes, {
    sourcePort,
    destinationPort,
    sequence: 1,
    acknowledgment: 0,
    flags,
    window: 1000,
    urgentPointer: 0,
    options: {},
  });
  emitTcpPartialChecksum(bytes, source, destination);
  const whole = packet({ source, destination, protocol: 6, payload: bytes });
  completeChecksum(whole);
  return whole;
}

const [SYN, ACK, RST] = [2, 16, 4];

const portOf = (line: string | undefined, side: 0 | 1) =>
  Number(line!.split(' > ')[side]!.split(':')[1]);

describe('a host behind a router that masquerades (RFC 3022 2.2)', () => {
  it('has the router’s address and a port of the range outside, and the answers come to it', () => {
    const { pass } = nat(MASQUERADE);
    const out = pass(datagram(LEFT, RIGHT, [40_000, 7]), inside);
    const port = portOf(out.lines[0], 0);
    expect(out.lines).toEqual([`198.51.100.2:${port} > 198.51.100.1:7`]);
    expect(port).toBeGreaterThanOrEqual(61_000);
    expect(port).toBeLessThanOrEqual(65_095);
    expect(hasValidTransportChecksum(out.sent[0]!.bytes)).toBe(true);
    const back = pass(datagram(RIGHT, ROUTER_RIGHT, [7, port]), outside);
    expect(back.lines).toEqual(['198.51.100.1:7 > 192.0.2.1:40000']);
    expect(hasValidTransportChecksum(back.sent[0]!.bytes)).toBe(true);
  });

  it('keeps its port for each flow, and two hosts with one port get two', () => {
    const { pass } = nat(MASQUERADE);
    const first = pass(datagram(LEFT, RIGHT, [40_000, 7]), inside).lines;
    expect(pass(datagram(LEFT, RIGHT, [40_000, 7]), inside).lines).toEqual(first);
    const other = pass(datagram(ip('192.0.2.9'), RIGHT, [40_000, 7]), inside).lines;
    expect(portOf(other[0], 0)).not.toBe(portOf(first[0], 0));
  });

  it.each([
    ['verified', 'verified'],
    ['partial', 'partial'],
  ] as const)('has a right checksum where it was %s before', (_, checksum) => {
    const { pass } = nat(MASQUERADE);
    const bytes = segment(LEFT, RIGHT, [40_000, 80], SYN);
    if (checksum === 'partial') emitTcpPartialChecksum(bytes.subarray(20), LEFT, RIGHT);
    const { sent, link } = pass(bytes, inside, 0, { checksum });
    expect(link[0]).toMatchObject({ checksum });
    const copy = sent[0]!.bytes.slice();
    if (checksum === 'partial') completeChecksum(copy);
    expect(hasValidTransportChecksum(copy)).toBe(true);
  });

  it('without a UDP checksum has none behind the router (RFC 768)', () => {
    const { pass } = nat(MASQUERADE);
    const bytes = datagram(LEFT, RIGHT, [40_000, 7]);
    bytes[26] = 0;
    bytes[27] = 0;
    expect(readUint16(pass(bytes, inside).sent[0]!.payload, 6)).toBe(0);
  });

  it('pings: the identifier stays, and is another where two hosts have the same', () => {
    const { pass } = nat(MASQUERADE);
    const echo = (type: number, id: number) => icmp(type, 0, pattern(20), [id, 1]);
    const ask = (source: IpAddress) =>
      pass(packet({ source, destination: RIGHT, protocol: 1, payload: echo(8, 77) }), inside);
    const first = ask(LEFT).sent[0]!;
    const second = ask(ip('192.0.2.9')).sent[0]!;
    const [one, two] = [readUint16(first.payload, 4), readUint16(second.payload, 4)];
    expect(one).toBe(77);
    expect(two).not.toBe(77);
    const reply = packet({
      source: RIGHT,
      destination: ROUTER_RIGHT,
      protocol: 1,
      payload: echo(0, two),
    });
    const { sent, lines } = pass(reply, outside);
    expect(lines).toEqual(['198.51.100.1 > 192.0.2.9']);
    expect(readUint16(sent[0]!.payload, 4)).toBe(77);
    expect((IcmpMessage.parse(sent[0]!.payload) as IcmpMessage).hasValidChecksum()).toBe(true);
  });

  it('gets ICMP errors about what it has sent, as it has sent it (RFC 5508 REQ-4)', () => {
    const { pass } = nat(MASQUERADE);
    const asked = datagram(LEFT, RIGHT, [40_000, 9]);
    const out = pass(asked.slice(), inside).sent[0]!;
    const error = packet({
      source: HOP,
      destination: ROUTER_RIGHT,
      protocol: 1,
      payload: icmp(3, 3, out.bytes.slice(0, 48)),
    });
    const { sent, lines } = pass(error, outside);
    expect(lines).toEqual(['203.0.113.77 > 192.0.2.1']);
    const message = IcmpMessage.parse(sent[0]!.payload);
    if (isParseError(message)) throw new Error(message);
    expect(message.hasValidChecksum()).toBe(true);
    const quoted = Ipv4Packet.parseQuoted(message.payload);
    if (isParseError(quoted)) throw new Error(quoted);
    expect(quoted.hasValidChecksum()).toBe(true);
    expect(describe_(quoted)).toBe('192.0.2.1:40000 > 198.51.100.1:9');
    expect(readUint16(quoted.payload, 6)).toBe(readUint16(asked.subarray(20), 6));
  });

  it('hears of ARP failures outside about its own packet', () => {
    const { core, pass } = nat(MASQUERADE);
    const { link } = pass(datagram(LEFT, RIGHT, [40_000, 9]), inside);
    core.handleIndication(
      {
        kind: 'unreachable',
        interfaceIndex: 2,
        nextHop: RIGHT,
        packet: link[0]!.packet,
        isForwarded: true,
      },
      0,
    );
    const told = drain(core).link.map((request) => valid(request.packet));
    expect(told.map(describe_)).toEqual([`${dotted(ROUTER_LEFT)} > 192.0.2.1`]);
    const quoted = Ipv4Packet.parseQuoted(told[0]!.payload.subarray(8)) as Ipv4Packet;
    expect(describe_(quoted)).toBe('192.0.2.1:40000 > 198.51.100.1:9');
  });

  it('sends large datagrams: fragments are put together first, and cut again', () => {
    const { pass } = nat(MASQUERADE);
    const payload = udp(LEFT, RIGHT, pattern(2000), [40_000, 7]);
    const fields = { source: LEFT, destination: RIGHT, protocol: 17 };
    const first = packet({ ...fields, moreFragments: true, payload: payload.slice(0, 1480) });
    const rest = packet({ ...fields, fragmentOffsetOctets: 1480, payload: payload.slice(1480) });
    expect(pass(first, inside).outcome).toBe('strata/FRAG_QUEUED');
    const { sent } = pass(rest, inside);
    expect(sent.map(({ source }) => source)).toEqual([ROUTER_RIGHT, ROUTER_RIGHT]);
    expect(sent.map(({ payload: part }) => part.byteLength)).toEqual([1480, 528]);
  });

  it('is not reached by who it has not asked', () => {
    const { pass } = nat(MASQUERADE);
    const port = portOf(pass(datagram(LEFT, RIGHT, [40_000, 7]), inside).lines[0], 0);
    const stranger = ip('198.51.100.77');
    expect(pass(datagram(stranger, ROUTER_RIGHT, [7, port]), outside).lines).toEqual([]);
  });

  it('is told of a time to live that ends at the router, about its own packet', () => {
    const { pass } = nat(MASQUERADE);
    const { sent, lines } = pass(datagram(LEFT, RIGHT, [40_000, 7], { ttl: 1 }), inside);
    expect(lines).toEqual(['192.0.2.2 > 192.0.2.1']);
    const quoted = Ipv4Packet.parseQuoted(sent[0]!.payload.subarray(8)) as Ipv4Packet;
    expect(describe_(quoted)).toBe('192.0.2.1:40000 > 198.51.100.1:7');
  });

  it.each([
    ['from other networks', { from: { address: ip('10.0.0.0'), prefixLength: 8 } }],
    ['by another interface', { outIndex: 1 }],
  ])('keeps its address where the rule is for packets %s', (_, rule) => {
    const { pass } = nat({ masquerade: [{ outIndex: 2, ...rule }], portForwards: [] });
    const { lines } = pass(datagram(LEFT, RIGHT, [40_000, 7]), inside);
    expect(lines).toEqual(['192.0.2.1:40000 > 198.51.100.1:7']);
  });
});

describe('a port that is forwarded', () => {
  it('is the server’s behind the router; the answers have the router’s address', () => {
    const { pass } = nat(FORWARD_WEB);
    const asked = pass(segment(RIGHT, ROUTER_RIGHT, [50_000, 8080], SYN), outside);
    expect(asked.lines).toEqual(['198.51.100.1:50000 > 192.0.2.1:80']);
    expect(hasValidTransportChecksum(asked.sent[0]!.bytes)).toBe(true);
    const answered = pass(segment(LEFT, RIGHT, [80, 50_000], SYN | ACK), inside);
    expect(answered.lines).toEqual(['198.51.100.2:8080 > 198.51.100.1:50000']);
    expect(hasValidTransportChecksum(answered.sent[0]!.bytes)).toBe(true);
  });

  it('leaves other ports, other protocols and other addresses to the router itself', () => {
    const { pass } = nat(FORWARD_WEB);
    expect(pass(segment(RIGHT, ROUTER_RIGHT, [50_000, 81], SYN), outside).up).toHaveLength(1);
    expect(pass(datagram(RIGHT, ROUTER_RIGHT, [5, 8080]), outside).up).toHaveLength(1);
    expect(pass(segment(RIGHT, ROUTER_LEFT, [50_000, 8080], SYN), outside).up).toHaveLength(1);
  });

  it('quotes to its client the packet that the client has sent', () => {
    const { pass } = nat(FORWARD_WEB, { sysctl: { ip_forward: 1 } });
    const bytes = segment(RIGHT, ROUTER_RIGHT, [50_000, 8080], SYN);
    pass(bytes.slice(), outside);
    const late = bytes.slice();
    late[8] = 1;
    late[10] = 0;
    late[11] = 0;
    const sum = Ipv4Packet.parse(late) as Ipv4Packet;
    let total = 0;
    for (let at = 0; at < 20; at += 2) total += readUint16(sum.bytes, at);
    while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
    late[10] = (~total >> 8) & 255;
    late[11] = ~total & 255;
    const { sent } = pass(late, outside);
    const quoted = Ipv4Packet.parseQuoted(sent[0]!.payload.subarray(8)) as Ipv4Packet;
    expect(describe_(quoted)).toBe('198.51.100.1:50000 > 198.51.100.2:8080');
  });
});

describe('a translated flow', () => {
  const EXPIRED = 'is no flow any more';

  it.each([
    ['UDP that was not answered', 30_000, [datagram(LEFT, RIGHT, [1, 7])]],
    ['TCP with a SYN', 120_000, [segment(LEFT, RIGHT, [1, 7], SYN)]],
    [
      'TCP that was reset',
      10_000,
      [segment(LEFT, RIGHT, [1, 7], SYN), segment(LEFT, RIGHT, [1, 7], RST)],
    ],
    [
      'TCP that is established',
      432_000_000,
      [segment(LEFT, RIGHT, [1, 7], SYN), segment(LEFT, RIGHT, [1, 7], ACK)],
    ],
  ] as const)('is forgotten in time: %s', (_, lifetimeMs, packets) => {
    const { core, pass } = nat(MASQUERADE);
    let port = 0;
    for (const one of packets) port = portOf(pass(one.slice(), inside).lines[0], 0);
    const { protocol } = Ipv4Packet.parse(packets[0]) as Ipv4Packet;
    const answer = (nowMs: number) => {
      const bytes =
        protocol === 17
          ? datagram(RIGHT, ROUTER_RIGHT, [7, port])
          : segment(RIGHT, ROUTER_RIGHT, [7, port], ACK);
      return pass(bytes, outside, nowMs).lines[0] ?? EXPIRED;
    };
    expect(answer(lifetimeMs)).toBe(EXPIRED);
    for (let nowMs = core.nextDeadlineMs(); nowMs < Infinity; nowMs = core.nextDeadlineMs()) {
      core.handleTimeout(nowMs);
      if (nowMs > lifetimeMs + 100_000) throw new Error('the sweep never ends');
    }
  });

  it('lasts longer once it was answered', () => {
    const { pass } = nat(MASQUERADE);
    const port = portOf(pass(datagram(LEFT, RIGHT, [1, 7]), inside).lines[0], 0);
    pass(datagram(RIGHT, ROUTER_RIGHT, [7, port]), outside, 10_000);
    const late = pass(datagram(RIGHT, ROUTER_RIGHT, [7, port]), outside, 129_000);
    expect(late.lines).toEqual(['198.51.100.1:7 > 192.0.2.1:1']);
  });

  it('is refused where there are too many, or no port is free', () => {
    const { core, pass } = nat({ ...MASQUERADE, maxFlows: 2 });
    for (const port of [1, 2]) pass(datagram(LEFT, RIGHT, [port, 7]), inside);
    expect(pass(datagram(LEFT, RIGHT, [3, 7]), inside).outcome).toBe('strata/NAT_FULL');
    expect(core.counters()).toMatchObject({ StrataNatFlows: 2, StrataNatDrops: 1 });
    const narrow = nat({ ...MASQUERADE, ports: [61_000, 61_000] });
    narrow.pass(datagram(LEFT, RIGHT, [1, 7]), inside);
    expect(narrow.pass(datagram(LEFT, RIGHT, [2, 7]), inside).outcome).toBe('strata/NAT_FULL');
    expect(narrow.pass(datagram(LEFT, RIGHT, [2, 8]), inside).outcome).toBe('strata/FORWARDED');
  });

  it('reaches a forwarded port from inside too, by way of the router (hairpin)', () => {
    const { pass } = nat({
      masquerade: [{ outIndex: 1 }],
      portForwards: [{ inIndex: 1, protocol: 6, port: 8080, to: { address: LEFT, port: 80 } }],
    });
    const client = ip('192.0.2.9');
    const asked = pass(segment(client, ROUTER_LEFT, [50_000, 8080], SYN), inside);
    const port = portOf(asked.lines[0], 0);
    expect(asked.lines).toEqual([`192.0.2.2:${port} > 192.0.2.1:80`]);
    const answered = pass(segment(LEFT, ROUTER_LEFT, [80, port], SYN | ACK), inside);
    expect(answered.lines).toEqual(['192.0.2.2:8080 > 192.0.2.9:50000']);
  });
});
