/**
 * One TCP connection at our end, correct only on a wire without loss: enough to make the kernel
 * send super-frames.
 */
import {
  emitTcpChecksum,
  emitTcpHeader,
  emitTcpPartialChecksum,
  type Ipv4Packet,
  PROTOCOL_TCP,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_SYN,
  type TcpOptions,
  TcpSegment,
  tcpHeaderOctets,
} from '@strata/wire';
import type { TapOutFrame } from '../src/index.ts';
import { HOST, PAYLOAD_START, STATION, type Station } from './station.ts';

const MSS = 1460;

export class TcpPeer {
  /** The data received, in order. */
  readonly data: Uint8Array[] = [];
  received = 0;
  finished = false;
  readonly #station: Station;
  #port = 0;
  #sndNxt = 1000;
  #rcvNxt = 0;
  #owesAck = false;

  /** Listens on port 80. */
  constructor(station: Station) {
    this.#station = station;
    station.onPacket = (packet) => {
      if (packet.protocol === PROTOCOL_TCP) this.#segment(packet);
    };
    station.onBatchEnd = () => {
      if (this.#owesAck) this.#send(TCP_ACK, new Uint8Array(0));
    };
  }

  /**
   * Sends up to 64 KiB as one super-frame with a partial checksum, and then a FIN. `parts`: the
   * number of parts after the headers in which the device gets the data; default 0: the data is in
   * the frame itself.
   */
  sendSuperFrame(data: Uint8Array, parts = 0): void {
    this.#send(TCP_ACK | TCP_PSH, data, { segmentSize: MSS, checksum: 'partial' }, {}, parts);
    this.#send(TCP_ACK | TCP_FIN, new Uint8Array(0));
  }

  #segment(packet: Ipv4Packet): void {
    const segment = TcpSegment.parse(packet.payload);
    if (typeof segment === 'string') throw new Error(`TCP: ${segment}`);
    if (segment.flags & TCP_SYN) {
      this.#port = segment.sourcePort;
      this.#rcvNxt = segment.sequence + 1;
      this.#send(TCP_SYN | TCP_ACK, new Uint8Array(0), {}, { mss: MSS });
      return;
    }
    if (segment.sequence !== this.#rcvNxt >>> 0) return;
    if (segment.payload.byteLength > 0) {
      this.data.push(segment.payload.slice());
      this.received += segment.payload.byteLength;
      this.#rcvNxt = (this.#rcvNxt + segment.payload.byteLength) >>> 0;
      this.#owesAck = true;
    }
    if (segment.flags & TCP_FIN) {
      this.#rcvNxt = (this.#rcvNxt + 1) >>> 0;
      this.finished = true;
      this.#owesAck = true;
    }
  }

  #send(
    flags: number,
    data: Uint8Array,
    meta: Omit<TapOutFrame, 'frame'> = {},
    options: TcpOptions = {},
    parts = 0,
  ): void {
    const frame = this.#station.ipv4(PROTOCOL_TCP, tcpHeaderOctets(options) + data.byteLength);
    const segment = frame.subarray(PAYLOAD_START);
    const headerOctets = emitTcpHeader(segment, {
      sourcePort: 80,
      destinationPort: this.#port,
      sequence: this.#sndNxt,
      acknowledgment: this.#rcvNxt,
      flags,
      window: 0xffff,
      urgentPointer: 0,
      options,
    });
    segment.set(data, headerOctets);
    if (meta.checksum === 'partial') emitTcpPartialChecksum(segment, STATION, HOST);
    else emitTcpChecksum(segment, STATION, HOST);
    this.#sndNxt += data.byteLength + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
    this.#owesAck = false;
    if (parts === 0) return this.#station.send({ frame, ...meta });
    const dataStart = PAYLOAD_START + headerOctets;
    const step = Math.ceil(data.byteLength / parts);
    const tail = Array.from({ length: parts }, (_, part) => {
      const from = dataStart + part * step;
      return frame.subarray(from, Math.min(from + step, frame.byteLength));
    });
    this.#station.send({ frame: frame.subarray(0, dataStart), tail, ...meta });
  }
}
