import { flagsText, parseFlags } from '@strata/simulator';
import {
  emitTcpChecksum,
  emitTcpOptions,
  ipv4Address,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  type TcpOptions,
  type TcpSegment,
  tcpOptionsOctets,
  writeUint16,
  writeUint32,
} from '@strata/wire';
import { type Injected, PORT, type Relative, type Scenario, type View } from './script.ts';

/** 192.0.2.1, the subject, and 192.0.2.2, the peer that the scripts play. */
export const SUBJECT = ipv4Address(0xc0000201);
export const PEER = ipv4Address(0xc0000202);

const PEER_ISS = 1_000_000;
/** Used in place of the subject's ISN while that is unknown. */
const NO_ISS = 5_000_000;
const PEER_TIMESTAMP = 1000;
/** Segments with at least this many octets of data count as full. */
const FULL_OCTETS = 1400;

/** An answer in the form that is compared, without the parts that may differ. */
export interface Answer {
  readonly text: string;
  /** Whether the segment was sent before: a retransmission by a timer, or on request. */
  readonly isRepeat: boolean;
}

/**
 * One script's conversation with one subject. It makes the peer's segments, and reads the
 * subject's.
 */
export class Conversation {
  readonly peerPort: number;
  /** The subject's port. */
  port = PORT;
  readonly #offer: TcpOptions;
  #iss: number | undefined;
  /** The sequence numbers after all data sent, by the peer and by the subject. */
  #next = 0;
  #sndNxt = 0;
  #rcvNxt = 0;
  #edge = 0;
  #subjectShift: number | undefined;
  #timestampsOn = false;
  #subjectTimestamp = 0;
  #timestamp = 0;
  readonly #seen = new Set<string>();

  constructor(scenario: Scenario, peerPort: number) {
    this.#offer = scenario.offer ?? { mss: 1460 };
    this.peerPort = peerPort;
  }

  /** A segment's octets. */
  make(injected: Injected): Uint8Array {
    const flags = parseFlags(injected.flags);
    const view = this.#view();
    const seq = resolve(injected.seq, view) ?? this.#next;
    const data = injected.data ?? 0;
    const options = this.#options(injected, flags);
    const headerOctets = 20 + options.byteLength;
    const bytes = new Uint8Array(headerOctets + data).fill(injected.fill ?? 97, headerOctets);
    const ack = resolve(injected.ack, view) ?? this.#sndNxt;
    writeUint16(bytes, 0, this.peerPort);
    writeUint16(bytes, 2, injected.to ?? this.port);
    writeUint32(bytes, 4, (PEER_ISS + seq) >>> 0);
    const hasAck = (flags & TCP_ACK) !== 0;
    writeUint32(bytes, 8, hasAck ? ((this.#iss ?? NO_ISS) + ack) >>> 0 : 0);
    bytes[12] = (headerOctets / 4) << 4;
    if (injected.breaks === 'header length') bytes[12] = 4 << 4;
    bytes[13] = flags;
    writeUint16(bytes, 14, injected.win ?? 65_535);
    writeUint16(bytes, 18, injected.urg ?? 0);
    bytes.set(options, 20);
    emitTcpChecksum(bytes, PEER, SUBJECT);
    if (injected.breaks === 'checksum') bytes[16]! ^= 0xff;
    const length = data + ((flags & TCP_SYN) !== 0 ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0);
    // A segment beyond a hole or outside the window does not advance the peer's sequence number.
    const continues = seq <= this.#next && injected.breaks === undefined;
    if (continues && (flags & TCP_RST) === 0) this.#next = Math.max(this.#next, seq + length);
    return bytes;
  }

  /** A segment of the subject, as text. */
  read(segment: TcpSegment, tos: number): Answer {
    const { flags, options } = segment;
    const isSyn = (flags & TCP_SYN) !== 0;
    if (isSyn) this.#takeSyn(segment);
    const seq = this.#fromIss(segment.sequence);
    const ack = this.#fromPeer(segment.acknowledgment);
    const octets = segment.payload.byteLength;
    const length = octets + (isSyn ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0);
    const isRst = (flags & TCP_RST) !== 0;
    if (!isRst) {
      this.#sndNxt = Math.max(this.#sndNxt, seq + length);
      if ((flags & TCP_ACK) !== 0) {
        this.#rcvNxt = Math.max(this.#rcvNxt, ack);
        const shift = isSyn || !this.#isScaled ? 0 : (this.#subjectShift ?? 0);
        this.#edge = Math.max(this.#edge, ack + segment.window * 2 ** shift);
      }
    }
    this.#subjectTimestamp = options.timestamps?.value ?? this.#subjectTimestamp;
    if (isSyn) this.#timestampsOn &&= options.timestamps !== undefined;
    // PSH on full segments is not compared: a TCP may set it more often than at the end of a write.
    // Linux also sets it when half of the window is full.
    const compared = octets >= FULL_OCTETS ? flags & ~TCP_PSH : flags;
    // An RST in answer to a segment without ACK has the sequence number 0 (RFC 9293 3.10.7.1).
    const parts = [
      flagsText(compared),
      isRst && segment.sequence === 0 ? 'seq=none' : `seq=${seq}`,
    ];
    if ((flags & TCP_ACK) !== 0) parts.push(`ack=${ack}`);
    if (octets > 0) parts.push(`len=${octets}`);
    if (segment.window === 0 && !isRst) parts.push('win=0');
    if ((flags & 0x20) !== 0) parts.push(`urg=${segment.urgentPointer}`);
    const listed = this.#optionsText(options, isSyn);
    if (listed !== '') parts.push(`<${listed}>`);
    if ((tos & 3) !== 0) parts.push(`ecn=${tos & 3}`);
    const key = `${seq}+${length} ${flags & (TCP_SYN | TCP_FIN)}`;
    const isRepeat = length > 0 && this.#seen.has(key);
    if (length > 0) this.#seen.add(key);
    return { text: parts.join(' '), isRepeat };
  }

  #takeSyn(segment: TcpSegment): void {
    if (this.#iss !== undefined && this.#iss !== segment.sequence) {
      // A new connection with the same addresses: its numbers are relative to the new ISN.
      this.#sndNxt = 0;
      this.#seen.clear();
      this.#edge = 0;
    }
    this.#iss = segment.sequence;
    this.port = segment.sourcePort;
    const { windowScale, timestamps } = segment.options;
    this.#subjectShift = windowScale;
    const isFirst = (segment.flags & TCP_ACK) === 0;
    this.#timestampsOn =
      timestamps !== undefined && (isFirst || this.#offer.timestamps !== undefined);
  }

  get #isScaled(): boolean {
    return this.#subjectShift !== undefined && this.#offer.windowScale !== undefined;
  }

  #view(): View {
    return { rcvNxt: this.#rcvNxt, edge: this.#edge, sndNxt: this.#sndNxt, next: this.#next };
  }

  #fromIss(number: number): number {
    return (number - (this.#iss ?? NO_ISS)) | 0;
  }

  #fromPeer(number: number): number {
    return (number - PEER_ISS) | 0;
  }

  #options(injected: Injected, flags: number): Uint8Array {
    if (injected.raw !== undefined) return hexOctets(injected.raw);
    const isSyn = (flags & TCP_SYN) !== 0;
    const { timestamps: offered, ...offer } = this.#offer;
    const given: TcpOptions = injected.options ?? (isSyn ? offer : {});
    const wantsTimestamps =
      injected.ts !== 'none' &&
      (isSyn
        ? offered !== undefined && injected.options === undefined
        : this.#timestampsOn && offered !== undefined);
    let timestamps: TcpOptions['timestamps'];
    if (wantsTimestamps) {
      const since = typeof injected.ts === 'number' ? injected.ts : this.#timestamp + 1;
      this.#timestamp = Math.max(this.#timestamp, since);
      const isFirstSyn = isSyn && (flags & TCP_ACK) === 0;
      timestamps = {
        value: (PEER_TIMESTAMP + since) >>> 0,
        echo: injected.echo ?? (isFirstSyn ? 0 : this.#subjectTimestamp),
      };
    }
    const options = {
      ...given,
      timestamps: given.timestamps ?? timestamps,
      sack: this.#sack(given),
    };
    const octets = new Uint8Array(tcpOptionsOctets(options));
    emitTcpOptions(octets, options);
    return octets;
  }

  /** SACK blocks count from the subject's ISN. */
  #sack({ sack }: TcpOptions): TcpOptions['sack'] {
    const base = this.#iss ?? NO_ISS;
    return sack?.map(({ left, right }) => ({
      left: (base + left) >>> 0,
      right: (base + right) >>> 0,
    }));
  }

  #optionsText(options: TcpOptions, isSyn: boolean): string {
    const parts: string[] = [];
    if (options.mss !== undefined) parts.push(`mss ${options.mss}`);
    if (options.sackPermitted) parts.push('sackOK');
    if (options.timestamps !== undefined) {
      const since = (options.timestamps.echo - PEER_TIMESTAMP) | 0;
      parts.push(isSyn && options.timestamps.echo === 0 ? 'ts' : `ts echo ${since}`);
    }
    // The shift count depends on the buffers, so it is not compared.
    if (options.windowScale !== undefined) parts.push('wscale');
    for (const { left, right } of options.sack ?? []) {
      parts.push(`sack ${this.#fromPeer(left)}-${this.#fromPeer(right)}`);
    }
    return parts.join(',');
  }
}

function resolve(number: Relative | undefined, view: View): number | undefined {
  return typeof number === 'function' ? number(view) : number;
}

function hexOctets(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
