/** How viewers get copies of the PDUs that are published (proto/strata/v1/observe.proto). */
import { decodeWith } from './codec/generated.ts';
import { checkRange, malformed, NO_BYTES } from './codec/reader.ts';
import { strata } from './gen/strata.js';
import { SUBJECT_PREFIX } from './subjects.ts';
import { checkToken, isToken } from './token.ts';

/** A viewer's request to all publishers. */
export interface Watch {
  readonly viewer: string;
  /** Milliseconds to remember the viewer, 1 to 600,000. 0: the viewer leaves. */
  readonly leaseMs: number;
  /** Subjects of channels, without the key. At most 256. */
  readonly subjects: readonly string[];
  /** By publisher: {@link Observed.octets} of the last message that the viewer has handled. */
  readonly taken: ReadonlyMap<string, number>;
}

/** A publisher's message to a viewer. */
export interface Observed {
  readonly publisher: string;
  /** PDUs published on the watched channels since the publisher first knew the viewer. */
  readonly passed: number;
  /** Octets of batches sent to the viewer so far, this message included. */
  readonly octets: number;
  /** The batch's subject, with the key. Empty: there is no batch. */
  readonly subject: string;
  /** The message as it was published. It aliases the decoded bytes. */
  readonly batch: Uint8Array;
}

const MAX_LEASE_MS = 600_000;
const MAX_SUBJECTS = 256;
const wireForm = { watch: strata.v1.Watch, observed: strata.v1.Observed };

/** The subject on which viewers tell all publishers what they watch. */
export function watchSubject(): string {
  return `${SUBJECT_PREFIX}.observe`;
}

/** The subject on which publishers send a viewer its copies. */
export function observedSubject(viewer: string): string {
  return `${SUBJECT_PREFIX}.observe.${checkToken('viewer', viewer)}`;
}

/** Throws ContractError (CONTRACT_RANGE) if a value is outside the contract's range. */
export function encodeWatch({ viewer, leaseMs, subjects, taken }: Watch): Uint8Array {
  checkRange('lease_ms', leaseMs, 0, MAX_LEASE_MS);
  checkRange('number of subjects', subjects.length, 0, MAX_SUBJECTS);
  const list = [...taken].map(([publisher, octets]) => ({ publisher, octets }));
  return wireForm.watch.encode({ viewer, leaseMs, subjects: [...subjects], taken: list }).finish();
}

/** Throws ContractError if the bytes are not a Watch. */
export function decodeWatch(bytes: Uint8Array): Watch {
  const message = decodeWith(wireForm.watch, bytes);
  const viewer = message.viewer ?? '';
  const leaseMs = message.leaseMs ?? 0;
  const subjects = message.subjects ?? [];
  if (!isToken(viewer)) throw malformed('a watch without a viewer');
  checkRange('lease_ms', leaseMs, 0, MAX_LEASE_MS);
  checkRange('number of subjects', subjects.length, 0, MAX_SUBJECTS);
  const taken = new Map<string, number>();
  for (const { publisher, octets } of message.taken ?? []) taken.set(publisher ?? '', octets ?? 0);
  return { viewer, leaseMs, subjects, taken };
}

export function encodeObserved(observed: Observed): Uint8Array {
  return wireForm.observed.encode(observed).finish();
}

/** Throws ContractError if the bytes are not an Observed. */
export function decodeObserved(bytes: Uint8Array): Observed {
  const message = decodeWith(wireForm.observed, bytes);
  const publisher = message.publisher ?? '';
  if (!isToken(publisher)) throw malformed('an observation without a publisher');
  const { passed, octets, subject, batch } = message;
  return {
    publisher,
    passed: passed ?? 0,
    octets: octets ?? 0,
    subject: subject ?? '',
    batch: batch ?? NO_BYTES,
  };
}
