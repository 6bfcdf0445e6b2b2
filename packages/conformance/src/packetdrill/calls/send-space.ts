import type { SocketInfo, TransportSysctl } from '@strata/transport';

/** The value of `tcp_notsent_lowat` for "no limit" (Linux's default). */
export const NO_MARK_OCTETS = 0xffffffff;

/**
 * Memory of a buffer besides its octets: sk_buff, room for headers and skb_shared_info, each
 * rounded.
 */
const OVERHEAD_OCTETS = 896;
/**
 * MAX_TCP_HEADER and skb_shared_info are added to each segment and rounded; then sk_buff is added.
 */
const SEGMENT_OVERHEAD_OCTETS = 640;
const SK_BUFF_OCTETS = 256;
/** Upper bound of a buffer, for any window. */
const MAX_BUFFER_OCTETS = 0xffff;

interface Use {
  readonly unsentOctets: number;
  /** Memory in use. */
  readonly usedOctets: number;
  /** Octets of one buffer. */
  readonly oneOctets: number;
}

/**
 * The room of a TCP socket for data to send, counted like Linux's tcp_sendmsg_locked(). Octets are
 * in buffers (skbs) of up to half a window. A new buffer starts only if the memory in use is below
 * SO_SNDBUF, and the unsent octets are below TCP_NOTSENT_LOWAT. So a write may exceed both by up to
 * one buffer. Memory includes its overhead.
 */
export class SendSpace {
  readonly #sysctl: TransportSysctl;
  /** `sk_sndbuf`. */
  #limitOctets: number;
  readonly #isFixed: boolean;
  /** Octets in the last buffer. */
  #begunOctets = 0;

  /**
   * `fixedOctets`: SO_SNDBUF as getsockopt returns it (twice the value set). Undefined: the limit
   * grows with the congestion window.
   */
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

  /**
   * Octets of `wanted` that are accepted now: the rest of the last buffer, or one new buffer; 0 if
   * there is no room.
   */
  take(info: SocketInfo | undefined, wanted: number, lowMarkOctets: number): number {
    const use = info === undefined ? undefined : this.#use(info);
    if (use === undefined) return wanted;
    const { unsentOctets, usedOctets, oneOctets } = use;
    // Sending splits a buffer: only its unsent part can still be filled.
    let begun = Math.min(this.#begunOctets, unsentOctets);
    if (begun >= oneOctets) begun = 0;
    const mayBegin = usedOctets < this.#limitOctets && unsentOctets < lowMarkOctets;
    if (begun === 0 && !mayBegin) return 0;
    const taken = Math.min(wanted, oneOctets - begun);
    this.#begunOctets = begun + taken;
    return taken;
  }

  /**
   * Whether poll reports room: a third of the buffer is free, and the unsent octets are below half
   * of the low mark.
   */
  isThere(info: SocketInfo | undefined, lowMarkOctets: number): boolean {
    const use = info === undefined ? undefined : this.#use(info);
    if (use === undefined) return true;
    const isFree = this.#limitOctets - use.usedOctets >= use.usedOctets / 2;
    return isFree && 2 * use.unsentOctets < lowMarkOctets;
  }

  /**
   * Called while a writer waits for room. The limit grows if the buffer limits the connection, not
   * the congestion window.
   */
  look(info: SocketInfo | undefined): void {
    const tcp = info?.tcp;
    if (info === undefined || tcp === undefined) return;
    if (tcp.pipeOctets + tcp.mssOctets <= tcp.cwndOctets) this.#grow(info);
  }
}
