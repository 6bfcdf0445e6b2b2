/** How viewers see the PDUs that pass (proto/strata/v1/observe.proto). */
import { decodeWith } from './codec/generated.ts';
import { checkRange, malformed, NO_BYTES } from './codec/reader.ts';
import { strata } from './gen/strata.js';
import { SUBJECT_PREFIX } from './subjects.ts';
import { checkToken, isToken } from './token.ts';

/** What a viewer asks of all publishers. */
export interface Watch {
  readonly viewer: string;
  /** How long to remember the viewer, 1 to 600,000; 0: it is leaving. */
  readonly leaseMs: number;
  /** Subjects of channels, without key, at most 256. */
  readonly subjects: readonly string[];
  /** {@link Observed.octets} of the last message that the viewer has handled, by publisher. */
  readonly taken: ReadonlyMap<string, number>;
}

/** What a publisher sends to a viewer. */
export interface Observed {
  readonly publisher: string;
  /** PDUs that have passed on the watched channels since the publisher knows the viewer. */
  readonly passed: number;
  /** Octets of batches that were sent to the viewer, with those of this message. */
  readonly octets: number;
  /** The batch's subject, with key. Empty if there is no batch. */
  readonly subject: string;
  /** The message as it was published; it aliases the bytes that were decoded. */
  readonly batch: Uint8Array;
}

const MAX_LEASE_MS = 600_000;
const MAX_SUBJECTS = 256;
const wireForm = { watch: strata.v1.Watch, observed: strata.v1.Observed };

/** Where viewers tell all publishers what they watch. */
export function watchSubject(): string {
  return `${SUBJECT_PREFIX}.observe`;
}

/** Where publishers send what a viewer watches. */
export function observedSubject(viewer: string): string {
  return `${SUBJECT_PREFIX}.observe.${checkToken('viewer', viewer)}`;
}

/** Throws ContractError (CONTRACT_RANGE) where a value is outside of the contract. */
export function encodeWatch({ viewer, leaseMs, subjects, taken }: Watch): Uint8Array {
  checkRange('lease_ms', leaseMs, 0, MAX_LEASE_MS);
  checkRange('number of subjects', subjects.length, 0, MAX_SUBJECTS);
  const list = [...taken].map(([publisher, octets]) => ({ publisher, octets }));
  return wireForm.watch.encode({ viewer, leaseMs, subjects: [...subjects], taken: list }).finish();
}

/** Throws ContractError where the bytes are no Watch. */
export function decodeWatch(bytes: Uint8Array): Watch {
  const message = decodeWith(wireForm.watch, bytes);
  const viewer = message.viewer ?? '';
  const leaseMs = message.leaseMs ?? 0;
  const subjects = message.subjects ?? [];
  if (!isToken(viewer)) throw malformed('a watch without viewer');
  checkRange('lease_ms', leaseMs, 0, MAX_LEASE_MS);
  checkRange('number of subjects', subjects.length, 0, MAX_SUBJECTS);
  const taken = new Map<string, number>();
  for (const { publisher, octets } of message.taken ?? []) taken.set(publisher ?? '', octets ?? 0);
  return { viewer, leaseMs, subjects, taken };
}

export function encodeObserved(observed: Observed): Uint8Array {
  return wireForm.observed.encode(observed).finish();
}

/** Throws ContractError where the bytes are no Observed. */
export function decodeObserved(bytes: Uint8Array): Observed {
  const message = decodeWith(wireForm.observed, bytes);
  const publisher = message.publisher ?? '';
  if (!isToken(publisher)) throw malformed('an observation without publisher');
  const { passed, octets, subject, batch } = message;
  return {
    publisher,
    passed: passed ?? 0,
    octets: octets ?? 0,
    subject: subject ?? '',
    batch: batch ?? NO_BYTES,
  };
}
