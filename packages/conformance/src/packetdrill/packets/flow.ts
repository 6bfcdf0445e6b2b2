import { TCP_ACK, TCP_SYN } from '@strata/wire';
import type { TcpOption, TcpPacketAction } from '../language/script.ts';

/**
 * Translates between a script's numbers and those on the wire, for one connection. A script's
 * sequence numbers are relative to the initial sequence numbers; its timestamps are relative to the
 * first one sent.
 */
export class Flow {
  readonly localPort: number;
  readonly remotePort: number;
  /** The core's initial sequence number. Undefined before its SYN. */
  #localIsn: number | undefined;
  /** The script's number for it: the sequence number of the expected SYN. */
  #scriptLocalIsn = 0;
  #remoteIsn: number | undefined;
  /** The core's timestamps, by the script's. */
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

  /** Notes a packet that the script's peer is about to send. */
  noteInbound(packet: TcpPacketAction): void {
    if ((packet.flags & TCP_SYN) !== 0) this.#remoteIsn ??= packet.seq;
  }

  /** Notes the number of the core's SYN, and the script's number for it. */
  noteOutboundSyn(scriptSeq: number, actualSeq: number): void {
    this.#localIsn ??= actualSeq;
    this.#scriptLocalIsn = scriptSeq;
  }

  /**
   * The wire's number for a sequence number of the peer. A SYN's number is absolute in the script.
   */
  toRemoteSequence(script: number, flags: number): number {
    return (flags & TCP_SYN) !== 0 ? script : (script + (this.#remoteIsn ?? 0)) >>> 0;
  }

  fromRemoteSequence(actual: number): number {
    return (actual - (this.#remoteIsn ?? 0)) >>> 0;
  }

  /** The wire's number for a sequence number of the core. */
  toLocalSequence(script: number): number {
    return (script + (this.#localIsn ?? 0)) >>> 0;
  }

  fromLocalSequence(actual: number, flags: number): number {
    const relative = actual - (this.#localIsn ?? 0);
    return ((flags & TCP_SYN) !== 0 ? relative + this.#scriptLocalIsn : relative) >>> 0;
  }

  /**
   * The wire's options of a packet of the peer. Undefined if it echoes a timestamp that was never
   * sent.
   */
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

  /** Notes the core's timestamp for a timestamp of the script. */
  noteTimestamp(script: number, actual: number): void {
    this.#timestamps.set(script, actual);
    this.#firstTimestamp ??= { script, actual };
  }

  /** The script's form of an option of the core. */
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
