import type { AddressType, Ipv4Packet } from '@strata/wire';
import type { Arrival } from './input/arrival.ts';
import type { NetworkErrorIndication } from './pdu.ts';
import type { NetworkOutcome } from './reasons.ts';

/**
 * A protocol above IPv4, as network sees it (Linux's net_protocol). It takes the protocol's
 * packets, and the errors about packets that it sent.
 */
export interface NetworkProtocol {
  /** The protocol number in the IPv4 header, 0 to 255. */
  readonly number: number;
  /**
   * Whether network believes a router's path MTU report only after the protocol has confirmed it
   * (RFC 5927 7.2).
   */
  readonly confirmsPathMtu: boolean;
  /** Whether it checks more of an ICMP error than the ports (Linux's icmp_tag_validation()). */
  readonly verifiesErrors: boolean;
  /** Takes a whole packet for this stack. */
  handle(packet: Ipv4Packet, cast: AddressType, arrival: Arrival, nowMs: number): NetworkOutcome;
  /** Takes an ICMP error about a packet that the stack sent. */
  handleError(error: NetworkErrorIndication): void;
}

/** The protocols above IPv4, by their numbers. */
export class NetworkProtocols {
  readonly #byNumber: (NetworkProtocol | undefined)[] = new Array(256).fill(undefined);

  add(protocol: NetworkProtocol): void {
    this.#byNumber[protocol.number] = protocol;
  }

  get(number: number): NetworkProtocol | undefined {
    return this.#byNumber[number];
  }

  /** Passes an error to the protocol that sent the packet that the error is about. */
  handleError(error: NetworkErrorIndication): void {
    this.#byNumber[error.protocol]?.handleError(error);
  }
}
