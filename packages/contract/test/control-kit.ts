import type { InterfaceInfo, RouteInfo } from '@strata/contract';
import { ipv4Address, UNSPECIFIED_IPV4 } from '@strata/wire';

/** With the largest values. */
export const INTERFACE: InterfaceInfo = {
  index: 1,
  name: 'strata0',
  kind: 'wire',
  mac: 0xfeffffffffff,
  mtu: 1500,
  up: true,
  addresses: [{ address: ipv4Address(0xc0000202), prefixLength: 24 }],
  counters: { rx_packets: 2 ** 53 - 1, tx_packets: 0, __proto: 1 },
  addressStates: ['duplicate'],
  noArp: true,
  maxMtu: 65_535,
};

export const ROUTE: RouteInfo = {
  destination: { address: UNSPECIFIED_IPV4, prefixLength: 0 },
  gateway: ipv4Address(0xc0000201),
  interfaceIndex: 1,
  metric: 100,
  preferredSource: ipv4Address(0xc0000202),
  type: 'unicast',
  protocol: 4,
  mtu: 1400,
};
