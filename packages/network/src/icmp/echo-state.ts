import { Fifo, type IpAddress, type TraceContext } from '@strata/wire';

/** An echo request to send, as `ping` sends it, and `traceroute` by ICMP. */
export interface EchoRequest {
  readonly destination: IpAddress;
  /** Tells the pinging programs apart, 0 to 65,535. */
  readonly identifier: number;
  /** Tells one program's requests apart, 0 to 65,535. */
  readonly sequence: number;
  /** 0 to 65,507 octets, copied. */
  readonly payload: Uint8Array;
  /** 1 to 255. Default `ip_default_ttl`. */
  readonly ttl?: number | undefined;
  /** The TOS octet. Default 0. */
  readonly tos?: number | undefined;
  /** Default false. */
  readonly dontFragment?: boolean | undefined;
  /** One of our addresses. Default: the route decides. */
  readonly source?: IpAddress | undefined;
  /** Default: the route decides. */
  readonly interfaceIndex?: number | undefined;
  readonly trace?: TraceContext | undefined;
}

/**
 * The result of an echo request. There is no event for a lost request or reply: the caller must
 * time out.
 */
export type EchoEvent =
  | {
      readonly kind: 'echo-reply';
      /** The host that answered. */
      readonly source: IpAddress;
      readonly destination: IpAddress;
      readonly identifier: number;
      readonly sequence: number;
      readonly ttl: number;
      /** The payload of the reply; the caller owns it. */
      readonly payload: Uint8Array;
    }
  | {
      readonly kind: 'error';
      /** The address of a router, of the destination, or one of our own. */
      readonly reporter: IpAddress;
      /** ICMP type and code (RFC 792). */
      readonly type: number;
      readonly code: number;
      /** For fragmentation needed: the MTU in octets. Else 0. */
      readonly mtu: number;
      /** Where the request went to. */
      readonly destination: IpAddress;
      readonly identifier: number;
      readonly sequence: number;
    };

/** What is kept of our echo requests. */
export interface EchoState {
  /** The identifiers that receive replies, the one that was used last at the end. */
  readonly identifiers: Set<number>;
  /** Results that wait to be polled. */
  readonly events: Fifo<EchoEvent>;
}

export function createEchoState(): EchoState {
  return { identifiers: new Set(), events: new Fifo() };
}
