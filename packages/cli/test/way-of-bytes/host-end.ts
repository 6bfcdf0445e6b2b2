import {
  emitVirtioNetHeader,
  VIRTIO_NET_GSO_NONE,
  VIRTIO_NET_GSO_TCPV4,
  VIRTIO_NET_NEEDS_CSUM,
} from '@strata/tap';
import {
  ARP_OCTETS,
  ARP_REQUEST,
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  EthernetFrame,
  emitArp,
  emitEthernetHeader,
  emitIpv4Header,
  emitTcpHeader,
  emitTcpPartialChecksum,
  IPV4_MIN_HEADER_OCTETS,
  Ipv4Packet,
  ipv4Address,
  PROTOCOL_TCP,
  parseArp,
  TCP_ACK,
  TCP_PSH,
  TCP_SYN,
  type TcpOptions,
  TcpSegment,
  tcpHeaderOctets,
} from '@strata/wire';
import type { FakeTap, GatheredFrame } from './fake-tap.ts';

export const HOST = ipv4Address(0xc0000201);
export const STATION = ipv4Address(0xc0000202);
const HOST_MAC = 0x02000000000a;
const BROADCAST_MAC = 0xffffffffffff;
const PORT = 40_000;
const HEADERS = ETHERNET_HEADER_OCTETS + IPV4_MIN_HEADER_OCTETS;
const SEGMENT_OCTETS = 1448;
const NOTHING = new Uint8Array(0);

/**
 * The host's end of a TAP with one connection to port 80: a kernel that acknowledges what came in a
 * turn of the event loop, once.
 */
export class HostEnd {
  /** Octets of data that came in order. */
  received = 0;
  /** Frames with data, the parts as they were gathered. */
  onData: (frame: GatheredFrame) => void = () => {};
  /** Whether data is acknowledged by itself, or by the next segment with data. */
  acknowledges = true;
  readonly #tap: FakeTap;
  #mac = 0;
  #sndNxt = 1000;
  #rcvNxt = 0;
  #timestamp = 0;
  #owesAck = false;
  readonly #acknowledge = () => {
    if (this.#owesAck) this.#send(TCP_ACK, NOTHING);
  };

  constructor(tap: FakeTap) {
    this.#tap = tap;
    tap.onWritten = (frames) => {
      for (const frame of frames) this.#take(frame);
      if (this.#owesAck && this.acknowledges) setImmediate(this.#acknowledge);
    };
  }

  /** Asks who the stack is; the answer starts the connection. */
  connect(): void {
    this.#tap.give(ETHERNET_HEADER_OCTETS + ARP_OCTETS, (_header, frame) => {
      emitEthernetHeader(frame, BROADCAST_MAC, HOST_MAC, ETHERTYPE_ARP);
      emitArp(frame.subarray(ETHERNET_HEADER_OCTETS), {
        operation: ARP_REQUEST,
        senderMac: HOST_MAC,
        senderAddress: HOST,
        targetMac: 0,
        targetAddress: STATION,
      });
    });
  }

  /** Sends up to 64 KiB as one super-segment; returns the memory that it is read into. */
  send(data: Uint8Array): Buffer {
    return this.#send(TCP_ACK | TCP_PSH, data);
  }

  #take(frame: GatheredFrame): void {
    const [head, ...tail] = frame;
    const ethernet = EthernetFrame.parse(head!);
    if (typeof ethernet === 'string') throw new Error(`the stack sent no frame: ${ethernet}`);
    if (ethernet.etherType === ETHERTYPE_ARP) return this.#takeArp(ethernet.payload);
    const packet = Ipv4Packet.parseQuoted(ethernet.payload);
    if (typeof packet === 'string') throw new Error(`the stack sent no packet: ${packet}`);
    const segment = TcpSegment.parse(packet.payload);
    if (typeof segment === 'string') throw new Error(`the stack sent no segment: ${segment}`);
    this.#timestamp = segment.options.timestamps?.value ?? 0;
    if (segment.flags & TCP_SYN) {
      this.#rcvNxt = (segment.sequence + 1) >>> 0;
      this.#send(TCP_ACK, NOTHING);
      return;
    }
    const octets = tail.reduce((sum, part) => sum + part.byteLength, segment.payload.byteLength);
    if (octets === 0) return;
    if (segment.sequence !== this.#rcvNxt) throw new Error('the stack sent something out of order');
    this.#rcvNxt = (this.#rcvNxt + octets) >>> 0;
    this.received += octets;
    this.#owesAck = true;
    this.onData(frame);
  }

  #takeArp(payload: Uint8Array): void {
    const arp = parseArp(payload);
    if (typeof arp === 'string' || arp.senderAddress !== STATION || this.#mac !== 0) return;
    this.#mac = arp.senderMac;
    setImmediate(() => this.#send(TCP_SYN, NOTHING));
  }

  #send(flags: number, data: Uint8Array): Buffer {
    const options: TcpOptions = {
      ...(flags & TCP_SYN ? { mss: 1460, windowScale: 7, sackPermitted: true } : {}),
      timestamps: { value: 1, echo: this.#timestamp },
    };
    const octets = HEADERS + tcpHeaderOctets(options) + data.byteLength;
    const sequence = this.#sndNxt;
    this.#sndNxt = (sequence + data.byteLength + (flags & TCP_SYN ? 1 : 0)) >>> 0;
    this.#owesAck = false;
    return this.#tap.give(octets, (header, frame) => {
      const isSuper = data.byteLength > SEGMENT_OCTETS;
      emitVirtioNetHeader(header, 0, {
        flags: VIRTIO_NET_NEEDS_CSUM,
        gsoType: isSuper ? VIRTIO_NET_GSO_TCPV4 : VIRTIO_NET_GSO_NONE,
        gsoSize: isSuper ? SEGMENT_OCTETS : 0,
        headerOctets: isSuper ? octets - data.byteLength : 0,
        checksumStart: HEADERS,
        checksumOffset: 16,
      });
      emitEthernetHeader(frame, this.#mac, HOST_MAC, ETHERTYPE_IPV4);
      emitIpv4Header(frame.subarray(ETHERNET_HEADER_OCTETS), {
        tos: 0,
        totalOctets: octets - ETHERNET_HEADER_OCTETS,
        identification: 0,
        dontFragment: true,
        moreFragments: false,
        fragmentOffsetOctets: 0,
        ttl: 64,
        protocol: PROTOCOL_TCP,
        source: HOST,
        destination: STATION,
      });
      const segment = frame.subarray(HEADERS);
      const headerOctets = emitTcpHeader(segment, {
        sourcePort: PORT,
        destinationPort: 80,
        sequence,
        acknowledgment: flags === TCP_SYN ? 0 : this.#rcvNxt,
        flags,
        window: 0xffff,
        urgentPointer: 0,
        options,
      });
      segment.set(data, headerOctets);
      emitTcpPartialChecksum(segment, HOST, STATION);
    });
  }
}
