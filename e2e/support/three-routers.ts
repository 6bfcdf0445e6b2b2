import { execFileSync } from 'node:child_process';
import { freshNamespace } from './stacks.ts';

/** The target, behind routers whose links carry less and less. */
export const TARGET = '10.0.2.2';

/** Linux hosts behind the host at a stack's TAP, which becomes the first router. */
export interface LinuxPath {
  /** A host beside the stack: its way to the target has the same routers. */
  readonly beside: string;
}

function ip(netns: string, ...args: readonly string[]): void {
  execFileSync('ip', ['-n', netns, ...args]);
}

function join(
  from: readonly [netns: string, name: string, address: string],
  to: readonly [netns: string, name: string, address: string],
  mtu: number,
): void {
  const [fromNetns, fromName] = from;
  const [toNetns, toName] = to;
  const peer = ['peer', 'name', toName, 'netns', toNetns];
  ip(fromNetns, 'link', 'add', fromName, 'type', 'veth', ...peer);
  for (const [netns, name, address] of [from, to]) {
    ip(netns, 'addr', 'add', address, 'dev', name);
    ip(netns, 'link', 'set', name, 'up', 'mtu', `${mtu}`);
  }
}

/**
 * Makes a path of Linux routers: the host in `netns` (192.0.2.1), 10.0.1.2 behind a link of 1,400
 * octets, and the target behind one of 1,300. The namespaces are removed at the end.
 */
export function startLinuxPath(netns: string): LinuxPath {
  const [second, target, beside] = [freshNamespace(), freshNamespace(), freshNamespace()];
  for (const name of [second, target, beside]) {
    execFileSync('ip', ['netns', 'add', name]);
    ip(name, 'link', 'set', 'lo', 'up');
  }
  join([netns, 'far', '10.0.1.1/24'], [second, 'near', '10.0.1.2/24'], 1400);
  join([second, 'far', '10.0.2.1/24'], [target, 'near', `${TARGET}/24`], 1300);
  join([netns, 'side', '192.0.3.1/24'], [beside, 'near', '192.0.3.2/24'], 1500);
  ip(netns, 'route', 'add', '10.0.2.0/24', 'via', '10.0.1.2');
  ip(second, 'route', 'add', 'default', 'via', '10.0.1.1');
  ip(target, 'route', 'add', 'default', 'via', '10.0.2.1');
  ip(beside, 'route', 'add', 'default', 'via', '192.0.3.1');
  const limits = ['icmp_ratelimit=0', 'icmp_msgs_per_sec=1000000', 'icmp_msgs_burst=100000'];
  const knobs = ['ip_forward=1', ...limits].map((knob) => `net.ipv4.${knob}`);
  for (const name of [netns, second, target]) {
    execFileSync('ip', ['netns', 'exec', name, 'sysctl', '-qw', ...knobs]);
  }
  return { beside };
}
