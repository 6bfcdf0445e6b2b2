import {
  type ControlReply,
  type ControlRequest,
  decodeControlReply,
  decodeControlRequest,
  encodeControlReply,
  encodeControlRequest,
} from '@strata/contract';
import { ipv4Address } from '@strata/wire';
import { INTERFACE, ROUTE } from './control-kit.ts';

const REQUESTS: readonly ControlRequest[] = [
  { kind: 'link-set', interfaceName: 'eth0', changes: {} },
  { kind: 'link-set', interfaceName: 'eth0', changes: { up: false, mtu: 9000, arp: false } },
  { kind: 'link-set', interfaceName: 'eth0', changes: { up: true } },
  ...(['add', 'replace', 'delete'] as const).map((action) => ({
    kind: 'address-change' as const,
    interfaceName: 'eth0',
    action,
    address: { address: ipv4Address(0xc0000202), prefixLength: 24 },
  })),
  { kind: 'interfaces-set', interfaces: [] },
  { kind: 'interfaces-set', interfaces: [INTERFACE] },
  ...(['add', 'append', 'prepend', 'change', 'replace', 'delete'] as const).map((action) => ({
    kind: 'route-change' as const,
    action,
    route: ROUTE,
    isAnyType: action === 'delete',
  })),
  {
    kind: 'route-get',
    destination: ipv4Address(0x01020304),
    source: ipv4Address(0xc0000202),
    interfaceIndex: 2,
  },
];

const REPLIES: readonly ControlReply[] = [
  { kind: 'error', code: 'exists', message: 'it is there', errno: 'EEXIST' },
  { kind: 'done' },
  {
    kind: 'route-answer',
    answer: {
      type: 'multicast',
      gateway: ipv4Address(0xc0000201),
      interfaceIndex: 1,
      source: ipv4Address(0xc0000202),
      mtu: 1400,
      mtuExpiresMs: 599_999,
      isRedirected: true,
    },
  },
];

describe('Changes of interfaces, addresses and routes', () => {
  it.each(REQUESTS.map((request) => [request.kind, request] as const))(
    'are requests that decode to what was encoded: %s',
    (_kind, request) => {
      expect(decodeControlRequest(encodeControlRequest(request))).toEqual(request);
    },
  );

  it.each(REPLIES.map((reply) => [reply.kind, reply] as const))(
    'have replies that decode to what was encoded: %s',
    (_kind, reply) => {
      expect(decodeControlReply(encodeControlReply(reply))).toEqual(reply);
    },
  );
});
