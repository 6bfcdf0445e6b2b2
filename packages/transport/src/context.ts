import type { NetworkIndication, NetworkRequest } from '@strata/network';
import type { Allocate, OutcomeLog } from '@strata/wire';
import type { LocalAddresses } from './addresses.ts';
import type { TransportCounters } from './counters.ts';
import type { TransportIndication, TransportRequest } from './pdu.ts';
import type { Shards } from './shards.ts';
import type { TransportSysctl } from './sysctl.ts';

/** What transport tells outcomes of. */
export type TransportPdu =
  | NetworkIndication
  | NetworkRequest
  | TransportIndication
  | TransportRequest;

/** What TCP and UDP share in one transport core, and the way out of it. */
export interface TransportContext {
  readonly sysctl: TransportSysctl;
  readonly counters: TransportCounters;
  readonly outcomes: OutcomeLog<TransportPdu>;
  readonly addresses: LocalAddresses;
  /**
   * The secret of initial sequence numbers, port choice and timestamp offsets (RFC 6528 3): 16
   * octets.
   */
  readonly secret: Uint8Array;
  /**
   * When the stack began, on the clock of what is inside of a core: memory of earlier sequence
   * numbers is lost since (RFC 9293 3.4.3).
   */
  readonly startedAtMs: number;
  /** Octets of one PDU at most: how large a super-segment may be. 1 segment up to 65,495 octets. */
  readonly maxPduOctets: number;
  /** Which flows are this core's. */
  readonly shards: Shards;
  /** A uniform number in [0, 1), injected. */
  random(): number;
  /** Memory for what goes to network, injected; its content is unspecified. */
  readonly allocate: Allocate;
  /** Queues a PDU for network. */
  emit(request: NetworkRequest): void;
  /** Queues a PDU for the application. */
  indicate(indication: TransportIndication): void;
}
