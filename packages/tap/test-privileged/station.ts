/** Our end in these tests: a station at 192.0.2.2 that answers only ARP and ping. */
import {
  ARP_OCTETS,
  ARP_REPLY,
  ARP_REQUEST,
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  EthernetFrame,
  emitArp,
  emitEthernetHeader,
  emitIcmp,
  emitIpv4Header,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  IPV4_MIN_HEADER_OCTETS,
  Ipv4Packet,
  ipv4Address,
  PROTOCOL_ICMP,
  parseArp,
  readUint16,
} from '@strata/wire';
import type { TapDevice, TapFrame, TapOutFrame } from '../src/index.ts';

export const HOST = ipv4Address(0xc0000201);
export const STATION = ipv4Address(0xc0000202);
const STATION_MAC = 0x02_00_00_00_00_99;
export const PAYLOAD_START = ETHERNET_HEADER_OCTETS + IPV4_MIN_HEADER_OCTETS;

export class Station {
  /** All frames so far, copied. */
  readonly received: { frame: Uint8Array; queue: number; meta: TapFrame }[] = [];
  /** Called for each IPv4 packet that is not answered here, and at the end of each batch. */
  onPacket: (packet: Ipv4Packet, meta: TapFrame) => void = () => undefined;
  onBatchEnd: () => void = () => undefined;
  readonly #device: TapDevice;
  #hostMac = 0;

  constructor(device: TapDevice) {
    this.#device = device;
    device.onFrames((batch, queue) => {
      for (const meta of batch) {
        this.received.push({ frame: meta.frame.slice(), queue, meta });
        this.#answer(meta, queue);
      }
      this.onBatchEnd();
    });
  }

  /** A frame for the host with an IPv4 header, and room for its payload. */
  ipv4(protocol: number, payloadOctets: number): Uint8Array {
    const frame = new Uint8Array(PAYLOAD_START + payloadOctets);
    emitEthernetHeader(frame, this.#hostMac, STATION_MAC, ETHERTYPE_IPV4);
    emitIpv4Header(frame.subarray(ETHERNET_HEADER_OCTETS), {
      tos: 0,
      totalOctets: IPV4_MIN_HEADER_OCTETS + payloadOctets,
      identification: 0,
      dontFragment: true,
      moreFragments: false,
      fragmentOffsetOctets: 0,
      ttl: 64,
      protocol,
      source: STATION,
      destination: HOST,
    });
    return frame;
  }

  send(out: TapOutFrame): void {
    if (this.#device.write([out]) !== 1) throw new Error('the kernel took no frame');
  }

  #answer(meta: TapFrame, queue: number): void {
    const ethernet = EthernetFrame.parse(meta.frame);
    if (typeof ethernet === 'string') throw new Error('a frame without header');
    this.#hostMac = ethernet.source;
    if (ethernet.etherType === ETHERTYPE_ARP) this.#answerArp(ethernet, queue);
    if (ethernet.etherType !== ETHERTYPE_IPV4) return;
    const packet = Ipv4Packet.parse(ethernet.payload);
    if (typeof packet === 'string') throw new Error(`IPv4: ${packet}`);
    if (packet.protocol === PROTOCOL_ICMP && packet.payload[0] === ICMP_ECHO_REQUEST)
      this.#answerPing(packet, queue);
    else this.onPacket(packet, meta);
  }

  #answerArp(ethernet: EthernetFrame, queue: number): void {
    const request = parseArp(ethernet.payload);
    if (typeof request === 'string') throw new Error(`ARP: ${request}`);
    if (request.operation !== ARP_REQUEST || request.targetAddress !== STATION) return;
    const frame = new Uint8Array(ETHERNET_HEADER_OCTETS + ARP_OCTETS);
    emitEthernetHeader(frame, request.senderMac, STATION_MAC, ETHERTYPE_ARP);
    emitArp(frame.subarray(ETHERNET_HEADER_OCTETS), {
      operation: ARP_REPLY,
      senderMac: STATION_MAC,
      senderAddress: STATION,
      targetMac: request.senderMac,
      targetAddress: request.senderAddress,
    });
    this.#device.write([{ frame }], queue);
  }

  #answerPing(packet: Ipv4Packet, queue: number): void {
    const request = packet.payload;
    const frame = this.ipv4(PROTOCOL_ICMP, request.byteLength);
    const reply = frame.subarray(PAYLOAD_START);
    reply.set(request);
    emitIcmp(reply, ICMP_ECHO_REPLY, 0, readUint16(request, 4), readUint16(request, 6));
    this.#device.write([{ frame }], queue);
  }
}
