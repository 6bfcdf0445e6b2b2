import type { SocketInfo, TransportSysctl } from '@strata/transport';

/** A mark that is none (`tcp_notsent_lowat` as Linux has it). */
export const NO_MARK_OCTETS = 0xffffffff;

/** Memory of a buffer beside its octets: sk_buff, room for headers and skb_shared_info, each rounded. */
const OVERHEAD_OCTETS = 896;
/** MAX_TCP_HEADER and skb_shared_info beside each segment; sk_buff beside what that is rounded to. */
const SEGMENT_OVERHEAD_OCTETS = 640;
const SK_BUFF_OCTETS = 256;
/** A window beyond this is not what bounds a buffer. */
const MAX_BUFFER_OCTETS = 0xffff;

interface Use {
  readonly unsentOctets: number;
  /** Memory in use. */
  readonly usedOctets: number;
  /** Octets of one buffer. */
  readonly oneOctets: number;
}

/**
 * How much a TCP socket takes to send, as Linux's socket layer counts it. Octets lie in buffers (skbs) of up to half a window; a new one is
 * begun only where the memory in use is below SO_SNDBUF, and less than TCP_NOTSENT_LOWAT waits to be sent. So a write may go beyond both by
 * what fills a buffer. Memory is counted with its overhead.
 */
export class SendSpace {
  readonly #sysctl: TransportSysctl;
  /** `sk_sndbuf`. */
  #limitOctets: number;
  readonly #isFixed: boolean;
  /** Octets in the buffer that was begun last. */
  #begunOctets = 0;

  /** `fixedOctets`: SO_SNDBUF as getsockopt gives it (twice what was asked); undefined: it grows with the congestion window. */
  constructor(
    fixedOctets: number | undefined,
    info: SocketInfo | undefined,
    sysctl: TransportSysctl,
  ) {
    this.#sysctl = sysctl;
    this.#isFixed = fixedOctets !== undefined;
    this.#limitOctets = fixedOctets ?? sysctl.tcp_wmem[1];
    if (info !== undefined) this.#grow(info);
  }

  /** `tcp_sndbuf_expand`: room for two congestion windows. */
  #grow({ tcp }: SocketInfo): void {
    if (this.#isFixed || tcp === undefined) return;
    const segments = Math.max(10, Math.floor(tcp.cwndOctets / tcp.mssOctets));
    const segmentOctets = 2 ** Math.ceil(Math.log2(tcp.mssOctets + SEGMENT_OVERHEAD_OCTETS));
    const wanted = 2 * segments * (segmentOctets + SK_BUFF_OCTETS);
    this.#limitOctets = Math.max(this.#limitOctets, Math.min(this.#sysctl.tcp_wmem[2], wanted));
  }

  #use({ tcp, sendQueueOctets }: SocketInfo): Use | undefined {
    if (tcp === undefined) return undefined;
    const { mssOctets, sendWindowOctets, sendableOctets, notSendableOctets } = tcp;
    const half = Math.min(MAX_BUFFER_OCTETS, sendWindowOctets / 2);
    const oneOctets = Math.max(1, Math.floor(half / mssOctets)) * mssOctets;
    return {
      unsentOctets: sendableOctets + notSendableOctets,
      usedOctets: sendQueueOctets + OVERHEAD_OCTETS * Math.ceil(sendQueueOctets / oneOctets),
      oneOctets,
    };
  }

  /** Octets of `wanted` that are taken now: up to the end of the buffer that is begun, or one more; 0: none. */
  take(info: SocketInfo | undefined, wanted: number, lowMarkOctets: number): number {
    const use = info === undefined ? undefined : this.#use(info);
    if (use === undefined) return wanted;
    const { unsentOctets, usedOctets, oneOctets } = use;
    // What was sent of a buffer is one of its own.
    let begun = Math.min(this.#begunOctets, unsentOctets);
    if (begun >= oneOctets) begun = 0;
    const mayBegin = usedOctets < this.#limitOctets && unsentOctets < lowMarkOctets;
    if (begun === 0 && !mayBegin) return 0;
    const taken = Math.min(wanted, oneOctets - begun);
    this.#begunOctets = begun + taken;
    return taken;
  }

  /** Whether poll tells of room: a third of the buffer is free, and half of what may wait to be sent. */
  isThere(info: SocketInfo | undefined, lowMarkOctets: number): boolean {
    const use = info === undefined ? undefined : this.#use(info);
    if (use === undefined) return true;
    const isFree = this.#limitOctets - use.usedOctets >= use.usedOctets / 2;
    return isFree && 2 * use.unsentOctets < lowMarkOctets;
  }

  /** Somebody waits for room: the buffer grows where it is what holds the connection back, and not the congestion window. */
  look(info: SocketInfo | undefined): void {
    const tcp = info?.tcp;
    if (info === undefined || tcp === undefined) return;
    if (tcp.pipeOctets + tcp.mssOctets <= tcp.cwndOctets) this.#grow(info);
  }
}
