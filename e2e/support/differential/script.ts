import type { TcpOptions } from '@strata/wire';

/**
 * A scripted conversation with the TCP under test, the subject. It is the same for Linux and for
 * ours. Some sequence numbers are functions, because they depend on the subject's earlier segments.
 */
export interface Scenario {
  /** Unique: docs/differential.md names it. */
  readonly name: string;
  readonly steps: readonly Step[];
  /**
   * The options of the peer's SYN or SYN,ACK. Default: only MSS 1,460, so that segments have no
   * options.
   */
  readonly offer?: TcpOptions | undefined;
  /** Whether retransmissions by the subject's timers are compared too. Default false. */
  readonly timers?: boolean | undefined;
}

export type Step =
  | { readonly kind: 'inject'; readonly segment: Injected; readonly waitMs: number }
  | { readonly kind: 'ask'; readonly what: Asked; readonly octets: number; readonly waitMs: number }
  | { readonly kind: 'wait'; readonly waitMs: number };

/** An action of the subject's application. */
export type Asked = 'connect' | 'write' | 'shutdown' | 'close' | 'abort' | 'read';

/**
 * What is known of the subject when a segment is made. Sequence numbers are relative to the initial
 * ones: the SYN has 0.
 */
export interface View {
  /** The subject's last acknowledgment number, and the right edge of its announced window. */
  readonly rcvNxt: number;
  readonly edge: number;
  /** The number after all data that the subject has sent. */
  readonly sndNxt: number;
  /** The number after all data that the peer has sent. */
  readonly next: number;
}

/** A fixed number, or one that depends on the subject. */
export type Relative = number | ((view: View) => number);

/** A segment of the peer. */
export interface Injected {
  /** `SYN,ACK`, or `-` for none. */
  readonly flags: string;
  /** Sequence number relative to the peer's ISN. Default: the peer's next one. */
  readonly seq?: Relative | undefined;
  /**
   * Acknowledgment number relative to the subject's ISN. Default: acknowledges all that it has
   * sent.
   */
  readonly ack?: Relative | undefined;
  /** The window field as on the wire, not scaled. Default 65,535. */
  readonly win?: number | undefined;
  /** Octets of data. Each has the value `fill` (default 97). */
  readonly data?: number | undefined;
  readonly fill?: number | undefined;
  readonly urg?: number | undefined;
  /**
   * Options. Agreed timestamps are added automatically. Default for a SYN: the scenario's `offer`.
   */
  readonly options?: TcpOptions | undefined;
  /** Options as hexadecimal octets, in place of all others. */
  readonly raw?: string | undefined;
  /**
   * TSval minus the first TSval. `none`: no timestamps, although they were agreed. Default: one
   * more than the last.
   */
  readonly ts?: number | 'none' | undefined;
  /** TSecr. Default: the subject's last TSval. */
  readonly echo?: number | undefined;
  /** The TOS field of the IPv4 header. Default 0. */
  readonly tos?: number | undefined;
  readonly breaks?: 'checksum' | 'header length' | undefined;
  /** The subject's port, if it is not the conversation's. */
  readonly to?: number | undefined;
}

/**
 * How long a step waits for answers. It is longer than Linux's delayed acknowledgment (40 ms), and
 * retransmissions after 200, 600, 1,400 ms … do not fall between two steps.
 */
export const STEP_MS = 130;

/**
 * Ports of the subject: one whose application reads, one whose application reads only on request,
 * and one without a listener.
 */
export const PORT = 8080;
export const UNREAD_PORT = 8081;
export const CLOSED_PORT = 8089;

export function inject(flags: string, segment: Omit<Injected, 'flags'> = {}): Step {
  return { kind: 'inject', segment: { ...segment, flags }, waitMs: STEP_MS };
}

export function ask(what: Asked, octets = 0): Step {
  return { kind: 'ask', what, octets, waitMs: STEP_MS };
}

export function wait(waitMs: number): Step {
  return { kind: 'wait', waitMs };
}

/** A step as text. */
export function describeStep(step: Step): string {
  if (step.kind === 'wait') return `${step.waitMs} ms pass`;
  if (step.kind === 'ask') {
    return `the application asks: ${step.what}${step.octets > 0 ? ` ${step.octets}` : ''}`;
  }
  const { flags, ...rest } = step.segment;
  const fields = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${textOf(value)}`);
  return [`it gets ${flags}`, ...fields].join(' ');
}

function textOf(value: unknown): string {
  if (typeof value === 'function') return String(value).replace(/^\(?\w*\)?\s*=>\s*/, '');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
