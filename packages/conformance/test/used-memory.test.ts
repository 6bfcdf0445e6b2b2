import { LinkCore, type LinkFrame } from '@strata/link';
import { NetworkCore, type ProbeRequest } from '@strata/network';
import { SeededRandom } from '@strata/simulator';
import { TransportCore, type TransportRequest } from '@strata/transport';
import {
  type Allocate,
  ARP_OCTETS,
  ARP_REQUEST,
  createAllocate,
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  emitArp,
  emitEthernetHeader,
  emitIcmp,
  emitIpv4Header,
  emitTcpChecksum,
  emitTcpHeader,
  emitUdpHeader,
  ICMP_ECHO_REQUEST,
  ICMP_TIMESTAMP_REQUEST,
  ipv4Address,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_ACK,
  TCP_SYN,
  type TcpOptions,
  tcpHeaderOctets,
  UNSPECIFIED_IPV4,
} from '@strata/wire';

const [OURS, PEER, STRANGER] = [
  ipv4Address(0xc0000202),
  ipv4Address(0xc0000201),
  ipv4Address(0xc0000263),
];
const [OUR_MAC, PEER_MAC] = [0x02000000000b, 0x02000000000a];
const HEADERS = ETHERNET_HEADER_OCTETS + 20;
const NOW_MS = 1000;
const SYN_OPTIONS: TcpOptions = {
  mss: 1460,
  windowScale: 7,
  sackPermitted: true,
  timestamps: { value: 1, echo: 0 },
};

const NO_BYTES = new Uint8Array(0);

const PROBE: ProbeRequest = {
  kind: 'echo',
  destination: PEER,
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
};

/** The cores of a stack, one above the other, all with the same allocator. */
class Cores {
  readonly sent: LinkFrame[] = [];
  readonly network: NetworkCore;
  readonly #link: LinkCore;
  readonly #transport: TransportCore;

  constructor(offload: boolean, allocate: Allocate) {
    const random = new SeededRandom(1).next;
    const addresses = [{ address: OURS, prefixLength: 24 }];
    const common = { index: 1, name: 'eth0', mtu: 1500, addresses };
    const staticNeighbours = [{ address: PEER, mac: PEER_MAC }];
    const device = { checksum: offload, segmentation: offload };
    this.#link = new LinkCore(
      { interfaces: [{ ...common, mac: OUR_MAC, offload: device, staticNeighbours }] },
      random,
      allocate,
    );
    this.network = new NetworkCore({ interfaces: [common], routes: [] }, random, allocate);
    this.#transport = new TransportCore(
      {
        addresses: [{ address: OURS, prefixLength: 24, mtuOctets: 1500 }],
        secret: new Uint8Array(16),
      },
      random,
      allocate,
    );
    this.settle();
    this.sent.length = 0;
  }

  request(request: TransportRequest): void {
    this.#transport.handleRequest(request, NOW_MS);
    this.settle();
  }

  receive(frame: Uint8Array): void {
    const one = {
      interfaceIndex: 1,
      frame,
      headroomOctets: 0,
      segmentSize: 0,
      checksum: 'complete',
    };
    this.#link.handleFrame({ ...one, tail: undefined, trace: undefined } as LinkFrame, NOW_MS);
    this.settle();
  }

  settle(): void {
    const [link, network, transport] = [this.#link, this.network, this.#transport];
    for (let it = link.pollIndication(); it; it = link.pollIndication()) {
      network.handleIndication(it, NOW_MS);
    }
    for (let it = network.pollIndication(); it; it = network.pollIndication()) {
      transport.handleIndication(it, NOW_MS);
    }
    while (transport.pollIndication() !== undefined);
    for (let it = transport.pollNetworkRequest(); it; it = transport.pollNetworkRequest()) {
      network.handleRequest(it, NOW_MS);
    }
    for (let it = network.pollLinkRequest(); it; it = network.pollLinkRequest()) {
      link.handleRequest(it, NOW_MS);
    }
    for (let it = link.pollFrame(); it; it = link.pollFrame()) this.sent.push(it);
  }
}

/** A frame of the peer's with an IPv4 packet whose payload `fill` writes. */
function packet(protocol: number, octets: number, fill: (payload: Uint8Array) => void): Uint8Array {
  const frame = new Uint8Array(HEADERS + octets);
  emitEthernetHeader(frame, OUR_MAC, PEER_MAC, ETHERTYPE_IPV4);
  emitIpv4Header(frame.subarray(ETHERNET_HEADER_OCTETS), {
    tos: 0,
    totalOctets: 20 + octets,
    identification: 7,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol,
    source: PEER,
    destination: OURS,
  });
  fill(frame.subarray(HEADERS));
  return frame;
}

function segment(flags: number, options: TcpOptions = {}): Uint8Array {
  return packet(PROTOCOL_TCP, tcpHeaderOctets(options), (payload) => {
    emitTcpHeader(payload, {
      ...{ sourcePort: 40_000, destinationPort: 80, sequence: 5, acknowledgment: 9, flags },
      ...{ window: 1000, urgentPointer: 0, options },
    });
    emitTcpChecksum(payload, PEER, OURS);
  });
}

function echoRequest(octets: number): Uint8Array {
  return packet(PROTOCOL_ICMP, 8 + octets, (payload) => {
    payload.fill(7, 8);
    emitIcmp(payload, ICMP_ECHO_REQUEST, 0, 1, 2);
  });
}

function timestampRequest(): Uint8Array {
  return packet(PROTOCOL_ICMP, 20, (payload) => emitIcmp(payload, ICMP_TIMESTAMP_REQUEST, 0, 1, 2));
}

function datagramTo(port: number): Uint8Array {
  return packet(PROTOCOL_UDP, 11, (payload) => emitUdpHeader(payload, PEER, OURS, 40_000, port));
}

function arpRequest(): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER_OCTETS + ARP_OCTETS);
  emitEthernetHeader(frame, 0xffffffffffff, PEER_MAC, ETHERTYPE_ARP);
  emitArp(frame.subarray(ETHERNET_HEADER_OCTETS), {
    ...{ operation: ARP_REQUEST, senderMac: PEER_MAC, senderAddress: PEER },
    ...{ targetMac: 0, targetAddress: OURS },
  });
  return frame;
}

function sendDatagram(cores: Cores, octets: number, segmentSize?: number, to = PEER): void {
  const local = { address: UNSPECIFIED_IPV4, port: 5000 };
  cores.request({ kind: 'bind', socket: 64, endpoint: 'app', local, creditOctets: 0 });
  cores.request({
    ...{ kind: 'datagram', socket: 64, source: UNSPECIFIED_IPV4, remote: { address: to, port: 9 } },
    ...{ data: new Uint8Array(octets).fill(5), segmentSize },
  });
}

const ENDS = {
  local: { address: UNSPECIFIED_IPV4, port: 80 },
  endpoint: 'app',
  options: {},
} as const;
function listen(cores: Cores): void {
  cores.request({ kind: 'listen', socket: 64, backlog: 1, ...ENDS });
}

/**
 * What makes the cores send something, and how many frames a device gets that takes super-segments,
 * and one that takes none.
 */
const CASES: readonly (readonly [
  what: string,
  frames: [number, number],
  act: (cores: Cores) => void,
])[] = [
  ['a UDP datagram that is padded to a frame of 60 octets', [1, 1], (it) => sendDatagram(it, 5)],
  ['an empty UDP datagram', [1, 1], (it) => sendDatagram(it, 0)],
  ['a UDP datagram of odd length in three fragments', [3, 3], (it) => sendDatagram(it, 4001)],
  ['a UDP super-datagram', [1, 5], (it) => sendDatagram(it, 451, 100)],
  ['an ARP request', [1, 1], (it) => sendDatagram(it, 5, undefined, STRANGER)],
  ['an ARP reply', [1, 1], (it) => it.receive(arpRequest())],
  ['an ICMP echo reply', [1, 1], (it) => it.receive(echoRequest(1001))],
  ['an ICMP echo reply that is padded', [1, 1], (it) => it.receive(echoRequest(3))],
  [
    'an ICMP echo request in two fragments',
    [2, 2],
    (it) => {
      it.network.probe(0, [{ ...PROBE, octets: 2001 }], NOW_MS);
      it.settle();
    },
  ],
  [
    'a timestamp request, and its reply',
    [2, 2],
    (it) => {
      it.network.probe(0, [{ ...PROBE, kind: 'timestamp' }], NOW_MS);
      it.settle();
      it.receive(timestampRequest());
    },
  ],
  [
    'probes by UDP and TCP of odd length',
    [2, 2],
    (it) => {
      const udp = { ...PROBE, kind: 'udp', destinationPort: 33_434, octets: 1001 } as const;
      it.network.probe(0, [udp, { ...udp, kind: 'tcp', octets: 3 }], NOW_MS);
      it.settle();
    },
  ],
  ['an ICMP error that quotes a datagram', [1, 1], (it) => it.receive(datagramTo(4000))],
  ['an RST', [1, 1], (it) => it.receive(segment(TCP_ACK))],
  ['an RST that acknowledges a SYN', [1, 1], (it) => it.receive(segment(TCP_SYN, SYN_OPTIONS))],
  [
    'a SYN with its options',
    [1, 1],
    (it) => {
      const remote = { address: PEER, port: 80 };
      const local = { address: UNSPECIFIED_IPV4, port: 0 };
      it.request({ kind: 'connect', socket: 64, remote, creditOctets: 1000, ...ENDS, local });
    },
  ],
  [
    'a SYN that answers a SYN, with its options',
    [1, 1],
    (it) => {
      listen(it);
      it.receive(segment(TCP_SYN, SYN_OPTIONS));
    },
  ],
  [
    'a SYN that answers one without options, padded',
    [1, 1],
    (it) => {
      listen(it);
      it.receive(segment(TCP_SYN));
    },
  ],
];

function octetsSent(offload: boolean, act: (cores: Cores) => void, content: number): string[] {
  const used = createAllocate((octets) => new Uint8Array(octets).fill(content).buffer);
  const cores = new Cores(offload, used);
  act(cores);
  return cores.sent.map(({ frame, tail = [] }) => Buffer.concat([frame, ...tail]).toString('hex'));
}

describe.each(CASES)('%s', (_, [whole, cut], act) => {
  it.each([
    [true, whole],
    [false, cut],
  ])('has nothing in it that its memory held before; offload: %s', (offload, frames) => {
    const sent = octetsSent(offload, act, 0xaa);
    expect(sent).toEqual(octetsSent(offload, act, 0));
    expect(sent).toHaveLength(frames);
  });
});
