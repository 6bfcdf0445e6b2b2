/**
 * Builders of packets, a host that receives them, and readers of its answers. All in virtual time.
 */
import type { LinkPacketIndication, LinkRequest } from '@strata/link';
import { OutcomeWatch } from '@strata/simulator';
import {
  emitIcmp,
  emitIpv4Header,
  emitUdpHeader,
  IcmpMessage,
  type IpAddress,
  Ipv4Packet,
  isParseError,
  NETWORK_DROP_REASONS,
  parseIpv4,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import {
  type NetworkConfig,
  NetworkCore,
  type NetworkErrorIndication,
  type NetworkIndication,
  type NetworkSegmentIndication,
  type NetworkSendRequest,
  type ProbeEvent,
  type ProbeRequest,
  type SessionEvent,
} from '../src/index.ts';

export function ip(text: string): IpAddress {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

/** mulberry32: the same seed gives the same numbers. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export const HOST = ip('192.0.2.2');
export const PEER = ip('192.0.2.1');
/** Behind the gateway, which is PEER. */
export const FAR = ip('198.51.100.7');
export const SUBNET_BROADCAST = ip('192.0.2.255');
export const OTHER_HOST = ip('10.0.0.2');

/** eth0 192.0.2.2/24 with a default gateway 192.0.2.1, and eth1 10.0.0.2/8 with an MTU of 9,000. */
export const CONFIG: NetworkConfig = {
  interfaces: [
    { index: 1, name: 'eth0', mtu: 1500, addresses: [{ address: HOST, prefixLength: 24 }] },
    { index: 2, name: 'eth1', mtu: 9000, addresses: [{ address: OTHER_HOST, prefixLength: 8 }] },
  ],
  routes: [{ destination: UNSPECIFIED_IPV4, prefixLength: 0, via: PEER }],
};

/**
 * A core that is always observed. It checks that each input has an outcome, and that the drop
 * counters agree with the outcomes.
 */
class WatchedNetworkCore extends NetworkCore {
  readonly #watch = new OutcomeWatch(this, () => false);
  readonly #dropped = new Map<string, number>();

  override pollOutcome(): ReturnType<NetworkCore['pollOutcome']> {
    const outcome = super.pollOutcome();
    if (outcome?.verdict !== 'dropped') return outcome;
    const { counters } = NETWORK_DROP_REASONS[outcome.reason as keyof typeof NETWORK_DROP_REASONS];
    for (const name of counters) this.#dropped.set(name, (this.#dropped.get(name) ?? 0) + 1);
    return outcome;
  }

  override handleIndication(...input: Parameters<NetworkCore['handleIndication']>) {
    return this.#watch.input(() => super.handleIndication(...input));
  }

  override handleRequest(...input: Parameters<NetworkCore['handleRequest']>) {
    return this.#watch.input(() => super.handleRequest(...input));
  }

  override pollProbeEvent(): SessionEvent | undefined {
    const event = super.pollProbeEvent();
    if (event === undefined) this.#check();
    return event;
  }

  #check(): void {
    this.#watch.take();
    const counters = super.counters();
    for (const { counters: names } of Object.values(NETWORK_DROP_REASONS)) {
      for (const name of names) {
        const told = this.#dropped.get(name) ?? 0;
        if (counters[name] === told) continue;
        throw new Error(`${name} is ${counters[name]}, but ${told} drops were reported`);
      }
    }
  }
}

export function host(changes: Partial<NetworkConfig> = {}, seed = 1): NetworkCore {
  return new WatchedNetworkCore({ ...CONFIG, ...changes }, seeded(seed));
}

export interface PacketFields {
  source?: IpAddress;
  destination?: IpAddress;
  protocol?: number;
  ttl?: number;
  tos?: number;
  identification?: number;
  dontFragment?: boolean;
  moreFragments?: boolean;
  fragmentOffsetOctets?: number;
  options?: Uint8Array;
  payload?: Uint8Array;
}

/** An IPv4 packet. Default: from PEER to HOST. */
export function packet(fields: PacketFields = {}): Uint8Array {
  const payload = fields.payload ?? new Uint8Array(20);
  const headerOctets = 20 + (fields.options?.byteLength ?? 0);
  const bytes = new Uint8Array(headerOctets + payload.byteLength);
  emitIpv4Header(bytes, {
    tos: fields.tos ?? 0,
    totalOctets: bytes.byteLength,
    identification: fields.identification ?? 7,
    dontFragment: fields.dontFragment ?? false,
    moreFragments: fields.moreFragments ?? false,
    fragmentOffsetOctets: fields.fragmentOffsetOctets ?? 0,
    ttl: fields.ttl ?? 64,
    protocol: fields.protocol ?? 6,
    source: fields.source ?? PEER,
    destination: fields.destination ?? HOST,
    options: fields.options,
  });
  bytes.set(payload, headerOctets);
  return bytes;
}

export function udp(
  source: IpAddress,
  destination: IpAddress,
  payload: Uint8Array,
  ports: readonly [number, number] = [40000, 7],
): Uint8Array {
  const bytes = new Uint8Array(8 + payload.byteLength);
  bytes.set(payload, 8);
  emitUdpHeader(bytes, source, destination, ports[0], ports[1]);
  return bytes;
}

/** An ICMP message. `payload`: the octets after its first eight. */
export function icmp(
  type: number,
  code: number,
  payload: Uint8Array = new Uint8Array(0),
  rest: readonly [number, number] = [0, 0],
): Uint8Array {
  const bytes = new Uint8Array(8 + payload.byteLength);
  bytes.set(payload, 8);
  emitIcmp(bytes, type, code, rest[0], rest[1]);
  return bytes;
}

/** The packet as link hands it up. */
export function fromLink(
  bytes: Uint8Array,
  changes: Partial<LinkPacketIndication> = {},
): LinkPacketIndication {
  return {
    kind: 'packet',
    interfaceIndex: 1,
    etherType: 0x0800,
    sourceMac: 0x020000000001,
    cast: 'unicast',
    packet: bytes,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
    ...changes,
  };
}

/** A UDP datagram as transport sends it. Default: from HOST to FAR. */
export function send(changes: Partial<NetworkSendRequest> = {}): NetworkSendRequest {
  return {
    kind: 'send',
    source: HOST,
    destination: FAR,
    protocol: 17,
    ttl: 0,
    tos: 0,
    dontFragment: false,
    interfaceIndex: 0,
    segment: new Uint8Array(20),
    headroomOctets: 0,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
    ...changes,
  };
}

const NO_BYTES = new Uint8Array(0);

/** An echo request of 56 octets to FAR, as `ping` sends it, that waits for a second. */
export function probe(changes: Partial<ProbeRequest> = {}): ProbeRequest {
  return {
    kind: 'echo',
    destination: FAR,
    source: UNSPECIFIED_IPV4,
    interfaceName: '',
    ttl: 0,
    tos: 0,
    fragmentation: 'want',
    octets: 56,
    pattern: NO_BYTES,
    options: NO_BYTES,
    sequence: 1,
    identifier: 0,
    sourcePort: 0,
    destinationPort: 0,
    timeoutMs: 1000,
    allowBroadcast: false,
    ...changes,
  };
}

export interface Drained {
  link: LinkRequest[];
  up: NetworkIndication[];
  probes: ProbeEvent[];
}

/** Everything that waits at the core's outputs. */
export function drain(core: NetworkCore): Drained {
  const all: Drained = { link: [], up: [], probes: [] };
  for (let next = core.pollLinkRequest(); next; next = core.pollLinkRequest()) all.link.push(next);
  for (let next = core.pollIndication(); next; next = core.pollIndication()) all.up.push(next);
  for (let next = core.pollProbeEvent(); next; next = core.pollProbeEvent())
    all.probes.push(next.event);
  return all;
}

/** The only packet that the core has for link, checked as a receiver checks it. */
export function onlyPacket(core: NetworkCore): { request: LinkRequest; ip: Ipv4Packet } {
  const { link } = drain(core);
  expect(link).toHaveLength(1);
  const request = link[0]!;
  return { request, ip: valid(request.packet) };
}

/**
 * The view of a packet, after a check that its header is right and that its total length is its
 * real length.
 */
export function valid(bytes: Uint8Array): Ipv4Packet {
  const view = Ipv4Packet.parse(bytes);
  if (isParseError(view)) throw new Error(`not a packet: ${view}`);
  expect(view.hasValidChecksum()).toBe(true);
  expect(view.bytes.byteLength).toBe(bytes.byteLength);
  return view;
}

/** The only ICMP message that the core has for link, with its packet. */
export function onlyIcmp(core: NetworkCore): { ip: Ipv4Packet; icmp: IcmpMessage } {
  const { ip: view } = onlyPacket(core);
  expect(view.protocol).toBe(1);
  const message = IcmpMessage.parse(view.payload);
  if (isParseError(message)) throw new Error(`not ICMP: ${message}`);
  expect(message.hasValidChecksum()).toBe(true);
  return { ip: view, icmp: message };
}

export function onlySegment(core: NetworkCore): NetworkSegmentIndication {
  const { up } = drain(core);
  expect(up).toHaveLength(1);
  const first = up[0]!;
  if (first.kind !== 'segment') throw new Error('an error came instead of a segment');
  return first;
}

export function onlyError(core: NetworkCore): NetworkErrorIndication {
  const { up, link } = drain(core);
  expect(link).toHaveLength(0);
  expect(up).toHaveLength(1);
  const first = up[0]!;
  if (first.kind !== 'error') throw new Error('a segment came instead of an error');
  return first;
}

/** Octets that depend on their position, so that swapped octets are noticed. */
export function pattern(octets: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(octets);
  for (let at = 0; at < octets; at += 1) bytes[at] = (at * 7 + (at >>> 8) + seed) & 255;
  return bytes;
}

/** A router on the way to FAR. */
export const ROUTER = ip('203.0.113.1');

/** A packet that HOST sent to FAR, for an error to quote. */
export function ours(changes: PacketFields = {}): Uint8Array {
  return packet({
    source: HOST,
    destination: FAR,
    protocol: 17,
    payload: pattern(100),
    ...changes,
  });
}

/** Hands the core an ICMP message from `source`. Returns the outcome. */
export function takeIcmp(
  core: NetworkCore,
  message: Uint8Array,
  nowMs = 0,
  source = ROUTER,
  interfaceIndex = 1,
): string {
  const bytes = packet({ protocol: 1, source, payload: message });
  return core.handleIndication(fromLink(bytes, { interfaceIndex }), nowMs);
}

/** Hands the core the report, and has transport confirm it: the packet was in flight. */
export function learn(
  core: NetworkCore,
  message: Uint8Array,
  nowMs = 0,
  reporter = ROUTER,
): NetworkErrorIndication {
  expect(takeIcmp(core, message, nowMs, reporter)).toBe('strata/ICMP_ERROR');
  const error = onlyError(core);
  const { mtu, protocol, source, destination, quoted } = error;
  core.handleRequest({ kind: 'path-mtu', mtu, protocol, source, destination, quoted }, nowMs);
  return error;
}
