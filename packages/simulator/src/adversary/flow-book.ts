import type { SocketAddress, Tcb } from '@strata/transport';
import { TCP_FIN, TCP_SYN, type TcpSegment } from '@strata/wire';
import type { SeededRandom } from '../seeded-random.ts';
import type { FlowNumbers } from './flow-numbers.ts';

/** Two ends that have exchanged segments. `local` is the core's end. */
export interface Flow {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

interface Seen extends Flow {
  iss: number;
  /** The number after the last octet that the core sent. */
  sndNxt: number;
  rcvNxt: number;
  window: number;
  timestamp: number;
  tsRecent: number;
  /** The shift that the last SYN offered. */
  shift: number | undefined;
  /** The announced edge of the window, and the socket that announced it. */
  edge: number;
  edgeOf: number;
}

/**
 * Numbers seen on the wire for each pair of addresses. They are all that is known of a connection
 * that is gone or in TIME-WAIT.
 */
export class FlowBook {
  readonly #flows = new Map<string, Seen>();

  /** Number of pairs of addresses that a segment was sent on. */
  get size(): number {
    return this.#flows.size;
  }

  /** One of the eight most recent flows. Undefined if there is none. */
  any(random: SeededRandom): Flow | undefined {
    const flows = [...this.#flows.values()];
    return flows.length === 0 ? undefined : random.pick(flows.slice(-8));
  }

  /** Notes a segment that the core sent. */
  note(local: SocketAddress, remote: SocketAddress, segment: TcpSegment): void {
    const key = keyOf(local, remote);
    const seen = this.#flows.get(key) ?? newFlow(local, remote);
    const { flags } = segment;
    const isSyn = (flags & TCP_SYN) !== 0;
    if (isSyn) {
      seen.iss = segment.sequence;
      seen.shift = segment.options.windowScale;
    }
    const length = segment.payload.byteLength + (isSyn ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0);
    const end = (segment.sequence + length) >>> 0;
    if (isSyn || ((end - seen.sndNxt) | 0) > 0) seen.sndNxt = end;
    seen.rcvNxt = segment.acknowledgment;
    seen.window = segment.window;
    seen.timestamp = segment.options.timestamps?.value ?? seen.timestamp;
    seen.tsRecent = segment.options.timestamps?.echo ?? seen.tsRecent;
    this.#flows.delete(key);
    this.#flows.set(key, seen);
    if (this.#flows.size > 64) this.#flows.delete(this.#flows.keys().next().value!);
  }

  /**
   * Notes the announced edge of a connection's window. Returns how far the edge moved left; it
   * should be 0 (RFC 9293 3.8.6, SHLD-14).
   */
  noteEdge(tcb: Tcb, edge: number): number {
    const seen = this.#flows.get(keyOf(tcb.local, tcb.remote));
    if (seen === undefined) return 0;
    const back = seen.edgeOf === tcb.socket ? Math.max(0, (seen.edge - edge) | 0) : 0;
    seen.edge = edge;
    seen.edgeOf = tcb.socket;
    return back;
  }

  /**
   * The window shift in the core's last SYN on these addresses. Undefined if it offered none, or if
   * it belonged to another connection.
   */
  shiftOf(tcb: Tcb): number | undefined {
    const seen = this.#flows.get(keyOf(tcb.local, tcb.remote));
    return seen?.iss === tcb.iss ? seen.shift : undefined;
  }

  /** The numbers of a flow: those of its connection if there is one, else those seen last. */
  numbersOf(flow: Flow, tcb: Tcb | undefined): FlowNumbers {
    const seen =
      this.#flows.get(keyOf(flow.local, flow.remote)) ?? newFlow(flow.local, flow.remote);
    if (tcb === undefined) {
      return {
        sndUna: seen.sndNxt,
        sndNxt: seen.sndNxt,
        sndWnd: 0xffff,
        rcvNxt: seen.rcvNxt,
        rcvWnd: seen.window,
        iss: seen.iss,
        irs: seen.rcvNxt,
        mss: 1460,
        pendingFin: undefined,
        timestampsOn: seen.timestamp !== 0,
        tsRecent: seen.tsRecent,
        coreTimestamp: seen.timestamp,
      };
    }
    return {
      sndUna: tcb.sndUna,
      sndNxt: tcb.sndNxt,
      sndWnd: tcb.sndWnd,
      rcvNxt: tcb.rcvNxt,
      rcvWnd: Math.max(0, (tcb.rcvAdv - tcb.rcvNxt) | 0),
      iss: tcb.iss,
      irs: tcb.irs,
      mss: tcb.sndMss,
      pendingFin: tcb.pendingFinSequence,
      timestampsOn: tcb.timestampsOn,
      tsRecent: tcb.tsRecent,
      coreTimestamp: seen.timestamp,
    };
  }
}

export function keyOf(local: SocketAddress, remote: SocketAddress): string {
  return `${local.address}:${local.port}>${remote.address}:${remote.port}`;
}

function newFlow(local: SocketAddress, remote: SocketAddress): Seen {
  const numbers = {
    iss: 0,
    sndNxt: 0,
    rcvNxt: 0,
    window: 0,
    timestamp: 0,
    tsRecent: 0,
    edge: 0,
    edgeOf: -1,
  };
  return { local, remote, shift: undefined, ...numbers };
}
