/** The first sequence numbers of a connection, in the direction of its first segment. */
interface Flow {
  readonly key: string;
  sequence: number;
  acknowledgment: number;
}

/** Makes sequence numbers relative to the first ones of their connection, as tcpdump does. */
export class Flows {
  readonly #flows = new Map<string, Flow>();

  /**
   * The numbers to print for a segment. SYN, SYN,ACK and the first segment of a connection that was
   * already open keep their own numbers. `relate` converts other numbers of the peer, those in SACK
   * blocks.
   */
  relative(
    source: string,
    destination: string,
    segment: { sequence: number; acknowledgment: number; hasSyn: boolean; hasAck: boolean },
  ): { sequence: number; acknowledgment: number; relate: (sequence: number) => number } {
    const { sequence, acknowledgment, hasSyn, hasAck } = segment;
    const same = (number: number) => number;
    if (!hasAck) return { sequence, acknowledgment, relate: same };
    const forward = this.#flows.get(`${source} ${destination}`);
    const back = forward === undefined ? this.#flows.get(`${destination} ${source}`) : undefined;
    const known = forward ?? back;
    if (known === undefined || hasSyn) {
      this.#remember(source, destination, sequence, acknowledgment, back);
      const first = (acknowledgment - 1) >>> 0;
      return { sequence, acknowledgment, relate: (number) => (number - first) >>> 0 };
    }
    const [own, other] =
      back === undefined
        ? [known.sequence, known.acknowledgment]
        : [known.acknowledgment, known.sequence];
    const minus = (number: number, first: number) => (number - first) >>> 0;
    return {
      sequence: minus(sequence, own),
      acknowledgment: minus(acknowledgment, other),
      relate: (number) => minus(number, other),
    };
  }

  #remember(
    source: string,
    destination: string,
    sequence: number,
    acknowledgment: number,
    back: Flow | undefined,
  ): void {
    const peer = (acknowledgment - 1) >>> 0;
    if (back !== undefined) {
      back.acknowledgment = sequence;
      back.sequence = peer;
      return;
    }
    const key = `${source} ${destination}`;
    this.#flows.set(key, { key, sequence, acknowledgment: peer });
  }
}
