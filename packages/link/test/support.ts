import { OutcomeWatch } from '@strata/simulator';
import {
  ARP_REPLY,
  ARP_REQUEST,
  type Arp,
  allocateWithHeadroom,
  BROADCAST_MAC,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  emitArp,
  emitEthernetHeader,
  emitIpv4Header,
  emitUdpHeader,
  HEADROOM_OCTETS,
  type IpAddress,
  type MacAddress,
  PROTOCOL_UDP,
  parseIpv4,
} from '@strata/wire';
import {
  type InterfaceConfig,
  LinkCore,
  type LinkFrame,
  type LinkIndication,
  type LinkRequest,
  type LinkSysctl,
  type NeighbourInfo,
  type NeighbourState,
} from '../src/index.ts';

export function ip(text: string): IpAddress {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

/** The stack under test. */
export const OWN = ip('192.0.2.2');
export const OWN_MAC: MacAddress = 0x020000000002;
/** Its neighbour. */
export const PEER = ip('192.0.2.1');
export const PEER_MAC: MacAddress = 0x020000000001;
export const OTHER_MAC: MacAddress = 0x0200000000ee;
/** A station that nobody has heard of. */
export const STRANGER = ip('192.0.2.77');

export const TAP: InterfaceConfig = {
  index: 1,
  name: 'tap0',
  mac: OWN_MAC,
  mtu: 1_500,
  addresses: [{ address: OWN, prefixLength: 24 }],
};

/** The state changes that a neighbour may make (RFC 4861 7.3.2), for any event. */
const NEIGHBOUR_WAYS: Readonly<Record<string, readonly string[]>> = {
  FAILED: ['INCOMPLETE', 'REACHABLE', 'STALE', 'PERMANENT'],
  INCOMPLETE: ['REACHABLE', 'STALE', 'FAILED', 'PERMANENT'],
  REACHABLE: ['STALE', 'DELAY', 'PERMANENT'],
  STALE: ['DELAY', 'REACHABLE', 'PERMANENT'],
  DELAY: ['PROBE', 'REACHABLE', 'STALE', 'PERMANENT'],
  PROBE: ['REACHABLE', 'STALE', 'FAILED', 'PERMANENT'],
  PERMANENT: ['REACHABLE', 'STALE'],
};

/** The state changes that an address of ours may make (RFC 5227 2). */
const ADDRESS_WAYS: Readonly<Record<string, readonly string[]>> = {
  preferred: ['tentative', 'duplicate'],
  tentative: ['preferred', 'duplicate'],
  duplicate: [],
};

/**
 * A core that is always observed. It checks that each input has an outcome, and that neighbours
 * make only allowed state changes.
 */
class WatchedLinkCore extends LinkCore {
  readonly #watch = new OutcomeWatch(
    this,
    // A person may set a neighbour to any state.
    (machine, from, on, to) =>
      on === 'strata/NEIGH_SET' ||
      (machine === 'address' ? ADDRESS_WAYS : NEIGHBOUR_WAYS)[from]!.includes(to),
    false,
  );

  override handleFrame(frame: LinkFrame, nowMs: number): void {
    this.#watch.input(() => super.handleFrame(frame, nowMs));
  }

  override handleRequest(request: LinkRequest, nowMs: number): void {
    this.#watch.input(() => super.handleRequest(request, nowMs));
  }

  override pollFrame(): LinkFrame | undefined {
    const frame = super.pollFrame();
    if (frame === undefined) this.#watch.take();
    return frame;
  }
}

/**
 * A core with its own clock. Its outputs are polled after each input. It does not announce itself.
 */
export class Bench {
  readonly core: LinkCore;
  nowMs = 0;

  constructor(
    config: Partial<InterfaceConfig> = {},
    sysctl: Partial<LinkSysctl> = {},
    random = () => 0.5,
  ) {
    this.core = new WatchedLinkCore(
      { interfaces: [{ ...TAP, ...config }], sysctl: { 'conf.default.arp_notify': 0, ...sysctl } },
      random,
    );
  }

  /** Sets a neighbour by hand. */
  set(address: IpAddress, mac: MacAddress, state: NeighbourState = 'PERMANENT') {
    return this.core.setNeighbour({ interfaceIndex: 1, address, mac, state }, this.nowMs);
  }

  frames(): LinkFrame[] {
    return drain(() => this.core.pollFrame());
  }

  indications(): LinkIndication[] {
    return drain(() => this.core.pollIndication());
  }

  /** Hands in a frame and returns the frames that answer it. */
  receive(frame: Uint8Array, fields: Partial<LinkFrame> = {}): LinkFrame[] {
    this.core.handleFrame(linkFrame(frame, fields), this.nowMs);
    return this.frames();
  }

  /** Sends a packet to a neighbour and returns the frames that result. */
  send(nextHop: IpAddress = PEER, fields: Partial<LinkRequest> = {}): LinkFrame[] {
    this.core.handleRequest(linkRequest({ nextHop, ...fields }), this.nowMs);
    return this.frames();
  }

  /**
   * Advances the clock and fires each timer at its time. Returns the frames and the times when they
   * were sent.
   */
  pass(ms: number): { readonly atMs: number; readonly frame: Uint8Array }[] {
    const untilMs = this.nowMs + ms;
    const sent: { atMs: number; frame: Uint8Array }[] = [];
    for (let rounds = 0; this.core.nextDeadlineMs() <= untilMs; rounds += 1) {
      if (rounds > 10_000) throw new Error('a timer fires without end');
      this.nowMs = Math.max(this.nowMs, this.core.nextDeadlineMs());
      this.core.handleTimeout(this.nowMs);
      for (const { frame } of this.frames()) sent.push({ atMs: this.nowMs, frame });
    }
    this.nowMs = untilMs;
    return sent;
  }

  /** The neighbour answers a request for its address. */
  answer(mac: MacAddress = PEER_MAC, address: IpAddress = PEER): LinkFrame[] {
    return this.receive(arpReply({ senderMac: mac, senderAddress: address }));
  }

  neighbour(address: IpAddress = PEER): NeighbourInfo | undefined {
    return this.core.neighbours(this.nowMs).find((one) => one.address === address);
  }

  /** State and address of a neighbour in one line; `none` if there is no entry. */
  state(address: IpAddress = PEER): string {
    const one = this.neighbour(address);
    if (one === undefined) return 'none';
    return one.mac === undefined ? one.state : `${one.state} ${one.mac.toString(16)}`;
  }

  get tap() {
    return this.core.interfaces()[0]!.counters;
  }
}

export function drain<Item>(poll: () => Item | undefined): Item[] {
  const items: Item[] = [];
  for (let item = poll(); item !== undefined; item = poll()) items.push(item);
  return items;
}

export function linkFrame(frame: Uint8Array, fields: Partial<LinkFrame> = {}): LinkFrame {
  return {
    interfaceIndex: 1,
    frame,
    headroomOctets: 0,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
    ...fields,
  };
}

export function linkRequest(fields: Partial<LinkRequest> = {}): LinkRequest {
  return {
    interfaceIndex: 1,
    etherType: ETHERTYPE_IPV4,
    cast: 'unicast',
    nextHop: PEER,
    packet: udpPacket(),
    headroomOctets: HEADROOM_OCTETS,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
    ...fields,
  };
}

/** A UDP packet of `octets` octets with headroom, whose data are `fill`. */
export function udpPacket(octets = 100, fill = 0x61, source = OWN, destination = PEER): Uint8Array {
  const packet = allocateWithHeadroom(octets);
  packet.fill(fill, 28);
  emitIpv4Header(packet, {
    tos: 0,
    totalOctets: octets,
    identification: 1,
    dontFragment: false,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_UDP,
    source,
    destination,
  });
  emitUdpHeader(packet.subarray(20), source, destination, 1, 2);
  return packet;
}

export function ethernetFrame(
  payload: Uint8Array,
  destination: MacAddress = OWN_MAC,
  etherType: number = ETHERTYPE_IPV4,
  source: MacAddress = PEER_MAC,
): Uint8Array {
  const frame = new Uint8Array(14 + payload.byteLength);
  emitEthernetHeader(frame, destination, source, etherType);
  frame.set(payload, 14);
  return frame;
}

export function arpFrame(arp: Arp, destination: MacAddress): Uint8Array {
  const packet = new Uint8Array(46);
  emitArp(packet, arp);
  return ethernetFrame(packet, destination, ETHERTYPE_ARP, arp.senderMac);
}

/** A broadcast request of the peer for our address. */
export function arpRequest(fields: Partial<Arp> = {}, destination = BROADCAST_MAC): Uint8Array {
  return arpFrame(
    {
      operation: ARP_REQUEST,
      senderMac: PEER_MAC,
      senderAddress: PEER,
      targetMac: 0,
      targetAddress: OWN,
      ...fields,
    },
    destination,
  );
}

/** A reply of the peer to us. */
export function arpReply(fields: Partial<Arp> = {}, destination = OWN_MAC): Uint8Array {
  return arpFrame(
    {
      operation: ARP_REPLY,
      senderMac: PEER_MAC,
      senderAddress: PEER,
      targetMac: OWN_MAC,
      targetAddress: OWN,
      ...fields,
    },
    destination,
  );
}
