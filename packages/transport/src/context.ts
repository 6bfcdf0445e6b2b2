import type { NetworkIndication, NetworkRequest } from '@strata/network';
import type { Allocate, OutcomeLog } from '@strata/wire';
import type { LocalAddresses } from './addresses.ts';
import type { TransportCounters } from './counters.ts';
import type { TransportIndication, TransportRequest } from './pdu.ts';
import type { Shards } from './shards.ts';
import type { TransportSysctl } from './sysctl.ts';

/** The PDUs of transport's outcomes. */
export type TransportPdu =
  | NetworkIndication
  | NetworkRequest
  | TransportIndication
  | TransportRequest;

/** The parts that TCP and UDP share in one transport core, and its outputs. */
export interface TransportContext {
  readonly sysctl: TransportSysctl;
  readonly counters: TransportCounters;
  readonly outcomes: OutcomeLog<TransportPdu>;
  readonly addresses: LocalAddresses;
  /**
   * The secret for initial sequence numbers, port choice and timestamp offsets (RFC 6528 3): 16
   * octets.
   */
  readonly secret: Uint8Array;
  /**
   * When the stack started, on the core's inner clock. Sequence numbers from before are forgotten
   * (RFC 9293 3.4.3).
   */
  readonly startedAtMs: number;
  /**
   * Largest data size of a PDU, octets: limits super-segments. One segment may have up to 65,495
   * octets.
   */
  readonly maxPduOctets: number;
  /** The shards that this core owns. */
  readonly shards: Shards;
  /** A uniform random number in [0, 1), injected. */
  random(): number;
  /** Allocates memory for PDUs to the network layer, injected. The content is unspecified. */
  readonly allocate: Allocate;
  /** Queues a PDU for the network layer. */
  emit(request: NetworkRequest): void;
  /** Queues a PDU for the application. */
  indicate(indication: TransportIndication): void;
}
