import { TCP_FIN, TCP_PSH, TCP_SYN } from '@strata/wire';
import { ScriptFailure } from '../language/errors.ts';
import type { PacketAction, TcpPacketAction } from '../language/script.ts';
import type { Settings } from '../settings.ts';
import { type Due, seconds, timeDifference } from '../timing.ts';
import { ipDifference, payloadDifference, scripted, segmentDifference } from './checker.ts';
import type { Flow } from './flow.ts';
import type { Observed, ObservedSegment } from './observed.ts';
import {
  observedText,
  type ScriptedSegment,
  scriptedSegmentText,
  scriptPacketText,
} from './packet-text.ts';

/** Returns the next packet that was sent on a connection. Undefined if none is sent in time. */
export type NextSent = () => Observed | undefined;

/**
 * Checks the next packets sent against one packet of the script. Throws ScriptFailure if they
 * differ.
 */
export class OutboundCheck {
  readonly #packet: PacketAction;
  readonly #flow: Flow;
  readonly #due: Due;
  readonly #settings: Settings;
  readonly #mssOctets: number;

  /** `mssOctets`: octets of a full-sized segment of the connection; 0 if unknown. */
  constructor(packet: PacketAction, flow: Flow, due: Due, settings: Settings, mssOctets: number) {
    this.#packet = packet;
    this.#flow = flow;
    this.#due = due;
    this.#settings = settings;
    this.#mssOctets = mssOctets;
  }

  run(next: NextSent): void {
    const first = next();
    if (first === undefined) throw this.#missing('');
    const packet = this.#packet;
    if (packet.protocol === 'tcp' && first.protocol === 'tcp') {
      this.#checkSegment(packet, first, next);
    } else this.#checkOther(first);
  }

  #missing(before: string): ScriptFailure {
    const until = this.#due.toUs + this.#due.toleranceUs;
    const when = Number.isFinite(until) ? ` up to ${seconds(until)} s` : '';
    const message = before === '' ? `no packet was sent${when}` : `no more was sent${when}`;
    return this.#failure(message, before === '' ? undefined : before);
  }

  #failure(message: string, actual: string | undefined): ScriptFailure {
    return new ScriptFailure(this.#packet.line, message, scriptPacketText(this.#packet), actual);
  }

  #checkOther(actual: Observed): void {
    const packet = this.#packet;
    const text =
      actual.protocol === 'tcp'
        ? scriptedSegmentText(scripted(actual, this.#flow), false)
        : observedText(actual);
    if (packet.protocol !== actual.protocol) {
      throw this.#failure(`it is ${actual.protocol}, not ${packet.protocol}`, text);
    }
    if (packet.protocol === 'udp' && actual.protocol === 'udp') {
      if (packet.payloadOctets !== actual.payloadOctets) {
        throw this.#failure('the number of octets differs', text);
      }
    } else if (packet.protocol === 'icmp' && actual.protocol === 'icmp') {
      const isSame = packet.type === actual.type && packet.code === actual.code;
      if (!isSame) throw this.#failure('the type or code differs', text);
    }
    this.#refuse(ipDifference(packet.ip, actual.tos) ?? this.#ttlDifference(actual.ttl), text);
    this.#refuse(timeDifference('the packet', this.#due, actual.atUs), text);
  }

  #refuse(difference: string | undefined, actual: string): void {
    if (difference !== undefined) throw this.#failure(difference, actual);
  }

  #ttlDifference(ttl: number): string | undefined {
    const expected = this.#packet.ip.ttl;
    return expected === undefined || expected === ttl
      ? undefined
      : `the TTL is ${ttl}, not ${expected}`;
  }

  #checkSegment(packet: TcpPacketAction, first: ObservedSegment, next: NextSent): void {
    if ((packet.flags & TCP_SYN) !== 0 && (first.flags & TCP_SYN) !== 0) {
      this.#flow.noteOutboundSyn(packet.seq, first.seq);
    }
    this.#noteTimestamp(packet, first);
    const pieces = this.#gather(packet, first, next);
    const last = pieces.at(-1)!;
    const whole = this.#whole(pieces);
    const text = scriptedSegmentText(
      whole,
      packet.ip.ecn !== undefined || packet.ip.tos !== undefined,
    );
    const pushIsSure = this.#settings.strictSegments || whole.payloadOctets < this.#mssOctets;
    this.#refuse(segmentDifference(packet, whole, pushIsSure, this.#timestampTolerance()), text);
    this.#refuse(this.#ttlDifference(first.ttl), text);
    for (const piece of pieces) this.#refuse(payloadDifference(piece, this.#flow), text);
    this.#refuse(timeDifference('the packet', this.#due, last.atUs), text);
  }

  #noteTimestamp(packet: TcpPacketAction, actual: ObservedSegment): void {
    const wanted = packet.options?.find((option) => option.kind === 'timestamps');
    const sent = actual.options.find((option) => option.kind === 'timestamps');
    if (wanted !== undefined && sent !== undefined) {
      this.#flow.noteTimestamp(wanted.value, sent.value);
    }
  }

  #timestampTolerance(): number | undefined {
    const { timestampTickUs, toleranceUs, tolerancePercent } = this.#settings;
    if (timestampTickUs === 0) return undefined;
    const share = (this.#due.fromUs * tolerancePercent) / 100;
    return Math.max(toleranceUs, share) / timestampTickUs;
  }

  /**
   * Gathers contiguous segments, which count as one: Linux would send them as one super-segment.
   */
  #gather(packet: TcpPacketAction, first: ObservedSegment, next: NextSent): ObservedSegment[] {
    const pieces = [first];
    let octets = first.payload.byteLength;
    while (octets < packet.payloadOctets && octets > 0 && !this.#settings.strictSegments) {
      const soFar = scriptedSegmentText(this.#whole(pieces), false);
      const piece = next();
      if (piece === undefined) throw this.#missing(soFar);
      if (piece.protocol !== 'tcp') throw this.#failure(`${piece.protocol} comes between`, soFar);
      this.#refuse(this.#continuation(pieces.at(-1)!, piece), soFar);
      pieces.push(piece);
      octets += piece.payload.byteLength;
    }
    return pieces;
  }

  #continuation(before: ObservedSegment, piece: ObservedSegment): string | undefined {
    const isNext = piece.seq === (before.seq + before.payload.byteLength) >>> 0;
    const ignored = TCP_PSH | TCP_FIN;
    const isAlike =
      (before.flags | ignored) === (piece.flags | ignored) && before.ack === piece.ack;
    if (isNext && isAlike && (before.flags & TCP_FIN) === 0) return undefined;
    const text = scriptedSegmentText(scripted(piece, this.#flow), false);
    return `what was sent then does not continue it: ${text}`;
  }

  #whole(pieces: readonly ObservedSegment[]): ScriptedSegment {
    const first = scripted(pieces[0]!, this.#flow);
    const last = scripted(pieces.at(-1)!, this.#flow);
    const payloadOctets = pieces.reduce((sum, piece) => sum + piece.payload.byteLength, 0);
    return { ...first, flags: last.flags, payloadOctets };
  }
}
