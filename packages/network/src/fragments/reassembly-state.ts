import type { AddressType, ChecksumState, IpAddress, TraceContext } from '@strata/wire';
import type { FragmentList } from './fragment-list.ts';

/** A datagram that waits for fragments. */
export interface Waiting {
  readonly key: string;
  readonly source: IpAddress;
  readonly startedAtMs: number;
  readonly fragments: FragmentList;
  readonly interfaceIndex: number;
  /**
   * A copy of the packet's start in the first fragment, header and at least 8 octets, for the error
   * after a timeout.
   */
  first: Uint8Array | undefined;
  firstHeaderOctets: number;
  cast: AddressType;
  checksum: ChecksumState;
  trace: TraceContext | undefined;
  /** The codepoints seen, as bits. */
  ecn: number;
  /** The source's count of fragments when this datagram's last one came. */
  sourceCount: number;
}

/** A source of fragments, while one of its datagrams waits. */
export interface Source {
  waiting: number;
  count: number;
}

/** The datagrams that wait for fragments. */
export interface ReassemblyState {
  /** In the order of their deadlines. */
  readonly waiting: Map<string, Waiting>;
  readonly sources: Map<IpAddress, Source>;
  /** Octets of memory that fragments and their bookkeeping take. */
  memoryOctets: number;
}

export function createReassemblyState(): ReassemblyState {
  return { waiting: new Map(), sources: new Map(), memoryOctets: 0 };
}
