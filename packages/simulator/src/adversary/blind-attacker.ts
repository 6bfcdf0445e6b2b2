import type { NetworkIndication } from '@strata/network';
import type { Tcb, TransportCore } from '@strata/transport';
import { PROTOCOL_TCP, TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from '@strata/wire';
import type { SeededRandom } from '../seeded-random.ts';
import { FlowBook } from './flow-book.ts';
import type { FlowNumbers } from './flow-numbers.ts';
import { hostileError } from './hostile-error.ts';
import { hostileOptions } from './hostile-options.ts';
import { type HostileSegment, hostileOctets } from './hostile-segment.ts';

/**
 * An off-path attacker of an honest connection. It knows the addresses and ports, and has guessed
 * some of the numbers, but not all that RFC 5961 requires. It sends RST with an inexact number,
 * SYN, data with an acknowledgment out of range, data beyond the window, and ICMP errors.
 */
export class BlindAttacker {
  readonly #random: SeededRandom;
  readonly #book = new FlowBook();
  /** Number of packets injected. */
  injected = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** An attack on one of the core's synchronized connections. Undefined if there is none. */
  attack(core: TransportCore): NetworkIndication | undefined {
    const open = [...core.connections()].filter(
      ({ state }) => !['SYN-SENT', 'SYN-RECEIVED', 'TIME-WAIT', 'CLOSED'].includes(state),
    );
    if (open.length === 0) return undefined;
    const tcb = this.#random.pick(open);
    const numbers = this.#book.numbersOf(tcb, tcb);
    this.injected += 1;
    if (this.#random.chance(0.1)) return this.#error(tcb, numbers);
    const segment = hostileOctets(this.#segment(tcb, numbers), tcb.remote, tcb.local);
    return {
      kind: 'segment',
      source: tcb.remote.address,
      destination: tcb.local.address,
      protocol: PROTOCOL_TCP,
      ttl: 64,
      tos: this.#random.integer(0, 3),
      interfaceIndex: 1,
      cast: 'unicast',
      header: new Uint8Array(20),
      segment,
      segmentSize: 0,
      checksum: 'complete',
      trace: undefined,
    };
  }

  /**
   * Any ICMP error but "fragmentation needed": transport obeys that one if its sequence number is
   * guessed.
   */
  #error(tcb: Tcb, numbers: FlowNumbers): NetworkIndication {
    const error = hostileError(this.#random, tcb, numbers);
    return { ...error, code: error.code === 4 ? 3 : error.code };
  }

  #segment(tcb: Tcb, numbers: FlowNumbers): HostileSegment {
    const random = this.#random;
    const data = new Uint8Array(random.pick([0, 1, 100, 1460])).fill(random.integer(0, 255));
    const segment = {
      acknowledgment: this.#impossible(tcb),
      window: random.pick([0, 1, 0xffff]),
      urgentPointer: random.pick([0, 1, 100]),
      options: hostileOptions(random, numbers),
      data,
    };
    const into = random.integer(0, Math.max(0, numbers.rcvWnd - 1));
    const inWindow = (numbers.rcvNxt + random.pick([0, 1, into])) >>> 0;
    switch (random.integer(0, 4)) {
      case 0:
        // RFC 5961 3.2: RST in or below the window, but not at RCV.NXT, nor at the number of the
        // peer's FIN.
        return { ...segment, sequence: this.#notNext(tcb, inWindow), flags: TCP_RST };
      case 1: {
        // RFC 5961 4.2: SYN with any number.
        const flags = TCP_SYN | random.pick([0, TCP_ACK, TCP_FIN, TCP_PSH]);
        return { ...segment, sequence: random.pick([inWindow, random.uint32()]), flags };
      }
      case 2:
        // RFC 5961 5.2: data in the window, with an acknowledgment out of range, or without ACK.
        return {
          ...segment,
          sequence: inWindow,
          flags: random.pick([TCP_ACK, TCP_ACK, TCP_ACK | TCP_FIN, TCP_PSH, TCP_FIN, 0]),
        };
      case 3: {
        // Beyond the window, with any acknowledgment.
        const beyond = numbers.rcvWnd + random.integer(1, 2 ** 30);
        const acknowledgment = random.pick([numbers.sndNxt, numbers.sndUna, random.uint32()]);
        const sequence = (numbers.rcvNxt + beyond) >>> 0;
        return { ...segment, sequence, acknowledgment, flags: TCP_ACK | random.pick([0, TCP_FIN]) };
      }
      default:
        return { ...segment, sequence: random.uint32(), flags: random.integer(0, 255) & ~TCP_RST };
    }
  }

  #notNext({ rcvNxt, finReceived }: Tcb, inWindow: number): number {
    const below = (rcvNxt - (finReceived ? 2 : 1)) >>> 0;
    const sequence = this.#random.pick([inWindow, below]);
    return sequence === rcvNxt ? (sequence + 1) >>> 0 : sequence;
  }

  /**
   * An acknowledgment number beyond SND.NXT, or below SND.UNA by more than the largest window (RFC
   * 5961 5.2).
   */
  #impossible(tcb: Tcb): number {
    const behind = Math.max(tcb.maxSndWnd, 0xffff);
    return this.#random.chance(0.5)
      ? (tcb.sndNxt + this.#random.integer(1, 2 ** 30)) >>> 0
      : (tcb.sndUna - behind - this.#random.integer(1, 2 ** 30)) >>> 0;
  }
}
