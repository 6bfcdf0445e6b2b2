/**
 * Ports of services that answer any datagram; two such services would answer each other for ever.
 * Reserved (0), echo, discard, systat, daytime, netstat, qotd, chargen, time, domain, tftp, ntp.
 */
const ANSWERING_PORTS: ReadonlySet<number> = new Set([
  0, 7, 9, 11, 13, 15, 17, 19, 37, 53, 69, 123,
]);

/** Datagrams of one peer that are answered in a row. The next one gets no answer. */
const ANSWERS_IN_A_ROW = 999;

/** Most peers with a count. Beyond it the least recently seen peer is forgotten. */
const MAX_PEERS = 1024;

interface Endpoint {
  /** Dotted decimal. */
  readonly address: string;
  readonly port: number;
}

/**
 * Decides which datagrams the small services answer: echo, chargen, daytime, time. A datagram to a
 * broadcast or group address gets no answer: many hosts would answer one sender, whose address may
 * be forged. ICMP has the same rule (RFC 1122 3.2.2.6, `icmp_echo_ignore_broadcasts`).
 *
 * The guard also ends loops with a peer that answers every answer. A peer on the port of such a
 * service, a well-known one or one of this stack's, gets no answer. An answering peer on another
 * port looks like a client. So each 1,000th datagram of a peer gets no answer. Every datagram in a
 * loop is caused by an answer, so each unanswered datagram removes one from the loop. A forged
 * datagram causes at most 999 answers, if the peer sends one for each. A client loses 0.1% of its
 * datagrams, and none of its first 999.
 *
 * Forgetting peers does not break this: 1,024 other peers would have to send between two datagrams
 * of a loop.
 */
export class AnswerGuard {
  readonly #isOwn: (address: string) => boolean;
  readonly #ports: ReadonlySet<number>;
  /** Answers in a row by peer. The most recently seen peer is last. */
  readonly #answers = new Map<string, number>();
  #unanswered = 0;

  /**
   * @param isOwn whether an address belongs to the stack
   * @param ports where this stack's own services answer datagrams
   */
  constructor(isOwn: (address: string) => boolean, ports: Iterable<number> = []) {
    this.#isOwn = isOwn;
    this.#ports = new Set([...ANSWERING_PORTS, ...ports]);
  }

  /** Datagrams that got no answer. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /**
   * Whether to answer a datagram from `remote` to `local`. Counts the datagram: call it once for
   * each.
   */
  mayAnswer(remote: Endpoint, local: Endpoint): boolean {
    const isService = remote.port === local.port || this.#ports.has(remote.port);
    const answers = !isService && this.#isOwn(local.address) && this.#count(remote);
    if (!answers) this.#unanswered += 1;
    return answers;
  }

  /** Counts a datagram of the peer. False for each 1,000th. */
  #count({ address, port }: Endpoint): boolean {
    const key = `${address}:${port}`;
    const answers = this.#answers.get(key) ?? 0;
    this.#answers.delete(key);
    if (this.#answers.size >= MAX_PEERS) {
      const [oldest] = this.#answers.keys();
      this.#answers.delete(oldest!);
    }
    const isDue = answers >= ANSWERS_IN_A_ROW;
    this.#answers.set(key, isDue ? 0 : answers + 1);
    return !isDue;
  }
}
