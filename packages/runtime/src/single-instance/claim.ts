/** What the instances of one layer of a stack tell each other. */
import { type Channel, ContractError, checkToken, SUBJECT_PREFIX } from '@strata/contract';

/** An instance that says that it runs. */
export interface Claim {
  /** Identifies this start of the service. No two starts have the same. */
  readonly id: string;
  /** When it started, milliseconds since 1970. */
  readonly startedMs: number;
  /** `draining`: it was told to stop, and takes no new work. */
  readonly state: 'running' | 'draining';
  /** For people: `pid 4711 on host-a`. */
  readonly where: string;
}

/** The largest claim. A larger message is not a claim of ours. */
const MAX_OCTETS = 1024;

/**
 * The channel of a layer's claims: all its instances subscribe. JSON, as in NATS's micro-service
 * convention.
 */
export function claimChannel(stack: string, layer: string): Channel<Claim> {
  return {
    subject: `${SUBJECT_PREFIX}.${checkToken('stack', stack)}.instance.${checkToken('layer', layer)}`,
    keyOf: () => 'claim',
    sizeOf: () => MAX_OCTETS,
    // The latest claim says everything.
    encode: (batch) => encodeClaim(batch.at(-1)!),
    decode: (bytes) => [decodeClaim(bytes)],
  };
}

export function encodeClaim(claim: Claim): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(claim));
}

/** Throws ContractError if the bytes are not a claim. */
export function decodeClaim(bytes: Uint8Array): Claim {
  if (bytes.byteLength > MAX_OCTETS) throw malformed('it is too long');
  let value: Partial<Record<keyof Claim, unknown>> | null;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw malformed('it is no JSON');
  }
  const { id, startedMs, state, where } = value ?? {};
  const isClaim =
    typeof id === 'string' &&
    typeof startedMs === 'number' &&
    typeof where === 'string' &&
    (state === 'running' || state === 'draining');
  if (!isClaim) throw malformed('a field is missing or wrong');
  return { id, startedMs, state, where };
}

function malformed(why: string): ContractError {
  return new ContractError('CONTRACT_DECODE', `not a claim of an instance: ${why}`);
}

/**
 * Whether `own` has to stop for `other` if both run. The one that started later stops: the older
 * one has the connections. All instances reach the same answer.
 */
export function yieldsTo(own: Claim, other: Claim): boolean {
  if (own.startedMs !== other.startedMs) return own.startedMs > other.startedMs;
  return own.id > other.id;
}

/** `pid 4711 on host-a, since 2026-01-01T00:00:00.000Z` */
export function describeClaim({ where, startedMs }: Claim): string {
  const since = new Date(startedMs);
  return Number.isNaN(since.getTime()) ? where : `${where}, since ${since.toISOString()}`;
}
