/** What the instances of one layer of one stack tell each other. */
import { type Channel, ContractError, checkToken, SUBJECT_PREFIX } from '@strata/contract';

/** An instance that says that it is there. */
export interface Claim {
  /** Of this start of the service; no two are the same. */
  readonly id: string;
  /** When it started, milliseconds since 1970. */
  readonly startedMs: number;
  /** `draining`: it was told to stop, and does not take what is new. */
  readonly state: 'running' | 'draining';
  /** For people: `pid 4711 on host-a`. */
  readonly where: string;
}

/** A claim is this large at most; what is larger is none of ours. */
const MAX_OCTETS = 1024;

/**
 * The claims of the instances of a layer, heard by all of them. JSON, as NATS's micro-service
 * convention has it.
 */
export function claimChannel(stack: string, layer: string): Channel<Claim> {
  return {
    subject: `${SUBJECT_PREFIX}.${checkToken('stack', stack)}.instance.${checkToken('layer', layer)}`,
    keyOf: () => 'claim',
    sizeOf: () => MAX_OCTETS,
    // The latest says all.
    encode: (batch) => encodeClaim(batch.at(-1)!),
    decode: (bytes) => [decodeClaim(bytes)],
  };
}

export function encodeClaim(claim: Claim): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(claim));
}

/** Throws ContractError where the bytes are no claim. */
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
 * Whether `own` has to give way to `other` where both run: the one that started later does, since
 * the older one has the connections. All instances come to the same answer.
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
