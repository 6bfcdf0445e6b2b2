/** What TCP knows of a stream, in iperf3's units: octets, microseconds. */
export interface TcpFigures {
  readonly retransmits: number;
  readonly snd_cwnd: number;
  readonly snd_wnd: number;
  readonly rtt: number;
  readonly rttvar: number;
  readonly pmtu: number;
}

/** Counts of a stream since its test has begun. */
export interface Counts {
  readonly octets: number;
  readonly packets: number;
  readonly lost: number;
  readonly outOfOrder: number;
  readonly jitterSeconds: number;
}

export const NO_COUNTS: Counts = {
  octets: 0,
  packets: 0,
  lost: 0,
  outOfOrder: 0,
  jitterSeconds: 0,
};

/** One connection, or flow of datagrams, of a test. */
export interface TestStream {
  readonly isSender: boolean;
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
  /** Starts to send, or to count. */
  begin(): void;
  /** Sends no more. */
  end(): void;
  close(): void;
  counts(): Counts;
  /** Of a TCP stream that sends. Undefined: not known. */
  tcpFigures(): Promise<TcpFigures | undefined>;
}

/** What the senders of a test may still send, together. */
export class Budget {
  octets: number;
  blocks: number;

  /** 0: no limit. */
  constructor(octets: number, blocks: number) {
    this.octets = octets || Number.POSITIVE_INFINITY;
    this.blocks = blocks || Number.POSITIVE_INFINITY;
  }

  get isSpent(): boolean {
    return this.octets <= 0 || this.blocks <= 0;
  }

  /** Takes a block; its octets, fewer at the end. 0: there is no more. */
  take(octets: number): number {
    if (this.isSpent) return 0;
    const taken = Math.min(octets, this.octets);
    this.octets -= taken;
    this.blocks -= 1;
    return taken;
  }
}
