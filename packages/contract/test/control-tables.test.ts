import {
  type ControlReply,
  type ControlRequest,
  decodeControlReply,
  decodeControlRequest,
  encodeControlReply,
  encodeControlRequest,
  type RouteInfo,
} from '@strata/contract';
import { ipv4Address, UNSPECIFIED_IPV4 } from '@strata/wire';

const ROUTE: RouteInfo = {
  destination: { address: UNSPECIFIED_IPV4, prefixLength: 0 },
  gateway: ipv4Address(0xc0000201),
  interfaceIndex: 1,
  metric: 100,
  preferredSource: ipv4Address(0xc0000202),
  type: 'unicast',
  protocol: 4,
  mtu: 1400,
};

const REQUESTS: readonly ControlRequest[] = [
  {
    kind: 'neighbour-set',
    interfaceName: 'eth0',
    address: ipv4Address(0xc0000209),
    mac: 0x020000000009,
    state: 'noarp',
    mode: 'add',
    proxy: false,
  },
  {
    kind: 'neighbour-set',
    interfaceName: 'eth0',
    address: ipv4Address(0xc0000209),
    mac: undefined,
    state: 'incomplete',
    mode: 'replace',
    proxy: true,
  },
  {
    kind: 'neighbour-delete',
    interfaceName: 'eth0',
    address: ipv4Address(0xc0000209),
    proxy: true,
  },
  { kind: 'neighbours-flush', interfaceName: '', states: [], destination: undefined },
  {
    kind: 'neighbours-flush',
    interfaceName: 'eth0',
    states: ['permanent', 'stale'],
    destination: { address: ipv4Address(0xc0000200), prefixLength: 24 },
  },
  { kind: 'routes-notice', routes: [] },
  { kind: 'routes-notice', routes: [ROUTE], forwardingInterfaces: [1, 2] },
];

const AGES = { ageMs: 10, usedAgeMs: 20, updatedAgeMs: 0, probes: 3 };

const REPLIES: readonly ControlReply[] = [
  {
    kind: 'neighbours',
    neighbours: [
      {
        interfaceIndex: 1,
        address: ipv4Address(1),
        mac: 0,
        state: 'permanent',
        ...AGES,
        proxy: false,
      },
      {
        interfaceIndex: 1,
        address: ipv4Address(2),
        mac: undefined,
        state: 'incomplete',
        ...AGES,
        proxy: true,
      },
    ],
  },
  {
    kind: 'routes',
    routes: [
      ROUTE,
      {
        destination: { address: ipv4Address(0x0a000000), prefixLength: 8 },
        gateway: UNSPECIFIED_IPV4,
        interfaceIndex: 0,
        metric: 0,
        preferredSource: UNSPECIFIED_IPV4,
        type: 'prohibit',
        protocol: 0,
        mtu: 0,
      },
      {
        ...ROUTE,
        nexthops: [
          { gateway: ipv4Address(0xc0000201), interfaceIndex: 1, weight: 2 },
          { gateway: UNSPECIFIED_IPV4, interfaceIndex: 2, weight: 256 },
        ],
      },
    ],
  },
  { kind: 'routes', routes: [], forwardingInterfaces: [1, 2] },
];

describe('Control of neighbours and routes', () => {
  it.each(REQUESTS)('carries the request $kind', (request) => {
    expect(decodeControlRequest(encodeControlRequest(request))).toEqual(request);
  });

  it.each(REPLIES)('carries the reply $kind', (reply) => {
    expect(decodeControlReply(encodeControlReply(reply))).toEqual(reply);
  });
});
