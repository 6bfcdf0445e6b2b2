/**
 * The config file's fields, with their defaults and ranges. `check.ts` has the checks across
 * fields.
 */
import { z } from 'zod';
import {
  clampMssField,
  destinationField,
  deviceNameField,
  gatewayField,
  integerField,
  interfaceAddressField,
  listenField,
  macField,
  nameField,
  natsServerField,
  neighbourField,
  peerField,
  portField,
  sourceField,
  stackAddressField,
  switchField,
} from './fields.ts';
import { natSchema } from './parts/nat-schema.ts';
import { impairmentBothWays, impairmentSchema } from './schema/impairment.ts';
import { sysctlField } from './sysctl-field.ts';

const textField = (wanted: string) => z.string({ error: wanted }).min(1, { error: wanted });

/**
 * A TAP device: one end belongs to the stack or the wire, the other end is an interface of the
 * host.
 */
export const tapSchema = z.strictObject({
  /** Name of the host's interface. */
  name: deviceNameField.default('strata0'),
  /**
   * Network namespace of the host's end. A missing namespace is made, and removed at the end.
   * Absent: the service's own namespace.
   */
  netns: nameField.optional(),
  /**
   * IPv4 address of the host's end. A network to which the host already has a route is refused.
   * Absent: none.
   */
  address: interfaceAddressField.optional(),
  /** MAC of the host's end. Absent: the kernel chooses. */
  mac: macField.optional(),
  /** MTU of the host's end, octets. */
  mtu: integerField(68, 65_521, 'octets').default(1500),
  /**
   * Whether super-segments and partial checksums cross the device (virtio-net header, TSO). A TAP
   * on a wire uses the wire's `offload` instead.
   */
  offload: switchField.default(true),
  /**
   * Whether the stack refuses to start without the device. If a device that is not required cannot
   * be opened, one message says so.
   */
  required: switchField.default(true),
});

/**
 * Joins a wire to a wire of another process, by UDP: one Ethernet frame a datagram, without frame
 * check sequence. `strata up` and `strata lab` open it.
 */
export const udpSchema = z.strictObject({
  /** The host's address and UDP port. */
  listen: listenField,
  /** The other process's address and port. Frames from elsewhere are refused. */
  peer: peerField,
});

const wireSchema = z.strictObject({
  /**
   * Whether frames carry a frame check sequence (CRC-32, IEEE 802.3 3.2.9). Absent: only if an
   * impairment corrupts frames.
   */
  fcs: switchField.optional(),
  /** Largest packet, octets. */
  mtu: integerField(68, 65_521, 'octets').default(1500),
  /** Whether super-segments and partial checksums cross the wire whole, if no impairment is set. */
  offload: switchField.default(true),
  /** For the frames that each station sends on the wire. */
  impairment: impairmentSchema.optional(),
  /** Joins the host to the wire as a station. */
  tap: tapSchema.optional(),
  /** Joins a wire of another process to the wire. */
  udp: udpSchema.optional(),
});

/** A neighbour that is set by hand, or an address for which link answers ARP. */
const neighbourSchema = z.strictObject({
  address: neighbourField,
  /** The neighbour is PERMANENT, and never asked for. Either this or `proxy`. */
  mac: macField.optional(),
  /** Link answers ARP requests for the address, as `ip neigh add proxy` has it. */
  proxy: switchField.default(false),
});

const interfaceSchema = z.strictObject({
  /** Default: eth0, eth1 … by place. */
  name: deviceNameField.optional(),
  /** The virtual wire of the interface. Either this or `tap`. */
  wire: nameField.optional(),
  /** The interface's own TAP device: the host is the only other station. */
  tap: tapSchema.optional(),
  /** Default: 02:… made from the stack's and the interface's names. */
  mac: macField.optional(),
  /** Largest packet, octets. Default: the MTU of the wire or TAP. */
  mtu: integerField(68, 65_521, 'octets').optional(),
  addresses: z.array(interfaceAddressField, { error: 'should be a list of addresses' }).default([]),
  /**
   * On a router: lowers the MSS of each SYN and SYN,ACK that is forwarded from or to the interface,
   * to what fits into its MTU (true), or to so many octets. Default false.
   */
  clampMss: clampMssField.default(false),
  /** Neighbours that ARP need not find. */
  neighbours: z.array(neighbourSchema, { error: 'should be a list of neighbours' }).default([]),
  impairment: impairmentBothWays.default({}),
});

const nexthopSchema = z.strictObject({
  /** The gateway. Absent: the destination is on the interface's own wire. */
  via: gatewayField.optional(),
  /** Name of the interface. Default: the one that reaches `via`. */
  interface: deviceNameField.optional(),
  /** Its share of the flows. */
  weight: integerField(1, 256).default(1),
});

const routeSchema = z.strictObject({
  /** `default` or a network, such as 198.51.100.0/24. */
  to: destinationField,
  /** The gateway. Absent: the destination is on the interface's own wire. */
  via: gatewayField.optional(),
  /** Name of the interface. Default: the one that reaches `via`. */
  interface: deviceNameField.optional(),
  /** Several ways, in place of `via` and `interface`: each flow takes one (ECMP). */
  nexthops: z.array(nexthopSchema, { error: 'should be a list of next hops' }).optional(),
  /** The source address for packets whose sender chose none. Default: the interface's. */
  source: sourceField.optional(),
  /** Largest packet on this route, octets. Default: the interface's MTU. */
  mtu: integerField(68, 65_535, 'octets').optional(),
  /** Among routes with equal prefixes the lowest metric wins. */
  metric: integerField(0, 0xffffffff).default(0),
  /**
   * What happens to a packet: `unicast` sends it, `blackhole` drops it silently, `throw` treats it
   * as if no route matched, the others refuse it with ICMP.
   */
  type: z
    .enum(['unicast', 'blackhole', 'unreachable', 'prohibit', 'throw'], {
      error: 'should be unicast, blackhole, unreachable, prohibit or throw',
    })
    .default('unicast'),
});

/** One of the small services of RFC 862 to 868. `udp`: whether it also answers UDP. */
const smallServiceSchema = (port: number) =>
  z.strictObject({ port: portField.default(port), udp: switchField.default(true) }).optional();

export const applicationsSchema = z.strictObject({
  /** Sends back what it receives (RFC 862). */
  echo: smallServiceSchema(7),
  /** Discards all that it receives (RFC 863). */
  discard: smallServiceSchema(9),
  /** Sends characters without end over TCP, and up to 512 for a datagram (RFC 864). */
  chargen: smallServiceSchema(19),
  /** Sends the date and time as text (RFC 867). */
  daytime: smallServiceSchema(13),
  /** Sends the seconds since 1900, in 32 bits (RFC 868). */
  time: smallServiceSchema(37),
  /**
   * Answers messages in a stream, such as `5:hello,`. It shows that TCP keeps no message
   * boundaries.
   */
  messages: z.strictObject({ port: portField.default(7070) }).optional(),
  /** The HTTP server: a page, /files, /bytes/N, /echo, /sha256. */
  http: z
    .strictObject({
      port: portField.default(80),
      /** The folder that /files/ serves. Absent: none. */
      files: textField('should be the path of a folder').optional(),
    })
    .optional(),
});

const stackSchema = z.strictObject({
  interfaces: z.array(interfaceSchema, { error: 'should be a list of interfaces' }).default([]),
  routes: z.array(routeSchema, { error: 'should be a list of routes' }).default([]),
  /** Knobs under their Linux names, `net.ipv4.tcp_syn_retries` and so on. */
  sysctl: sysctlField,
  applications: applicationsSchema.default({}),
  /** Address translation, for a router. Absent: none. */
  nat: natSchema.optional(),
  /**
   * What `strata service link` does with the TAP of this stack's wire. `direct`: the service opens
   * the device as the stack's interface; this is the fastest, and the wire has no other station.
   * `bridge`: the service attaches both the stack and the device to the wire on the bus. `none`:
   * the service attaches the stack to the wire on the bus, without the device. Default: `direct`
   * for the first stack on the wire, `none` for the others. `strata up` always uses the wire.
   */
  serviceTap: z
    .enum(['direct', 'bridge', 'none'], { error: 'should be direct, bridge or none' })
    .optional(),
});

const forwardSchema = z.strictObject({
  /** The host's address and port that programs connect to. */
  listen: listenField,
  /** The stack that opens the connection to `to`. */
  stack: nameField,
  to: stackAddressField,
});

const busSchema = z.strictObject({
  kind: z.enum(['memory', 'nats'], { error: 'should be memory or nats' }).default('memory'),
  /** NATS servers; used if `kind` is nats. */
  servers: z
    .array(natsServerField, { error: 'should be a list of NATS servers' })
    .min(1, { error: 'should name at least one NATS server' })
    .default(['nats://127.0.0.1:4222']),
});

const consoleSchema = z.strictObject({
  listen: listenField.default({ host: '127.0.0.1', port: 7777 }),
});

const healthSchema = z.strictObject({
  /** Where each service answers /healthz and /metrics. Port 0: any free port. */
  listen: listenField.default({ host: '127.0.0.1', port: 0 }),
});

const logSchema = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
      error: 'should be trace, debug, info, warn, error or silent',
    })
    .default('info'),
});

export const configSchema = z.strictObject({
  bus: busSchema.prefault({}),
  wires: z.record(nameField, wireSchema, { error: 'should be wires by name' }),
  stacks: z.record(nameField, stackSchema, { error: 'should be stacks by name' }),
  /** Ports of the host whose connections are forwarded through a stack. */
  forwards: z.array(forwardSchema, { error: 'should be a list of forwards' }),
  console: consoleSchema.prefault({}),
  /** The health server of `strata service`. */
  health: healthSchema.prefault({}),
  log: logSchema.prefault({}),
});

export type Config = z.output<typeof configSchema>;
export type WireConfig = z.output<typeof wireSchema>;
export type UdpConfig = z.output<typeof udpSchema>;
export type TapConfig = z.output<typeof tapSchema>;
export type StackConfig = z.output<typeof stackSchema>;
export type InterfaceConfig = z.output<typeof interfaceSchema>;
export type RouteConfig = z.output<typeof routeSchema>;
export type NexthopConfig = z.output<typeof nexthopSchema>;
export type { ImpairmentConfig } from './schema/impairment.ts';
export type ForwardConfig = z.output<typeof forwardSchema>;
export type ServiceTap = 'direct' | 'bridge' | 'none';
