import type { ApiProbeEvent } from './session.ts';

const UNREACHABLE: readonly string[] = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  'Frag needed and DF set',
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
];

const REDIRECT: readonly string[] = [
  'Redirect Network',
  'Redirect Host',
  'Redirect Type of Service and Network',
  'Redirect Type of Service and Host',
];

const TIME_EXCEEDED: readonly string[] = ['Time to live exceeded', 'Frag reassembly time exceeded'];

/** An ICMP error in the words of ping. */
export function icmpWords({ icmpType = 0, icmpCode = 0, ...event }: ApiProbeEvent): string {
  switch (icmpType) {
    case 3: {
      const words = UNREACHABLE[icmpCode] ?? `Dest Unreachable, Bad Code: ${icmpCode}`;
      return icmpCode === 4 ? `${words} (mtu = ${event.mtu ?? 0})` : words;
    }
    case 4:
      return 'Source Quench';
    case 5: {
      const words = REDIRECT[icmpCode] ?? `Redirect, Bad Code: ${icmpCode}`;
      return `${words}(New nexthop: ${event.gateway ?? '0.0.0.0'})`;
    }
    case 11:
      return TIME_EXCEEDED[icmpCode] ?? `Time exceeded, Bad Code: ${icmpCode}`;
    case 12:
      return `Parameter problem: pointer = ${event.pointer ?? 0}`;
    default:
      return `Bad ICMP type: ${icmpType}`;
  }
}

const ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EMSGSIZE: 'Message too long',
  ENETUNREACH: 'Network is unreachable',
  ENOBUFS: 'No buffer space available',
};

/** An error's name in the words of strerror(3). */
export function errorWords(name: string): string {
  return ERRORS[name] ?? name;
}
