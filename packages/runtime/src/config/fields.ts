/** Config values that are written as text and used as numbers. */
import { isIPv6 } from 'node:net';
import {
  broadcastOf,
  type IpAddress,
  isGroupMac,
  isHostAddress,
  isLoopbackIpv4,
  isMulticastIpv4,
  type MacAddress,
  networkOf,
  parseIpv4,
  parseMac,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { z } from 'zod';
import { isNatsServer } from './nats-server.ts';
import { parsePort } from './parse-port.ts';

/** An address with the length of its network's prefix: 192.0.2.2/24. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** Where a TCP server of the host listens. Port 0: any free port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A port of a stack. */
export interface StackAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/**
 * A text field. `parse` returns undefined for text that it refuses. `wanted` completes "should be
 * …", with an example. `why` may add the reason for the refusal.
 */
function parsed<Value>(
  wanted: string,
  parse: (text: string) => Value | undefined,
  why: (text: string) => string | undefined = () => undefined,
) {
  return z.string({ error: `should be ${wanted}` }).transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    const reason = why(text);
    const message = `should be ${wanted}${reason === undefined ? '' : `: ${reason}`}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

function parsePrefix(text: string): InterfaceAddress | undefined {
  const [left, right, ...rest] = text.split('/');
  if (left === undefined || right === undefined || rest.length > 0) return undefined;
  const address = parseIpv4(left);
  const prefixLength = /^(0|[1-9]\d?)$/.test(right) ? Number(right) : 33;
  return address === undefined || prefixLength > 32 ? undefined : { address, prefixLength };
}

/** A host's name or address, and a port. An IPv6 address is in brackets. */
function parseListen(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? undefined : parsePort(match[3], 0);
  if (host === undefined || port === undefined) return undefined;
  if (match?.[1] !== undefined && !isIPv6(host)) return undefined;
  // Text of digits and dots only is an IPv4 address, not a name.
  if (/^[\d.]+$/.test(host) && parseIpv4(host) === undefined) return undefined;
  return { host, port };
}

function parseStackAddress(text: string): StackAddress | undefined {
  const [left, right, ...rest] = text.split(':');
  if (left === undefined || right === undefined || rest.length > 0) return undefined;
  const address = parseIpv4(left);
  const port = parsePort(right, 1);
  return address === undefined || port === undefined ? undefined : { address, port };
}

/** Whether an interface may have the address: a host address of its network. */
function isStation({ address, prefixLength }: InterfaceAddress): boolean {
  if (whyNoHost(address) !== undefined || prefixLength === 0) return false;
  if (prefixLength >= 31) return true;
  return (
    address !== networkOf(address, prefixLength) && address !== broadcastOf(address, prefixLength)
  );
}

/** Why no other host can have the address (RFC 1122 3.2.1.3). Undefined if one can. */
function whyNoHost(address: IpAddress): string | undefined {
  if (isLoopbackIpv4(address)) return '127.0.0.0/8 is loopback, inside a host';
  if (isMulticastIpv4(address)) return '224.0.0.0/4 are groups (multicast)';
  return isHostAddress(address) ? undefined : '0.0.0.0/8 and 240.0.0.0/4 are reserved';
}

function whyNoStation(text: string): string | undefined {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return undefined;
  const why = whyNoHost(prefix.address);
  return why ?? (prefix.prefixLength === 0 ? 'the prefix length is at least 1' : undefined);
}

function parseHost(text: string): IpAddress | undefined {
  const address = parseIpv4(text);
  return address === undefined || whyNoHost(address) !== undefined ? undefined : address;
}

function whyNoHostText(text: string): string | undefined {
  const address = parseIpv4(text);
  return address === undefined ? undefined : whyNoHost(address);
}

/** Whether a stack can connect to the address: another host's, or its own loopback. */
function isDestination(address: IpAddress): boolean {
  return isLoopbackIpv4(address) || whyNoHost(address) === undefined;
}

function parseDestination(text: string): InterfaceAddress | undefined {
  if (text === 'default') return { address: UNSPECIFIED_IPV4, prefixLength: 0 };
  const prefix = parsePrefix(text.includes('/') ? text : `${text}/32`);
  if (prefix === undefined) return undefined;
  const { address, prefixLength } = prefix;
  return address === networkOf(address, prefixLength) ? prefix : undefined;
}

export const gatewayField = parsed(
  "a gateway's IPv4 address, such as 192.0.2.1",
  parseHost,
  whyNoHostText,
);

export const sourceField = parsed(
  "one of the stack's IPv4 addresses, such as 192.0.2.2",
  parseHost,
  whyNoHostText,
);

export const neighbourField = parsed(
  "a neighbour's IPv4 address, such as 192.0.2.9",
  parseHost,
  whyNoHostText,
);

export const interfaceAddressField = parsed(
  "an interface's IPv4 address with its prefix length, such as 192.0.2.2/24, and neither the network's nor its broadcast address",
  (text) => {
    const prefix = parsePrefix(text);
    return prefix !== undefined && isStation(prefix) ? prefix : undefined;
  },
  whyNoStation,
);

export const destinationField = parsed(
  "'default', or a network such as 198.51.100.0/24 with no bit set behind the prefix",
  parseDestination,
);

export const networkField = parsed(
  'a network such as 198.51.100.0/24 with no bit set behind the prefix',
  (text) => (text === 'default' || !text.includes('/') ? undefined : parseDestination(text)),
);

export const macField = parsed(
  "a station's MAC address, such as 02:00:00:00:00:02, without the group bit",
  (text): MacAddress | undefined => {
    const mac = parseMac(text);
    return mac === undefined || mac === 0 || isGroupMac(mac) ? undefined : mac;
  },
);

export const listenField = parsed(
  'a host and a port of 0 to 65535, such as 127.0.0.1:8080',
  parseListen,
);

export const peerField = parsed(
  "another process's host and a port of 1 to 65535, such as 127.0.0.1:9001",
  (text) => {
    const peer = parseListen(text);
    return peer === undefined || peer.port === 0 ? undefined : peer;
  },
);

export const stackAddressField = parsed(
  'an IPv4 address and a port of 1 to 65535, such as 192.0.2.2:80',
  (text) => {
    const to = parseStackAddress(text);
    return to !== undefined && isDestination(to.address) ? to : undefined;
  },
  (text) => {
    const to = parseStackAddress(text);
    return to === undefined ? undefined : whyNoHost(to.address);
  },
);

const SERVER_WANTED = 'should be the address of a NATS server, such as nats://127.0.0.1:4222';
export const natsServerField = z
  .string({ error: SERVER_WANTED })
  .refine(isNatsServer, { error: SERVER_WANTED });

/** A name that is also a token of a bus subject. */
const NAME_PATTERN = /^[a-z0-9][a-z0-9_-]{0,31}$/i;
const NAME_WANTED = 'should be a name of 1 to 32 letters, digits, - or _';
export const nameField = z
  .string({ error: NAME_WANTED })
  .regex(NAME_PATTERN, { error: NAME_WANTED });

const DEVICE_WANTED =
  'should be the name of a Linux interface: 1 to 15 characters without / or blanks';
export const deviceNameField = z
  .string({ error: DEVICE_WANTED })
  .regex(/^(?!\.{1,2}$)[^\s/:%]{1,15}$/, { error: DEVICE_WANTED });

/** A whole number from `least` to `most`, with its unit in the refusal. */
export function integerField(least: number, most: number, unit = '') {
  const wanted = `should be a whole number from ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
  return z
    .number({ error: wanted })
    .int({ error: wanted })
    .min(least, { error: wanted })
    .max(most, { error: wanted });
}

/** A number from `least` to `most`. */
export function numberField(least: number, most: number, unit = '') {
  const wanted = `should be a number from ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
  return z.number({ error: wanted }).min(least, { error: wanted }).max(most, { error: wanted });
}

export const switchField = z.boolean({ error: 'should be true or false' });

const CLAMP_WANTED = 'should be true, false, or a number of octets from 88 to 65495';
/** What the MSS of a SYN is lowered to: true: what fits into the MTU; else octets. */
export const clampMssField = z.union(
  [
    z.boolean({ error: CLAMP_WANTED }),
    z.int({ error: CLAMP_WANTED }).min(88, CLAMP_WANTED).max(65_495, CLAMP_WANTED),
  ],
  { error: CLAMP_WANTED },
);

export const portField = integerField(1, 65535);
