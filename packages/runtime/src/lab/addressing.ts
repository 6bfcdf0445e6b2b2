/** Gives a network to each switch and link, and an address to each interface without one. */
import {
  broadcastOf,
  formatIpv4,
  type IpAddress,
  ipv4Address,
  ipv4Bits,
  networkOf,
} from '@strata/wire';
import type { InterfaceAddress } from '../config/fields.ts';
import type { LabCheck, WireEntry } from './context.ts';

/** A wire with its network and the addresses of its stations. */
export interface AddressedWire extends WireEntry {
  readonly network: InterfaceAddress;
  /** By the name of the host or router. */
  readonly addresses: ReadonlyMap<string, InterfaceAddress>;
  /** Of the host of the lab, if the wire has a TAP. */
  readonly tapAddress: InterfaceAddress | undefined;
}

/** 10.0.0.0/16 has 255 networks of this size behind the first. */
const AUTOMATIC_PREFIX_LENGTH = 24;
const MAX_AUTOMATIC = 255;

/** The wires, addressed. Refuses a network that is too small for its stations. */
export function addressWires(check: LabCheck, wires: readonly WireEntry[]): AddressedWire[] {
  const given = wires.map(networkGiven);
  const taken = given.filter((network) => network !== undefined);
  const free = automaticNetworks(taken);
  return wires.map((entry, index) => addressWire(check, entry, given[index] ?? free(entry, check)));
}

/** The network that the file gives, or undefined. */
function networkGiven({ wire }: WireEntry): InterfaceAddress | undefined {
  const { network, ends, tap } = wire;
  if (network !== undefined) return network;
  const addresses = [...Object.values(ends).map(({ address }) => address), tap?.address];
  const first = addresses.find((address) => address !== undefined);
  if (first === undefined) return undefined;
  return { ...first, address: networkOf(first.address, first.prefixLength) };
}

/** Hands out 10.0.1.0/24, 10.0.2.0/24 …, without those that overlap a given network. */
function automaticNetworks(taken: readonly InterfaceAddress[]) {
  let third = 0;
  return ({ path }: WireEntry, check: LabCheck): InterfaceAddress => {
    for (third += 1; third <= MAX_AUTOMATIC; third += 1) {
      const address = ipv4Address(0x0a000000 + third * 256);
      const network = { address, prefixLength: AUTOMATIC_PREFIX_LENGTH };
      if (!taken.some((other) => overlap(other, network))) return network;
    }
    check.refuse([...path, 'network'], 'missing: no network is left in 10.0.0.0/16');
    return { address: ipv4Address(0x0a000000), prefixLength: AUTOMATIC_PREFIX_LENGTH };
  };
}

function overlap(a: InterfaceAddress, b: InterfaceAddress): boolean {
  const shorter = Math.min(a.prefixLength, b.prefixLength);
  return networkOf(a.address, shorter) === networkOf(b.address, shorter);
}

function addressWire(check: LabCheck, entry: WireEntry, network: InterfaceAddress): AddressedWire {
  const { ends, tap } = entry.wire;
  const used = new Set<IpAddress>();
  for (const { address } of [...Object.values(ends), ...(tap === undefined ? [] : [tap])]) {
    if (address !== undefined) used.add(address.address);
  }
  const next = nextAddress(network, used);
  const take = (where: string): InterfaceAddress | undefined => {
    const address = next();
    if (address !== undefined) return { address, prefixLength: network.prefixLength };
    const of = `${formatIpv4(network.address)}/${network.prefixLength}`;
    check.refuse([...entry.path, 'ends', where], `no address is left for it in ${of}`);
    return undefined;
  };
  const addresses = new Map<string, InterfaceAddress>();
  for (const [node, end] of Object.entries(ends)) {
    const address = end.address ?? take(node);
    if (address !== undefined) addresses.set(node, address);
  }
  return {
    ...entry,
    network,
    addresses,
    tapAddress: tap === undefined ? undefined : (tap.address ?? take('tap')),
  };
}

/** Counts up the host addresses of the network, without those that are used. */
function nextAddress({ address, prefixLength }: InterfaceAddress, used: ReadonlySet<IpAddress>) {
  // A /31 network has neither a network's nor a broadcast address (RFC 3021).
  const spared = prefixLength >= 31 ? 0 : 1;
  const last = ipv4Bits(broadcastOf(address, prefixLength)) - spared;
  let bits = ipv4Bits(address) + spared - 1;
  return (): IpAddress | undefined => {
    for (bits += 1; bits <= last; bits += 1) {
      const candidate = ipv4Address(bits);
      if (!used.has(candidate)) return candidate;
    }
    return undefined;
  };
}
