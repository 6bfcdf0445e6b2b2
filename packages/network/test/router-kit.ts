/** A router between three links, and packets through it. All in virtual time. */
import type { LinkPacketIndication } from '@strata/link';
import type { IpAddress } from '@strata/wire';
import type { NetworkConfig, NetworkCore } from '../src/index.ts';
import { fromLink, host, ip, type PacketFields, packet } from './network-kit.ts';

/** On eth0's link. */
export const LEFT = ip('192.0.2.1');
/** On eth1's link. */
export const RIGHT = ip('198.51.100.1');
/** Behind the gateway on eth1's link. */
export const BEYOND = ip('203.0.113.9');
export const GATEWAY = ip('198.51.100.254');
/** The router's own addresses. */
export const ROUTER_LEFT = ip('192.0.2.2');
export const ROUTER_RIGHT = ip('198.51.100.2');

const prefix = (text: string, prefixLength: number) => ({
  destination: ip(text),
  prefixLength,
});

/** eth0 192.0.2.2/24 and eth1 198.51.100.2/24 with MTU 1,500; eth2 10.0.0.2/8 with 576. */
export const ROUTER: NetworkConfig = {
  interfaces: [
    { index: 1, name: 'eth0', mtu: 1500, addresses: [{ address: ROUTER_LEFT, prefixLength: 24 }] },
    { index: 2, name: 'eth1', mtu: 1500, addresses: [{ address: ROUTER_RIGHT, prefixLength: 24 }] },
    { index: 3, name: 'eth2', mtu: 576, addresses: [{ address: ip('10.0.0.2'), prefixLength: 8 }] },
  ],
  routes: [
    { ...prefix('203.0.113.0', 24), via: GATEWAY },
    { ...prefix('203.0.113.64', 26), kind: 'unreachable' },
    { ...prefix('203.0.113.128', 26), kind: 'prohibit' },
    { ...prefix('203.0.113.192', 26), kind: 'blackhole' },
  ],
  sysctl: { ip_forward: 1 },
};

/** On the link with the small MTU. */
export const NARROW = ip('10.0.0.1');

export function router(changes: Partial<NetworkConfig> = {}): NetworkCore {
  const sysctl = { ...ROUTER.sysctl, ...changes.sysctl };
  return host({ ...ROUTER, ...changes, sysctl });
}

/** A UDP packet from LEFT to RIGHT, unless `fields` says otherwise. */
export function transit(fields: PacketFields = {}): Uint8Array {
  return packet({ source: LEFT, destination: RIGHT, protocol: 17, ...fields });
}

/** Hands the router a packet from LEFT's link. Returns the outcome. */
export function take(
  core: NetworkCore,
  bytes: Uint8Array,
  changes: Partial<LinkPacketIndication> = {},
  nowMs = 0,
): string {
  return core.handleIndication(fromLink(bytes, changes), nowMs);
}

/** The packet with the TTL of the next hop: what a router may change in it. */
export function hopped(fields: PacketFields, ttl = 63): Uint8Array {
  return transit({ ...fields, ttl });
}

/** The types of source routes (RFC 791 3.1). */
export const LOOSE = 131;
export const STRICT = 137;
export const octets = (text: string) => text.split('.').map(Number);
/** A source route, padded to a multiple of four octets. `pointer`: 4 is its first hop. */
export const routeOf = (type: number, pointer: number, ...hops: string[]) => {
  const route = hops.flatMap(octets);
  const option = [type, 3 + route.length, pointer, ...route];
  return Uint8Array.from([...option, ...new Array((4 - (option.length % 4)) % 4).fill(0)]);
};

export type { IpAddress };
