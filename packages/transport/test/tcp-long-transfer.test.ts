import { established, type MadeSegment, type TcpPeer } from '@strata/simulator';

const MSS = 1460;
/** Whole segments, so that the last small one is far back. */
const CHUNK_OCTETS = 10_000 * MSS;

/**
 * A connection that has sent and received one small segment, and then only whole ones: `chunks`
 * times 14.6 million octets.
 */
class LongTransfer {
  readonly peer: TcpPeer;
  /** SND.UNA and RCV.NXT, relative. */
  una = 11;
  nxt = 11;

  constructor(sends: number, receives: number, sackPermitted: boolean) {
    this.peer = established({
      synOptions: { mss: MSS, windowScale: 14, sackPermitted },
      maxPduOctets: 40 * MSS,
      // A chunk is sent at once.
      sysctl: { tcp_limit_output_bytes: CHUNK_OCTETS },
      socketOptions: { congestionControl: 'none', sendBufferOctets: 2 ** 26 },
      creditOctets: 2 ** 40,
    });
    this.peer.write(10);
    this.peer.inject('ACK', { seq: 1, ack: 11, data: 10, win: 65_535 });
    for (let i = 0; i < sends; i += 1) {
      this.peer.write(CHUNK_OCTETS);
      this.peer.sentSegments();
      this.una += CHUNK_OCTETS;
      this.peer.inject('ACK', { ...this.at(), win: 65_535 });
    }
    for (let i = 0; i < receives; i += 1) this.#receive();
    this.peer.told();
    this.peer.sent();
  }

  #receive(): void {
    for (let octets = 0; octets < CHUNK_OCTETS; octets += 40 * MSS) {
      this.peer.inject('ACK', { ...this.at(), data: 40 * MSS });
      this.nxt += 40 * MSS;
      this.peer.sentSegments();
      this.peer.told();
    }
  }

  at(made: { seq?: number; ack?: number } & MadeSegment = {}): MadeSegment {
    return { ...made, seq: this.nxt + (made.seq ?? 0), ack: this.una + (made.ack ?? 0) };
  }

  /** The segments sent, with numbers relative to the end of the transfer. */
  lines(lines: readonly string[] = this.peer.sent()): string[] {
    return lines.map((line) =>
      line
        .replace(/seq=(-?\d+)/, (_, seq) => `seq=${(Number(seq) - this.una) | 0}`)
        .replace(/ack=(-?\d+)/, (_, ack) => `ack=${(Number(ack) - this.nxt) | 0}`),
    );
  }
}

/** The events after the transfer, one after the other. Returns the segments and indications. */
function transcript(long: LongTransfer): string[] {
  const { peer } = long;
  const lines: string[] = [];
  const note = (what: string, sent?: readonly string[]) =>
    lines.push(what, ...long.lines(sent), ...peer.toldKinds());
  const acknowledge = (octets: number) => {
    peer.inject('ACK', { ...long.at({ ack: octets }), win: 65_535 });
    long.una += octets;
    peer.sent();
  };
  peer.write(10);
  note('a small segment');
  acknowledge(10);
  peer.write(20 * MSS);
  note('many');
  // The peer has segments two to five; without SACK only the number of its ACKs shows this.
  for (let i = 2; i <= 5; i += 1) {
    const [left, right] = [1, i].map((n) => (peer.coreIss + long.una + n * MSS) >>> 0);
    peer.inject('ACK', long.at({ options: { sack: [{ left: left!, right: right! }] } }));
  }
  note('four duplicate acknowledgments');
  acknowledge(20 * MSS);
  peer.write(5 * MSS);
  note('a timeout', peer.advance(3000));
  acknowledge(5 * MSS);
  peer.inject('ACK', long.at({ seq: 100, data: 100 }));
  note('data beyond a hole');
  peer.inject('ACK,URG', long.at({ data: 150, urg: 3 }));
  long.nxt += 200;
  note('what fills it, urgent');
  peer.inject('ACK', long.at({ seq: -1000, data: 10 }));
  peer.inject('RST', long.at({ seq: 1000 }));
  peer.inject('ACK', long.at({ ack: -(2 ** 31) + 5, data: 10 }));
  note('an old segment, and blind ones');
  peer.inject('ACK', { ...long.at(), win: 0 });
  peer.write(100);
  note('a shut window', peer.advance(5000));
  peer.inject('ACK', { ...long.at(), win: 65_535 });
  acknowledge(100);
  peer.ask('shutdown');
  peer.inject('FIN,ACK', long.at({ ack: 1 }));
  note('a close');
  return [...lines, peer.state];
}

/** Chunks of more than 2^31 octets in all: an old number seems to be a new one. */
const MANY = 150;

describe('a connection that has carried much data (RFC 9293 3.4, T3)', () => {
  it.each([
    ['sent', MANY, 0, false],
    ['sent, with SACK', MANY, 0, true],
    ['received', 0, MANY, true],
  ] as const)(
    '%s: behaves like one that has carried little',
    (_, sends, receives, sack) => {
      const few = new LongTransfer(Math.min(1, sends), Math.min(1, receives), sack);
      const usual = transcript(few);
      for (const line of ['PSH,ACK seq=0 ack=0 len=10', 'ACK seq=0 ack=0 len=1460', 'urgent']) {
        expect(usual).toContain(line);
      }
      expect(usual.at(-1)).toBe('TIME-WAIT');
      expect(transcript(new LongTransfer(sends, receives, sack))).toEqual(usual);
    },
    60_000,
  );
});
