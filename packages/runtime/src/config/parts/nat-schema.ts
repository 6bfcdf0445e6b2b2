/** Address translation in a stack's config. */
import { z } from 'zod';
import {
  destinationField,
  deviceNameField,
  gatewayField,
  integerField,
  portField,
  stackAddressField,
} from '../fields.ts';

const masqueradeSchema = z.strictObject({
  /** Name of the interface that the packets go out by. */
  out: deviceNameField,
  /** The network that they come from. Absent: any. */
  from: destinationField.optional(),
  /** The source that they get. Absent: the interface's own address. */
  to: gatewayField.optional(),
});

const portForwardSchema = z.strictObject({
  /** Name of the interface that the packets come in by. */
  in: deviceNameField,
  protocol: z.enum(['tcp', 'udp'], { error: 'should be tcp or udp' }).default('tcp'),
  /** The router's own port. */
  port: portField,
  /** The host's address and port behind the router. */
  to: stackAddressField,
});

const PORTS_WANTED = 'should be the lowest and the highest port, such as [61000, 65095]';

export const natSchema = z.strictObject({
  /** Hosts that share an address of this router (iptables: MASQUERADE and SNAT). */
  masquerade: z.array(masqueradeSchema, { error: 'should be a list of rules' }).default([]),
  /** Ports of this router that are a host's behind it (iptables: DNAT). */
  forwards: z.array(portForwardSchema, { error: 'should be a list of rules' }).default([]),
  /** The ports that translated sources get. No socket of this stack may have them. */
  ports: z
    .tuple([portField, portField], { error: PORTS_WANTED })
    .refine(([low, high]) => low <= high, { error: PORTS_WANTED })
    .default([61_000, 65_095]),
  /** Most flows at a time. */
  maxFlows: integerField(1, 1_000_000, 'flows').default(65_536),
});

export type NatSettings = z.output<typeof natSchema>;
