/** Helpers of the bus suite. */

import type { Bus } from '@strata/bus';
import { type SessionPdu, transportIndicationChannel } from '@strata/contract';
import type { TransportIndication } from '@strata/transport';
import { ipv4Address } from '@strata/wire';
import { until } from '../until.ts';

/** The bus under test. */
export interface BusHarness {
  /** The two ends of one bus. In one process they may be the same. */
  readonly sender: Bus;
  readonly receiver: Bus;
  /** Whether PDUs are encoded as messages, which may be malformed. */
  readonly encodes: boolean;
  /** Closes both ends; the test may have closed them already. */
  dispose(): Promise<void>;
}

export type Pdu = SessionPdu<TransportIndication>;

/** A channel whose keys are endpoints, so that a test can choose them. */
export const channel = transportIndicationChannel('conformance');

/** The `number`th PDU of a key, with `octets` of data. */
export function pdu(key: string, number: number, octets = 1): Pdu {
  const address = { address: ipv4Address(0xc0000201), port: 7 };
  return {
    socket: 1,
    endpoint: key,
    sequence: number,
    acknowledge: 0,
    body: {
      kind: 'datagram',
      socket: 1,
      endpoint: key,
      local: address,
      remote: address,
      ttl: 64,
      data: new Uint8Array(octets).fill(number),
    },
  };
}

export function pdus(key: string, count: number, octets = 1): Pdu[] {
  return Array.from({ length: count }, (_, index) => pdu(key, index + 1, octets));
}

const numbers = (batch: readonly Pdu[]) => batch.map(({ sequence }) => sequence);
/** 1 to `count`. */
export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Collects the received batches. */
export class Sink {
  readonly batches: { key: string; numbers: number[] }[] = [];
  readonly handler = (batch: Pdu[], key: string): void => {
    this.batches.push({ key, numbers: numbers(batch) });
  };

  of(key: string): number[] {
    return this.batches.filter((batch) => batch.key === key).flatMap((batch) => batch.numbers);
  }

  get count(): number {
    return this.batches.reduce((sum, batch) => sum + batch.numbers.length, 0);
  }

  came(count: number): Promise<void> {
    return until(`${count} PDUs`, () => this.count >= count);
  }
}
