/**
 * Services that answer whatever a datagram holds, so that an echo service and one of them would talk for ever: reserved (0, nobody),
 * echo, discard, systat, daytime, netstat, qotd, chargen, time, domain, tftp, ntp.
 */
const ANSWERING_PORTS: ReadonlySet<number> = new Set([
  0, 7, 9, 11, 13, 15, 17, 19, 37, 53, 69, 123,
]);

/** Datagrams of one peer that are answered between two that are not. */
export const ANSWERS_IN_A_ROW = 999;

/** Peers that are counted at once, the least recently heard of forgotten first. */
const MAX_PEERS = 1024;

interface Endpoint {
  /** Dotted decimal. */
  readonly address: string;
  readonly port: number;
}

/**
 * Says which datagrams the echo service answers. Not what was sent to many: many would answer one, who may have been forged; so it is for ICMP
 * (RFC 1122 3.2.2.6, `icmp_echo_ignore_broadcasts`). And nothing for ever, where the peer answers too:
 *
 * A peer on the service's own port, or on a well-known one that answers anything, has no answer at all. Who sits on another port cannot be
 * told from a client: both may send what they were sent before, as soon as they have it. So each 1,000th datagram of a peer has no answer.
 * All that goes round in a loop comes of an answer, so that one datagram is gone from it with each that is not answered: a forged
 * one brings 999 answers at most, from a peer that sends one for each. A client loses 0.1%, and none of its first 999.
 *
 * That peers are forgotten does not break this: between two datagrams of a loop 1,024 other peers would have to send.
 */
export class EchoGuard {
  readonly #isOwn: (address: string) => boolean;
  /** Answers in a row by peer, the most recently heard of last. */
  readonly #answers = new Map<string, number>();
  #unanswered = 0;

  /** `isOwn`: whether an address is one of the stack's. */
  constructor(isOwn: (address: string) => boolean) {
    this.#isOwn = isOwn;
  }

  /** Datagrams that had no answer. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Whether a datagram from this peer to this address and the service's port is to be answered. To be asked once for each. */
  mayAnswer(remote: Endpoint, local: Endpoint): boolean {
    const isService = remote.port === local.port || ANSWERING_PORTS.has(remote.port);
    const answers = !isService && this.#isOwn(local.address) && this.#count(remote);
    if (!answers) this.#unanswered += 1;
    return answers;
  }

  /** Whether it is not the peer's 1,000th. */
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
