import { ETHERNET_HEADER_OCTETS, ETHERTYPE_IPV4, emitEthernetHeader } from '@strata/wire';
import { makePacket, type PacketFields } from './packets.ts';
import { LINKS, macOf, type Places, type Side } from './places.ts';

/** Frames for a router. They are the same for Linux and for ours. */
export interface RouterScenario {
  /** Unique: docs/differential.md names it. */
  readonly name: string;
  /** Knobs below `net.ipv4.` for the time of the scenario. */
  readonly knobs?: Readonly<Record<string, number>> | undefined;
  readonly frames: readonly InjectedFrame[];
  /** How long answers may take that a timer sends. Default: none comes by a timer. */
  readonly waitMs?: number | undefined;
}

/** A frame with a packet that comes to the router. */
export interface InjectedFrame extends PacketFields {
  /** The link that it comes from. Default `left`. */
  readonly side?: Side | undefined;
  /** The destination MAC address. Default: the router's on that link. */
  readonly mac?: number | undefined;
  /** Octets that are missing at the packet's end; negative: so many zeros behind it. */
  readonly cut?: number | undefined;
}

/** A frame as it was injected. */
export interface Sent {
  readonly id: number;
  readonly side: Side;
  readonly packet: Uint8Array;
  readonly frame: Uint8Array;
}

export function makeFrame(injected: InjectedFrame, places: Places): Sent {
  const { side = 'left', cut = 0, id } = injected;
  const whole = makePacket(injected, places);
  const octets = whole.byteLength - cut;
  const frame = new Uint8Array(ETHERNET_HEADER_OCTETS + octets);
  frame.set(whole.subarray(0, Math.min(octets, whole.byteLength)), ETHERNET_HEADER_OCTETS);
  const to = injected.mac ?? LINKS[side].mac;
  emitEthernetHeader(frame, to, macOf(places.address(side)), ETHERTYPE_IPV4);
  return { id, side, packet: frame.slice(ETHERNET_HEADER_OCTETS), frame };
}

/** One packet from the left host to the right one, unless the fields say otherwise. */
export function one(
  name: string,
  fields: Omit<InjectedFrame, 'id'>,
  rest: Omit<RouterScenario, 'name' | 'frames'> = {},
): RouterScenario {
  return { name, frames: [{ id: 0x1234, ...fields }], ...rest };
}

/** A router that runs scenarios. Its answers are texts: see `answerText`. */
export interface Router {
  /** `number`: chooses the addresses: see `Places`. */
  run(scenario: RouterScenario, number: number): Promise<readonly string[]>;
}
