import {
  NO_OPERATION,
  ROUTER_ALERT,
  raw,
  recordRoute,
  several,
  sourceRoute,
  timestamp,
} from './options.ts';
import { echo, type Made, udp } from './packets.ts';
import { type InjectedFrame, one, type RouterScenario } from './scenario.ts';

/** A packet with options. */
function withOptions(
  name: string,
  options: Made,
  fields: Omit<InjectedFrame, 'id' | 'options'> = {},
  knobs: Readonly<Record<string, number>> = {},
): RouterScenario {
  return one(name, { options, ...fields }, { knobs });
}

const RECORDING: readonly RouterScenario[] = [
  withOptions('record route, empty', recordRoute(3)),
  withOptions('record route, one entry', recordRoute(3, ['left'])),
  withOptions('record route, full', recordRoute(2, ['left', 'beyond'])),
  withOptions('record route without room', raw(7, 3, 4)),
  withOptions('record route with nine entries of room', recordRoute(9)),
  withOptions('record route through a gateway', recordRoute(3), { to: 'beyond' }),
  withOptions('record route from right to left', recordRoute(3), {
    side: 'right',
    from: 'right',
    to: 'left',
  }),
  withOptions('record route behind no-operation', several(NO_OPERATION, recordRoute(2))),
  withOptions('record route with TTL 1', recordRoute(3, ['beyond']), { ttl: 1 }),
  withOptions('record route without a route', recordRoute(3), { to: 'nowhere' }),
  withOptions('record route and DF, too large', recordRoute(3), { df: true, payload: udp(1400) }),
  withOptions('record route, in fragments', recordRoute(3), { payload: udp(1400) }),
  withOptions('record route in an echo to the router', recordRoute(3), {
    to: 'router.left',
    payload: echo(),
  }),
  withOptions('timestamp, times only', timestamp(0, 3)),
  withOptions('timestamp, times only, full', timestamp(0, 1, { pointer: 9 })),
  withOptions('timestamp, full, 14 overflows', timestamp(0, 1, { pointer: 9, overflow: 14 })),
  withOptions('timestamp, full, 15 overflows', timestamp(0, 1, { pointer: 9, overflow: 15 })),
  withOptions('timestamp with addresses', timestamp(1, 3)),
  withOptions('timestamp with addresses, full', timestamp(1, 1, { pointer: 13 })),
  withOptions(
    'timestamp of the router’s address',
    timestamp(3, 2, { addresses: ['router.right', 'right'] }),
  ),
  withOptions(
    'timestamp of the router’s incoming address',
    timestamp(3, 2, { addresses: ['router.left', 'right'] }),
  ),
  withOptions('timestamp of another address', timestamp(3, 2, { addresses: ['right', 'beyond'] })),
  withOptions('timestamp of an address, full', timestamp(3, 1, { pointer: 13, overflow: 15 })),
  withOptions('timestamp with an unknown flag', timestamp(2, 2)),
  withOptions('timestamp with TTL 1', timestamp(1, 2), { ttl: 1 }),
  withOptions('timestamp, in fragments', timestamp(1, 2), { payload: udp(1400) }),
  withOptions('record route and timestamp', several(recordRoute(2), timestamp(0, 2))),
];

const OTHERS: readonly RouterScenario[] = [
  withOptions('router alert', ROUTER_ALERT),
  withOptions('router alert, in fragments', ROUTER_ALERT, { payload: udp(1400) }),
  withOptions('router alert with a value', raw(148, 4, 0, 5)),
  withOptions('no-operation only', several(NO_OPERATION, NO_OPERATION, NO_OPERATION)),
  withOptions('end of list, then octets', raw(0, 7, 7, 7)),
  withOptions('an unknown option', raw(94, 4, 1, 2)),
  withOptions('an unknown option that is copied, in fragments', raw(222, 4, 1, 2), {
    payload: udp(1400),
  }),
  withOptions('an unknown option that is not copied, in fragments', raw(94, 4, 1, 2), {
    payload: udp(1400),
  }),
  withOptions(
    'options that are copied and others, in fragments',
    several(recordRoute(1), ROUTER_ALERT, raw(222, 3, 1)),
    { payload: udp(2400) },
  ),
  withOptions('security (RFC 1108)', raw(130, 11, 0xab, 0, 0, 0, 0, 0, 0, 0, 0)),
  withOptions('stream identifier', raw(136, 4, 0, 9)),
];

const MALFORMED: readonly RouterScenario[] = [
  withOptions('an option of length 0', raw(7, 0, 4, 0)),
  withOptions('an option of length 1', raw(7, 1, 4, 0)),
  withOptions('an option beyond the header', raw(7, 12, 4, 0)),
  withOptions('an option without a length', raw(1, 1, 1, 94)),
  withOptions('an unknown option of length 0', raw(94, 0, 0, 0)),
  withOptions('record route of length 2', raw(7, 2, 0, 0)),
  withOptions('record route with pointer 3', raw(7, 7, 3, 0, 0, 0, 0)),
  withOptions('record route with pointer 5', raw(7, 7, 5, 0, 0, 0, 0)),
  withOptions('record route twice', several(recordRoute(1), recordRoute(1))),
  withOptions('timestamp of length 3', raw(68, 3, 5, 0)),
  withOptions('timestamp of length 4', raw(68, 4, 5, 0)),
  withOptions('timestamp with pointer 4', raw(68, 8, 4, 0, 0, 0, 0, 0)),
  withOptions('timestamp with pointer 6', raw(68, 8, 6, 0, 0, 0, 0, 0)),
  withOptions('timestamp twice', several(timestamp(0, 1), timestamp(0, 1))),
  withOptions('timestamp with addresses and room for half', raw(68, 8, 5, 1, 0, 0, 0, 0)),
  withOptions('router alert of length 3', raw(148, 3, 0, 0)),
  withOptions('router alert twice', several(ROUTER_ALERT, ROUTER_ALERT)),
  withOptions('a malformed option with TTL 1', raw(7, 12, 4, 0), { ttl: 1 }),
  withOptions('a malformed option without a route', raw(7, 12, 4, 0), { to: 'nowhere' }),
  withOptions('a malformed option in an ICMP error', raw(7, 12, 4, 0), {
    payload: { protocol: 1, make: () => Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0) },
  }),
  withOptions('record route beyond its own length', raw(7, 7, 12, 0, 0, 0, 0)),
  withOptions('a malformed option in a later fragment', raw(7, 12, 4, 0), { offset: 64 }),
];

const ON = { 'conf.all.accept_source_route': 1 };
const VIA_ROUTER = { to: 'router.left' };

const SOURCE_ROUTES: readonly RouterScenario[] = (['loose', 'strict'] as const).flatMap((kind) => [
  withOptions(`${kind} source route, refused`, sourceRoute(kind, ['right']), VIA_ROUTER),
  withOptions(`${kind} source route in transit, refused`, sourceRoute(kind, ['beyond'])),
  withOptions(`${kind} source route`, sourceRoute(kind, ['right']), VIA_ROUTER, ON),
  withOptions(
    `${kind} source route of three`,
    sourceRoute(kind, ['right', 'far', 'beyond']),
    VIA_ROUTER,
    ON,
  ),
  withOptions(`${kind} source route in transit`, sourceRoute(kind, ['beyond']), {}, ON),
  withOptions(
    `${kind} source route to a host behind a gateway`,
    sourceRoute(kind, ['beyond']),
    VIA_ROUTER,
    ON,
  ),
  withOptions(`${kind} source route back to its link`, sourceRoute(kind, ['near']), VIA_ROUTER, ON),
  withOptions(
    `${kind} source route through the router’s other address`,
    sourceRoute(kind, ['router.right', 'right']),
    VIA_ROUTER,
    ON,
  ),
  withOptions(`${kind} source route to no route`, sourceRoute(kind, ['nowhere']), VIA_ROUTER, ON),
  withOptions(
    `${kind} source route to an unreachable host`,
    sourceRoute(kind, ['unreachable']),
    VIA_ROUTER,
    ON,
  ),
  withOptions(
    `${kind} source route to a broadcast`,
    sourceRoute(kind, ['broadcast.right']),
    VIA_ROUTER,
    ON,
  ),
  withOptions(`${kind} source route to a group`, sourceRoute(kind, ['224.0.0.9']), VIA_ROUTER, ON),
  withOptions(
    `${kind} source route with TTL 1`,
    sourceRoute(kind, ['right']),
    { ...VIA_ROUTER, ttl: 1 },
    ON,
  ),
  withOptions(
    `${kind} source route, too large and DF`,
    sourceRoute(kind, ['right']),
    { ...VIA_ROUTER, df: true, payload: udp(1400) },
    ON,
  ),
  withOptions(
    `${kind} source route, in fragments`,
    sourceRoute(kind, ['right']),
    { ...VIA_ROUTER, payload: udp(1400) },
    ON,
  ),
  withOptions(
    `${kind} source route and record route`,
    several(sourceRoute(kind, ['right']), recordRoute(2)),
    VIA_ROUTER,
    ON,
  ),
  withOptions(
    `${kind} source route that ends here, echo`,
    sourceRoute(kind, ['beyond'], 1),
    { ...VIA_ROUTER, payload: echo() },
    ON,
  ),
  withOptions(
    `${kind} source route of three that ends here, echo`,
    sourceRoute(kind, ['far', 'right', 'beyond'], 3),
    { ...VIA_ROUTER, payload: echo() },
    ON,
  ),
  withOptions(
    `${kind} source route with the sender in front, echo`,
    sourceRoute(kind, ['left', 'beyond'], 2),
    { ...VIA_ROUTER, payload: echo() },
    ON,
  ),
  withOptions(
    `${kind} source route and record route, echo`,
    several(sourceRoute(kind, ['beyond'], 1), recordRoute(4)),
    { ...VIA_ROUTER, payload: echo() },
    ON,
  ),
  withOptions(
    `${kind} source route with two hops passed, too large and DF`,
    sourceRoute(kind, ['far', 'beyond', 'right'], 2),
    { ...VIA_ROUTER, df: true, payload: udp(1400) },
    ON,
  ),
  withOptions(
    `${kind} source route with one hop passed, to no route`,
    sourceRoute(kind, ['beyond', 'nowhere'], 1),
    VIA_ROUTER,
    ON,
  ),
  withOptions(
    `${kind} source route with one hop passed, TTL 1`,
    sourceRoute(kind, ['beyond', 'right'], 1),
    { ...VIA_ROUTER, ttl: 1 },
    ON,
  ),
  withOptions(
    `${kind} source route with pointer 3`,
    raw(kind === 'loose' ? 131 : 137, 7, 3, 10, 2, 0, 2),
    VIA_ROUTER,
    ON,
  ),
  withOptions(
    `${kind} source route with pointer 5`,
    raw(kind === 'loose' ? 131 : 137, 7, 5, 10, 2, 0, 2),
    VIA_ROUTER,
    ON,
  ),
  withOptions(
    `${kind} source route of length 2`,
    raw(kind === 'loose' ? 131 : 137, 2, 0, 0),
    VIA_ROUTER,
    ON,
  ),
  withOptions(
    `${kind} source route twice`,
    several(sourceRoute(kind, ['right']), sourceRoute(kind, ['right'])),
    VIA_ROUTER,
    ON,
  ),
]);

export const OPTIONS = [...RECORDING, ...OTHERS, ...MALFORMED, ...SOURCE_ROUTES];
