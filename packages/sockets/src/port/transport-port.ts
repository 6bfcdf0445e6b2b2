import type { TransportIndication, TransportRequest } from '@strata/transport';

/**
 * The way to transport and back. It is lossless, and in order for each socket. It is the bus with
 * its session layer, or in tests a core itself.
 */
export interface TransportPort {
  /**
   * Sends requests, in order. Their bytes then belong to transport. Never calls the handler of
   * indications before it returns.
   */
  send(requests: readonly TransportRequest[]): void;
  /**
   * Sets the handler for this endpoint's indications, one batch per call. Called once, before any
   * request is sent.
   */
  onIndications(handler: (indications: readonly TransportIndication[]) => void): void;
  /** Most octets of data in one request. */
  readonly maxPduOctets: number;
  /** Sends waiting requests, and stops. */
  close(): Promise<void>;
}
