import { IpError } from '../ip/ip-error.ts';
import type { ApiNeighbour, AskedStack } from '../ip/stack.ts';

export interface ArpEntry {
  readonly address: string;
  readonly mac: string | null;
  /** C: complete, M: set by hand, P: answered for others. */
  readonly flags: string;
  readonly iface: string;
}

/** The entries of the ARP cache that the kernel lists in /proc/net/arp: not those without ARP. */
export async function arpEntries(
  stack: AskedStack,
  device: string | undefined,
  address: string | undefined,
): Promise<ArpEntry[]> {
  const interfaces = await stack.interfaces();
  if (device !== undefined) await stack.device(device);
  return (await stack.neighbours())
    .filter(({ state }) => state !== 'noarp')
    .map((one) => ({
      address: one.address,
      mac: one.mac,
      flags: flagsOf(one),
      iface: interfaces.find(({ index }) => index === one.interfaceIndex)?.name ?? '',
    }))
    .filter((one) => device === undefined || one.iface === device)
    .filter((one) => address === undefined || one.address === address);
}

function flagsOf({ mac, state, proxy }: ApiNeighbour): string {
  if (proxy) return 'MP';
  return `${mac === null ? '' : 'C'}${state === 'permanent' ? 'M' : ''}`;
}

const HEAD = 'Address                  HWtype  HWaddress           Flags Mask            Iface';

/** `arp -n`: a table. */
export function formatArpTable(entries: readonly ArpEntry[]): string {
  if (entries.length === 0) return '';
  const lines = entries.map(({ address, mac, flags, iface }) => {
    const start = address.padEnd(24);
    if (flags === 'MP')
      return `${start} ${'*'.padEnd(7)} ${'<from_interface>'.padEnd(19)} MP${' '.repeat(20)}${iface}`;
    if (mac === null) return `${start} ${' '.repeat(8)}${'(incomplete)'.padEnd(42)}${iface}`;
    return `${start} ether   ${mac.padEnd(19)} ${flags.padEnd(5)} ${' '.repeat(15)} ${iface}`;
  });
  return `${[HEAD, ...lines].join('\n')}\n`;
}

/** `arp -a`: BSD's lines. */
export function formatArpLines(entries: readonly ArpEntry[]): string {
  return entries
    .map(({ address, mac, flags, iface }) => {
      if (flags === 'MP') return `? (${address}) at <from_interface> PERM PUB on ${iface}\n`;
      const what = mac === null ? '<incomplete>' : `${mac} [ether]`;
      return `? (${address}) at ${what}${flags.includes('M') ? ' PERM' : ''} on ${iface}\n`;
    })
    .join('');
}

/** `arp -d`. */
export async function deleteArp(
  stack: AskedStack,
  address: string,
  device: string | undefined,
): Promise<void> {
  const found = await arpEntries(stack, device, address);
  if (found.length === 0) throw new IpError(`No ARP entry for ${address}`, 255);
  for (const { iface, flags } of found) {
    const proxy: Readonly<Record<string, string>> = flags === 'MP' ? { proxy: 'true' } : {};
    await stack.delete('/api/neighbours', { interface: iface, address, ...proxy });
  }
}

/** `arp -s`, on the interface that the way to the address leaves by. `temp`: it may change. */
export async function setArp(
  stack: AskedStack,
  address: string,
  mac: string,
  device: string | undefined,
  isTemporary: boolean,
): Promise<void> {
  const name = device === undefined ? await deviceTo(stack, address) : device;
  await stack.device(name);
  const state = isTemporary ? 'stale' : 'permanent';
  await stack.put('/api/neighbours', { interface: name }, { address, mac, state });
}

async function deviceTo(stack: AskedStack, address: string): Promise<string> {
  const way = await stack.get<{ readonly interfaceIndex: number }>('/api/route', { to: address });
  return stack.nameOf(way.interfaceIndex);
}
