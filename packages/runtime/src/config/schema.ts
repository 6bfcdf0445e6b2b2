/** The config file's fields, with their defaults and ranges. `check.ts` holds what concerns several fields at once. */
import { z } from 'zod';
import {
  destinationField,
  deviceNameField,
  gatewayField,
  integerField,
  interfaceAddressField,
  listenField,
  macField,
  nameField,
  natsServerField,
  numberField,
  portField,
  stackAddressField,
  switchField,
} from './fields.ts';
import { sysctlField } from './sysctl.ts';

const textField = (wanted: string) => z.string({ error: wanted }).min(1, { error: wanted });

/** What goes wrong on a wire in one direction. All default to nothing. */
export const impairmentSchema = z.strictObject({
  /** Share of the frames that are lost, 0 to 1. */
  lossRatio: numberField(0, 1).default(0),
  /** Delay of each frame, milliseconds. */
  delayMs: numberField(0, 60_000, 'milliseconds').default(0),
  /** Random part of the delay: uniform in plus or minus so many milliseconds. */
  jitterMs: numberField(0, 60_000, 'milliseconds').default(0),
  /** Share of the frames that arrive twice, 0 to 1. */
  duplicateRatio: numberField(0, 1).default(0),
  /** Share of the frames that overtake the ones before them, 0 to 1. */
  reorderRatio: numberField(0, 1).default(0),
  /** Share of the frames in which one bit flips, 0 to 1. */
  corruptRatio: numberField(0, 1).default(0),
  /** Share of the frames whose packet is marked as by a congested router, where it allows (ECN, RFC 3168), 0 to 1. */
  ceMarkRatio: numberField(0, 1).default(0),
  /** Only every so manyeth frame may overtake. */
  reorderGap: integerField(1, 1_000_000).default(1),
  /** Frames that wait for their delay or the rate at most; more are dropped. */
  limitFrames: integerField(1, 1_000_000, 'frames').default(1000),
  /** Rate of the wire, bits in a second; 0: unlimited. */
  rateBitsPerSecond: numberField(0, 1e12, 'bits per second').default(0),
  /** Seed of the chances: the same seed and frames give the same outcome. Absent: a new one at each start. */
  seed: integerField(0, 0xffffffff).optional(),
});

const impairmentBothWays = z.strictObject({
  /** Of frames that come from the wire. */
  in: impairmentSchema.optional(),
  /** Of frames that go to the wire. */
  out: impairmentSchema.optional(),
});

/** A TAP device: one end is the stack's or the wire's, the other an interface of the host's. */
const tapSchema = z.strictObject({
  /** Name of the host's interface. */
  name: deviceNameField.default('strata0'),
  /** Network namespace that the host's end goes to, made where missing and then removed at the end. Absent: the service's own. */
  netns: nameField.optional(),
  /** IPv4 address of the host's end; a network that the host has a route to already is refused. Absent: none. */
  address: interfaceAddressField.optional(),
  /** MAC of the host's end. Absent: the kernel chooses. */
  mac: macField.optional(),
  /** MTU of the host's end, octets. */
  mtu: integerField(68, 65_521, 'octets').default(1500),
  /** Whether super-segments and partial checksums cross the device (virtio-net header, TSO). On a wire that of the wire counts. */
  offload: switchField.default(true),
  /** Whether the stack may not start without it. A device that is not required and cannot be opened is told of, once. */
  required: switchField.default(true),
});

const wireSchema = z.strictObject({
  /** Whether frames carry a frame check sequence (CRC-32, IEEE 802.3 3.2.9). Absent: where an impairment corrupts frames. */
  fcs: switchField.optional(),
  /** Largest packet, octets. */
  mtu: integerField(68, 65_521, 'octets').default(1500),
  /** Whether super-segments and partial checksums cross the wire whole, where no impairment is set. */
  offload: switchField.default(true),
  /** Of what each station sends on the wire. */
  impairment: impairmentSchema.optional(),
  /** Joins the host to the wire as a station. */
  tap: tapSchema.optional(),
});

const interfaceSchema = z.strictObject({
  /** Default: eth0, eth1 … by place. */
  name: deviceNameField.optional(),
  /** The virtual wire that it is attached to; or `tap`. */
  wire: nameField.optional(),
  /** A TAP device of its own: the host is the only other station. */
  tap: tapSchema.optional(),
  /** Default: 02:… made from the stack's and the interface's names. */
  mac: macField.optional(),
  /** Octets of the largest packet. Default: that of the wire or TAP. */
  mtu: integerField(68, 65_521, 'octets').optional(),
  addresses: z.array(interfaceAddressField, { error: 'should be a list of addresses' }).default([]),
  impairment: impairmentBothWays.default({}),
});

const routeSchema = z.strictObject({
  /** `default` or a network, as 198.51.100.0/24. */
  to: destinationField,
  /** The gateway. Absent: the destination is on the interface's own wire. */
  via: gatewayField.optional(),
  /** Name of the interface. Default: the one that reaches `via`. */
  interface: deviceNameField.optional(),
  /** Where several routes fit equally, the least metric wins. */
  metric: integerField(0, 0xffffffff).default(0),
  /** What becomes of a packet: sent, dropped in silence, or refused with ICMP. */
  type: z
    .enum(['unicast', 'blackhole', 'unreachable', 'prohibit'], {
      error: 'should be unicast, blackhole, unreachable or prohibit',
    })
    .default('unicast'),
});

const applicationsSchema = z.strictObject({
  /** Sends back what it gets (RFC 862). */
  echo: z
    .strictObject({
      port: portField.default(7),
      /** Whether it answers datagrams too. */
      udp: switchField.default(true),
    })
    .optional(),
  /** Answers messages in a stream, each `5:hello,`: shows that TCP keeps no boundaries. */
  messages: z.strictObject({ port: portField.default(7070) }).optional(),
  /** The HTTP server: a page, /files, /bytes/N, /echo, /sha256. */
  http: z
    .strictObject({
      port: portField.default(80),
      /** The folder below /files/. Absent: none. */
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
  /**
   * What `strata service link` does with the TAP of the wire that this stack is attached to. `direct`: the service opens the device
   * as the stack's interface; the fastest, and nobody else is on that wire. `bridge`: it attaches the
   * stack to the wire on the bus, and the device beside it. `none`: the wire on the bus only. Default: `direct` for the first
   * stack on that wire, `none` for the others. `strata up` always uses the wire.
   */
  serviceTap: z
    .enum(['direct', 'bridge', 'none'], { error: 'should be direct, bridge or none' })
    .optional(),
});

const forwardSchema = z.strictObject({
  /** Where the host's programs connect to. */
  listen: listenField,
  /** The stack that connects onwards. */
  stack: nameField,
  to: stackAddressField,
});

const busSchema = z.strictObject({
  kind: z.enum(['memory', 'nats'], { error: 'should be memory or nats' }).default('memory'),
  /** NATS servers; used where kind is nats. */
  servers: z
    .array(natsServerField, { error: 'should be a list of NATS servers' })
    .min(1, { error: 'should name at least one NATS server' })
    .default(['nats://127.0.0.1:4222']),
});

const consoleSchema = z.strictObject({
  listen: listenField.default({ host: '127.0.0.1', port: 7777 }),
});

const healthSchema = z.strictObject({
  /** Where each service answers /healthz and /metrics. Port 0: any free one. */
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
  /** Ports of the host whose connections are carried on through a stack. */
  forwards: z.array(forwardSchema, { error: 'should be a list of forwards' }),
  console: consoleSchema.prefault({}),
  /** The health server of `strata service`. */
  health: healthSchema.prefault({}),
  log: logSchema.prefault({}),
});

export type Config = z.output<typeof configSchema>;
export type BusConfig = Config['bus'];
export type WireConfig = z.output<typeof wireSchema>;
export type TapConfig = z.output<typeof tapSchema>;
export type StackConfig = z.output<typeof stackSchema>;
export type InterfaceConfig = z.output<typeof interfaceSchema>;
export type RouteConfig = z.output<typeof routeSchema>;
export type ApplicationsConfig = z.output<typeof applicationsSchema>;
export type ImpairmentConfig = z.output<typeof impairmentSchema>;
export type ForwardConfig = z.output<typeof forwardSchema>;
export type ServiceTap = 'direct' | 'bridge' | 'none';
