import type { TransportIndication, TransportRequest } from '@strata/transport';

/**
 * The way to transport and back, loss-free and in order for each socket: the bus with its session
 * layer, or a core directly in tests.
 */
export interface TransportPort {
  /**
   * Sends requests, in order; the bytes in them are transport's from here on. Never calls back
   * before it returns.
   */
  send(requests: readonly TransportRequest[]): void;
  /**
   * Sets who hears the indications that are for this endpoint, a batch at a time. Called once,
   * before anything is sent.
   */
  onIndications(handler: (indications: readonly TransportIndication[]) => void): void;
  /** Octets of data in one request at most. */
  readonly maxPduOctets: number;
  /** Sends what waits and stops. */
  close(): Promise<void>;
}
