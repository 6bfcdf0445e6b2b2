/** The fields of a lab file, with their defaults and ranges. */
import { z } from 'zod';
import {
  clampMssField,
  deviceNameField,
  integerField,
  interfaceAddressField,
  macField,
  nameField,
  networkField,
  switchField,
} from '../config/fields.ts';
import { impairmentBothWays, impairmentSchema } from '../config/schema/impairment.ts';
import { applicationsSchema, tapSchema, udpSchema } from '../config/schema.ts';
import { sysctlField } from '../config/sysctl-field.ts';

const text = (wanted: string) => z.string({ error: wanted }).min(1, { error: wanted });

const routeSchema = z.strictObject({
  /** `default`, a network such as 198.51.100.0/24, or the name of a switch or link. */
  to: text("should be 'default', a network, or the name of a switch or link"),
  /** The gateway: an address, or the name of a neighbour. */
  via: text('should be an address, or the name of a host or router').optional(),
  /** Name of the interface. Default: the one that reaches `via`. */
  interface: deviceNameField.optional(),
  /** Among routes with equal prefixes the lowest metric wins. */
  metric: integerField(0, 0xffffffff).default(0),
  /** As in the config of `strata up`. */
  type: z
    .enum(['unicast', 'blackhole', 'unreachable', 'prohibit'], {
      error: 'should be unicast, blackhole, unreachable or prohibit',
    })
    .default('unicast'),
});

/** A host or a router: a stack. */
const nodeSchema = z.strictObject({
  /** The default route's gateway: the name of a neighbour, or an address. */
  gateway: text('should be an address, or the name of a host or router').optional(),
  routes: z.array(routeSchema, { error: 'should be a list of routes' }).default([]),
  /** Knobs under their Linux names. A router has net.ipv4.ip_forward 1. */
  sysctl: sysctlField,
  applications: applicationsSchema.default({}),
  /** Address translation of a router, as in the config of `strata up`. */
  nat: z.unknown().optional(),
});

/** Where a host or router joins a switch or link: an interface. */
const endSchema = z.strictObject({
  /** Default: the next free address of the wire's network. */
  address: interfaceAddressField.optional(),
  /** Default: eth0, eth1 … in the order of the file, switches before links. */
  name: deviceNameField.optional(),
  mac: macField.optional(),
  mtu: integerField(68, 65_521, 'octets').optional(),
  /** As in the config of `strata up`. */
  clampMss: clampMssField.optional(),
  /** Replaces the wire's impairment for what this interface sends (out) or receives (in). */
  impairment: impairmentBothWays.optional(),
});

/** A switch or a link: an Ethernet segment. */
const wireSchema = z.strictObject({
  /** Default: that of the first address given, else the next free of 10.0.1.0/24, 10.0.2.0/24 … */
  network: networkField.optional(),
  mtu: integerField(68, 65_521, 'octets').optional(),
  offload: switchField.optional(),
  fcs: switchField.optional(),
  /** For the frames that each station sends. */
  impairment: impairmentSchema.optional(),
  /** Joins the host to it. */
  tap: tapSchema.optional(),
  /** Joins it to a wire of another process. */
  udp: udpSchema.optional(),
  ends: z.record(nameField, endSchema, { error: 'should be hosts and routers by name' }),
});

const AT_WANTED = 'should be a time after the start, such as 5s or 500ms';

const DO_WANTED = 'should be a command of strata lab (link, exec or flood), such as link a down';

const eventSchema = z.strictObject({
  /** Time after the start of the lab. */
  at: z
    .string({ error: AT_WANTED })
    .regex(/^\d{1,6}(\.\d{1,3})?(ms|s)$/, { error: AT_WANTED })
    .transform((at) => Number.parseFloat(at) * (at.endsWith('ms') ? 1 : 1000)),
  /** A command of `strata lab`, with blanks between its words: `link a down`, `exec r1 -- …`. */
  do: z.string({ error: DO_WANTED }).regex(/^(link|exec|flood)\s/, { error: DO_WANTED }),
});

/** More events than a person reads. */
const MAX_EVENTS = 100;

const section = <Schema extends z.ZodType>(schema: Schema, what: string) =>
  z.record(nameField, schema, { error: `should be ${what} by name` }).default({});

export const labSchema = z.strictObject({
  /** One line that says what the lab is. */
  title: text('should be a line of text').optional(),
  hosts: section(nodeSchema, 'hosts'),
  routers: section(nodeSchema, 'routers'),
  switches: section(wireSchema, 'switches'),
  /** A link has two ends. */
  links: section(wireSchema, 'links'),
  events: z
    .array(eventSchema, { error: 'should be a list of events' })
    .max(MAX_EVENTS, { error: `should have ${MAX_EVENTS} events at most` })
    .default([]),
});

export type LabFile = z.output<typeof labSchema>;
export type LabNode = z.output<typeof nodeSchema>;
export type LabRoute = z.output<typeof routeSchema>;
export type LabWire = z.output<typeof wireSchema>;
export type LabEvent = z.output<typeof eventSchema>;
