import {
  describeFrame,
  describePacket,
  describeSegment,
  formatIpv4,
  type IpAddress,
  ipv4Address,
  UNSPECIFIED_IPV4,
} from '@strata/wire';

/**
 * Thrown if a PDU differs from what a test expects. The message names the header, the field and
 * both values, and describes the whole PDU.
 */
export class PduCheckError extends Error {
  override readonly name = 'PduCheckError';
  readonly code = 'PDU_CHECK';
}

/** What inner checkers need from outer headers. */
export interface CheckContext {
  /** Addresses of the IPv4 header, for pseudo-headers. */
  source: IpAddress;
  destination: IpAddress;
}

/**
 * Checks one header at the start of `bytes`, and returns its payload. Ends with {@link mismatch} if
 * a field differs.
 */
export type Checker = (bytes: Uint8Array, context: CheckContext) => Uint8Array;

/** The expected value of a field, or a test of its value. */
export type Expected<Value> = Value | ((value: Value) => boolean);

/**
 * Checks an Ethernet frame, header by header: `checkFrame(frame, ethernet({…}), ipv4Address({…}),
 * tcp({…}), payload('…'))`.
 */
export function checkFrame(frame: Uint8Array, ...checkers: Checker[]): void {
  run(frame, { source: UNSPECIFIED_IPV4, destination: UNSPECIFIED_IPV4 }, checkers, describeFrame);
}

/** Checks an IPv4 packet: `checkPacket(packet, ipv4Address({…}), icmp({…}))`. */
export function checkPacket(packet: Uint8Array, ...checkers: Checker[]): void {
  run(
    packet,
    { source: UNSPECIFIED_IPV4, destination: UNSPECIFIED_IPV4 },
    checkers,
    describePacket,
  );
}

/** Checks a transport PDU without an IPv4 header, between these addresses. */
export function checkSegment(
  segment: Uint8Array,
  between: {
    readonly source: IpAddress;
    readonly destination: IpAddress;
    readonly protocol: number;
  },
  ...checkers: Checker[]
): void {
  const { source, destination, protocol } = between;
  run(segment, { source, destination }, checkers, (bytes) =>
    describeSegment(protocol, bytes, source, destination),
  );
}

function run(
  bytes: Uint8Array,
  context: CheckContext,
  checkers: readonly Checker[],
  describe: (bytes: Uint8Array) => string,
): void {
  let rest = bytes;
  for (const check of checkers) {
    try {
      rest = check(rest, context);
    } catch (thrown) {
      if (!(thrown instanceof Mismatch)) throw thrown;
      throw new PduCheckError(`${thrown.message}\n  in: ${describe(bytes)}`);
    }
  }
}

class Mismatch extends Error {}

/** Ends the check. */
export function mismatch(message: string): never {
  throw new Mismatch(message);
}

/** Compares the expected fields with those of the view. */
export function compareFields<View extends object, Name extends keyof View & string>(
  header: string,
  view: View,
  expected: { readonly [Key in Name]?: Expected<View[Key]> | undefined },
): void {
  for (const name of Object.keys(expected) as Name[]) {
    const wanted = expected[name] as Expected<View[Name]> | undefined;
    if (wanted === undefined) continue;
    const actual = view[name];
    if (typeof wanted === 'function') {
      const isRight = (wanted as (value: View[Name]) => boolean)(actual);
      if (!isRight) mismatch(`${header}.${name} is ${show(name, actual)}, which will not do`);
    } else if (!isSame(actual, wanted)) {
      mismatch(`${header}.${name} is ${show(name, actual)}, not ${show(name, wanted)}`);
    }
  }
}

function isSame(actual: unknown, wanted: unknown): boolean {
  if (typeof actual !== 'object' || typeof wanted !== 'object') return actual === wanted;
  return JSON.stringify(normal(actual)) === JSON.stringify(normal(wanted));
}

/** Objects with their keys in order, so that they compare by value. */
function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, normal(one)]),
  );
}

function show(name: string, value: unknown): string {
  if (typeof value !== 'number') return JSON.stringify(normal(value));
  if (/mac/i.test(name)) return `0x${value.toString(16).padStart(12, '0')}`;
  if (name === 'flags') return `0x${value.toString(16)}`;
  if (/^source$|^destination$|address$/i.test(name))
    return value > 0xffffffff ? `0x${value.toString(16)}` : formatIpv4(ipv4Address(value));
  return String(value);
}
