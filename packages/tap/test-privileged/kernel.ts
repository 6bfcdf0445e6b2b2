/** The host's side in these tests: namespaces, `ip`, programs in the namespaces, and waiting. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { openTap, type TapDevice, type TapOptions, tapAvailable } from '../src/index.ts';

/** Fails with an explanation if these tests cannot run; they never pass without running. */
export function requirePrivileges(): void {
  const answer = tapAvailable();
  if (!answer.available)
    throw new Error(`these tests need root and /dev/net/tun: ${answer.reason}`);
  if (process.getuid?.() !== 0)
    throw new Error('these tests need root: they make network namespaces. Run them with sudo.');
}

let made = 0;
const devices: TapDevice[] = [];
const children: ChildProcess[] = [];

/** An unused name for a namespace. */
export function freshName(): string {
  return `strata-test-${process.pid}-${made++}`;
}

/** A device in a namespace of its own, closed after the test. */
export function openHere(options: TapOptions = {}): TapDevice {
  const device = openTap({ netns: freshName(), ...options });
  devices.push(device);
  return device;
}

/** For afterEach: closes what the test opened and ends the programs that it started. */
export function cleanUp(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const device of devices.splice(0)) device.close();
}

export function namespaces(): string[] {
  return existsSync('/run/netns') ? readdirSync('/run/netns') : [];
}

/** Runs `ip -n NETNS …`. */
export function ip(netns: string, ...command: string[]): string {
  return execFileSync('ip', ['-n', netns, ...command], { encoding: 'utf8', stdio: 'pipe' });
}

/** An interface as `ip -j` describes it. */
export interface LinkDescription {
  ifname: string;
  ifindex: number;
  flags: string[];
  mtu: number;
  txqlen: number;
  address: string;
  inet6_addr_gen_mode: string;
  addr_info?: { family: string; local: string; prefixlen: number; broadcast?: string }[];
  linkinfo?: { info_kind: string; info_data: Record<string, unknown> };
}

/** One interface, or undefined if the namespace has none of that name. */
export function describeLink(netns: string, name: string): LinkDescription | undefined {
  const all = JSON.parse(ip(netns, '-j', '-d', 'addr')) as LinkDescription[];
  return all.find(({ ifname }) => ifname === name);
}

/** Starts a program in the namespace. */
export function startIn(netns: string, ...command: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', netns, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

/**
 * Runs a program in the namespace while this process answers it. Returns its exit code and output.
 */
export async function runIn(
  netns: string,
  ...command: string[]
): Promise<{ code: number | null; output: string }> {
  const child = startIn(netns, ...command);
  let output = '';
  child.stdout?.on('data', (text: Buffer) => {
    output += text.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

/**
 * Sends `count` datagrams to port 9, with their number in the first four octets, from `ports` ports
 * in turn.
 */
const SEND_DATAGRAMS = `
  const dgram = require('node:dgram');
  const [count, size, ports] = process.argv.slice(1).map(Number);
  const sockets = Array.from({ length: ports }, () => dgram.createSocket('udp4'));
  let left = count;
  const next = (index) => {
    if (index === count) return;
    const bytes = Buffer.alloc(size);
    bytes.writeUInt32BE(index);
    sockets[index % ports].send(bytes, 9, '192.0.2.2', () => {
      if (--left === 0) for (const socket of sockets) socket.close();
      next(index + 1);
    });
  };
  next(0);
`;

/**
 * Sends UDP datagrams of `size` octets from the device's namespace to 192.0.2.2 without pause. The
 * host is given the MAC address, because it queues few packets while it waits for ARP.
 */
export function sendDatagrams(device: TapDevice, count: number, size: number, ports: number) {
  const netns = device.netns!;
  const neighbour = ['192.0.2.2', 'lladdr', '02:00:00:00:00:99', 'dev', device.name];
  ip(netns, 'neigh', 'replace', ...neighbour);
  const numbers = [count, size, ports].map(String);
  return runIn(netns, process.execPath, '-e', SEND_DATAGRAMS, ...numbers);
}

/** Runs test-privileged/child.ts with `prefix` before it, such as `setpriv …`. */
export function runChild(
  prefix: readonly string[],
  task: string,
  options: TapOptions = {},
): { code: number | null; output: string; errors: string } {
  const [program, ...rest] = [
    ...prefix,
    ...[process.execPath, '--import', 'tsx', '--conditions=@strata/source'],
    ...[`${import.meta.dirname}/child.ts`, task, JSON.stringify(options)],
  ] as [string, ...string[]];
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', env });
  return { code: status, output: stdout, errors: stderr };
}

/** Waits until the condition holds; fails after the deadline. */
export async function until(
  what: string,
  holds: () => boolean,
  deadlineMs = 10_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
