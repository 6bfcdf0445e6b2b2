import { TCP_ACK, TCP_SYN } from '@strata/wire';
import type { TcpOption, TcpPacketAction } from './script.ts';

/**
 * One connection as a script speaks of it and as it is: the numbers of a script count from the initial sequence numbers, its timestamps
 * from the first that was sent.
 */
export class Flow {
  readonly localPort: number;
  readonly remotePort: number;
  /** The core's initial sequence number; undefined until its SYN was seen. */
  #localIsn: number | undefined;
  /** What the script calls that number: what its SYN has. */
  #scriptLocalIsn = 0;
  #remoteIsn: number | undefined;
  /** The core's timestamp for each of the script's. */
  readonly #timestamps = new Map<number, number>();
  #firstTimestamp: { readonly script: number; readonly actual: number } | undefined;

  constructor(localPort: number, remotePort: number) {
    this.localPort = localPort;
    this.remotePort = remotePort;
  }

  /** The peer's initial sequence number, which the script chooses. */
  get remoteIsn(): number | undefined {
    return this.#remoteIsn;
  }

  /** Notes what the script's peer is about to send. */
  noteInbound(packet: TcpPacketAction): void {
    if ((packet.flags & TCP_SYN) !== 0) this.#remoteIsn ??= packet.seq;
  }

  /** Notes that the core sent a SYN for the one that the script expects. */
  noteOutboundSyn(scriptSeq: number, actualSeq: number): void {
    this.#localIsn ??= actualSeq;
    this.#scriptLocalIsn = scriptSeq;
  }

  /** A sequence number of the peer, as on the wire. That of a SYN is absolute. */
  toRemoteSequence(script: number, flags: number): number {
    return (flags & TCP_SYN) !== 0 ? script : (script + (this.#remoteIsn ?? 0)) >>> 0;
  }

  fromRemoteSequence(actual: number): number {
    return (actual - (this.#remoteIsn ?? 0)) >>> 0;
  }

  /** A sequence number of the core, as on the wire. */
  toLocalSequence(script: number): number {
    return (script + (this.#localIsn ?? 0)) >>> 0;
  }

  fromLocalSequence(actual: number, flags: number): number {
    const relative = actual - (this.#localIsn ?? 0);
    return ((flags & TCP_SYN) !== 0 ? relative + this.#scriptLocalIsn : relative) >>> 0;
  }

  /** The options of the peer's packet, as on the wire; undefined where it echoes what was never sent. */
  toRemoteOptions(packet: TcpPacketAction, scaled: boolean): readonly TcpOption[] | undefined {
    const options: TcpOption[] = [];
    for (const option of packet.options ?? []) {
      if (option.kind === 'sack') {
        const blocks = option.blocks.map(({ left, right }) => ({
          left: this.toLocalSequence(left),
          right: this.toLocalSequence(right),
        }));
        options.push({ kind: 'sack', blocks });
      } else if (option.kind === 'timestamps' && (packet.flags & TCP_ACK) !== 0) {
        const echo = this.#toEcho(option.echo, scaled);
        if (echo === undefined) return undefined;
        options.push({ ...option, echo });
      } else options.push(option);
    }
    return options;
  }

  #toEcho(script: number, scaled: boolean): number | undefined {
    const known = this.#timestamps.get(script);
    if (known !== undefined) return known;
    if (!scaled || this.#firstTimestamp === undefined) return undefined;
    return (script - this.#firstTimestamp.script + this.#firstTimestamp.actual) >>> 0;
  }

  /** Notes which of the script's timestamps stands for the core's. */
  noteTimestamp(script: number, actual: number): void {
    this.#timestamps.set(script, actual);
    this.#firstTimestamp ??= { script, actual };
  }

  /** The core's option as the script would have it. */
  fromLocalOption(option: TcpOption): TcpOption {
    if (option.kind === 'sack') {
      const blocks = option.blocks.map(({ left, right }) => ({
        left: this.fromRemoteSequence(left),
        right: this.fromRemoteSequence(right),
      }));
      return { kind: 'sack', blocks };
    }
    if (option.kind !== 'timestamps' || this.#firstTimestamp === undefined) return option;
    const { script, actual } = this.#firstTimestamp;
    return { ...option, value: (option.value - actual + script) >>> 0 };
  }
}
