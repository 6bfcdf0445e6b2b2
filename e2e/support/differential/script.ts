import type { TcpOptions } from '@strata/wire';

/**
 * A conversation with a TCP that is looked at, the subject: the same for Linux and for ours. All
 * steps are plain, but for numbers that depend on what came.
 */
export interface Scenario {
  /** Unique: docs/differential.md names it. */
  readonly name: string;
  readonly steps: readonly Step[];
  /**
   * What the peer's SYN offers, or its SYN,ACK. Default: MSS 1,460 alone, so that segments are
   * bare.
   */
  readonly offer?: TcpOptions | undefined;
  /**
   * Whether what the subject sends again of itself, when its timers run out, is compared too.
   * Default false.
   */
  readonly timers?: boolean | undefined;
}

export type Step =
  | { readonly kind: 'inject'; readonly segment: Injected; readonly waitMs: number }
  | { readonly kind: 'ask'; readonly what: Asked; readonly octets: number; readonly waitMs: number }
  | { readonly kind: 'wait'; readonly waitMs: number };

/** What the subject's application does. */
export type Asked = 'connect' | 'write' | 'shutdown' | 'close' | 'abort' | 'read';

/**
 * What is known of the subject when a segment is made; numbers count from the initial ones, the SYN
 * has 0.
 */
export interface View {
  /** What it has acknowledged, and where the window ends that it has announced. */
  readonly rcvNxt: number;
  readonly edge: number;
  /** Behind all that it has sent. */
  readonly sndNxt: number;
  /** Behind all that the peer has sent. */
  readonly next: number;
}

/** A number that stands fast, or one that depends on the subject. */
export type Relative = number | ((view: View) => number);

/** A segment of the peer. */
export interface Injected {
  /** `SYN,ACK`, or `-` for none. */
  readonly flags: string;
  /** From the peer's ISN on. Default: where it stands. */
  readonly seq?: Relative | undefined;
  /** From the subject's ISN on. Default: all that it has sent. */
  readonly ack?: Relative | undefined;
  /** As on the wire. Default 65,535. */
  readonly win?: number | undefined;
  /** Octets of data, of the value `fill` (default 97). */
  readonly data?: number | undefined;
  readonly fill?: number | undefined;
  readonly urg?: number | undefined;
  /** Options; timestamps that were agreed are added of themselves. SYN has the scenario's offer. */
  readonly options?: TcpOptions | undefined;
  /** Options as octets, hexadecimal, in place of all others. */
  readonly raw?: string | undefined;
  /**
   * TSval less the first one; `none`: no timestamps although they were agreed. Default: one more
   * than before.
   */
  readonly ts?: number | 'none' | undefined;
  /** TSecr. Default: the subject's last. */
  readonly echo?: number | undefined;
  /** Of the IPv4 header. Default 0. */
  readonly tos?: number | undefined;
  readonly breaks?: 'checksum' | 'header length' | undefined;
  /** The port of the subject that it goes to, where that is not the conversation's. */
  readonly to?: number | undefined;
}

/**
 * How long answers are waited for: longer than Linux waits with an acknowledgment (40 ms), and such
 * that retransmissions after 200, 600, 1,400 ms … do not fall on the border of two steps.
 */
export const STEP_MS = 130;

/**
 * Ports of the subject: one that reads, one whose application does not read until it is asked, one
 * that nobody listens on.
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

/** A step in words. */
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
