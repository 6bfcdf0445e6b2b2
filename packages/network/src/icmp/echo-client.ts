import {
  emitIcmp,
  Fifo,
  HEADROOM_OCTETS,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_OCTETS,
  IcmpMessage,
  type IpAddress,
  type Ipv4Packet,
  isParseError,
  PROTOCOL_ICMP,
  type TraceContext,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { NetworkError } from '../errors.ts';
import { dropOf, type NetworkOutcome } from '../outcomes.ts';
import type { Output } from '../output.ts';
import type { NetworkErrorIndication } from '../pdu.ts';

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

/** This many identifiers receive replies: those that sent requests last. */
const MAX_IDENTIFIERS = 256;
/** Events that wait to be polled. Further ones are dropped and counted. */
const MAX_EVENTS = 1000;

/**
 * Sends echo requests and reports their results (RFC 1122 3.2.2.6: a host should offer this to
 * applications).
 */
export class EchoClient {
  readonly #context: NetworkContext;
  readonly #identifiers = new Set<number>();
  readonly #events = new Fifo<EchoEvent>();

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  /** Sends a request. Throws NetworkError NETWORK_BAD_ECHO where a field is out of range. */
  ping(request: EchoRequest, output: Output, nowMs: number): NetworkOutcome {
    const { identifier, sequence, payload } = request;
    checkRange('identifier', identifier, 0xffff);
    checkRange('sequence', sequence, 0xffff);
    checkRange('payload octets', payload.byteLength, 65507);
    checkRange('ttl', request.ttl ?? 0, 255);
    checkRange('tos', request.tos ?? 0, 255);
    this.#remember(identifier);
    const segment = this.#context.allocate(ICMP_HEADER_OCTETS + payload.byteLength);
    segment.set(payload, ICMP_HEADER_OCTETS);
    emitIcmp(segment, ICMP_ECHO_REQUEST, 0, identifier, sequence);
    this.#context.counters.IcmpOutMsgs += 1;
    this.#context.counters.IcmpOutEchos += 1;
    return output.send(
      {
        kind: 'send',
        source: request.source ?? UNSPECIFIED_IPV4,
        destination: request.destination,
        protocol: PROTOCOL_ICMP,
        ttl: request.ttl ?? 0,
        tos: request.tos ?? 0,
        dontFragment: request.dontFragment ?? false,
        interfaceIndex: request.interfaceIndex ?? 0,
        segment,
        headroomOctets: HEADROOM_OCTETS,
        segmentSize: 0,
        checksum: 'complete',
        trace: request.trace,
      },
      nowMs,
    );
  }

  /** Handles a reply. False where none of our requests has its identifier. */
  handleReply(packet: Ipv4Packet, message: IcmpMessage): boolean {
    const { identifier, sequence, payload } = message;
    if (!this.#identifiers.has(identifier)) return false;
    const { source, destination, ttl } = packet;
    const kind = 'echo-reply';
    this.#push({ kind, source, destination, identifier, sequence, ttl, payload });
    return true;
  }

  /** Handles an error that quotes an ICMP message of ours. */
  handleError(error: NetworkErrorIndication): void {
    const message = IcmpMessage.parse(error.quoted);
    if (isParseError(message) || message.type !== ICMP_ECHO_REQUEST) return;
    const { identifier, sequence } = message;
    if (!this.#identifiers.has(identifier)) return;
    const { reporter, type, code, mtu, destination } = error;
    this.#push({ kind: 'error', reporter, type, code, mtu, destination, identifier, sequence });
  }

  poll(): EchoEvent | undefined {
    return this.#events.shift();
  }

  #push(event: EchoEvent): void {
    if (this.#events.size < MAX_EVENTS) this.#events.push(event);
    else dropOf(this.#context, undefined, 'strata/ECHO_EVENTS_FULL');
  }

  #remember(identifier: number): void {
    this.#identifiers.delete(identifier);
    if (this.#identifiers.size >= MAX_IDENTIFIERS) {
      const [oldest] = this.#identifiers;
      this.#identifiers.delete(oldest!);
    }
    this.#identifiers.add(identifier);
  }
}

function checkRange(field: string, value: number, largest: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= largest) return;
  throw new NetworkError('NETWORK_BAD_ECHO', `echo: ${field} ${value} must be 0 to ${largest}`);
}
