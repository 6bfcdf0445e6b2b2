import {
  freshNamespace,
  Host,
  hostAddress,
  type RouterLink,
  routerAddress,
  startRouter,
} from '@strata/e2e';
import { requireCommand } from '../missing.ts';
import { ip, removeNamespace } from './program.ts';

const LEFT: RouterLink = { network: 1 };
const RIGHT: RouterLink = { network: 2 };

/** What one run of iperf3 moved. */
export interface Moved {
  /** Received octets. */
  readonly octets: number;
  readonly seconds: number;
}

/** Two hosts of the kernel with a router between them, and iperf3 on both. */
export interface RouterStand {
  /** The process that routes. Undefined: the kernel does. */
  readonly pid: number | undefined;
  /** Sends for about that many seconds from one host to the other. */
  move(seconds: number): Promise<Moved>;
  stop(): Promise<void>;
}

/** The kernel routes: a third namespace, with a veth pair to each host. */
export async function startKernelRouter(): Promise<RouterStand> {
  const router = freshNamespace();
  const hosts = [new Host(freshNamespace()), new Host(freshNamespace())] as const;
  await ip(`netns add ${router}`);
  for (const [i, link] of [LEFT, RIGHT].entries()) {
    const { netns } = hosts[i]!;
    await ip(`netns add ${netns}`);
    await ip(`link add r${i} netns ${router} type veth peer name v0 netns ${netns}`);
    await ip(`-n ${router} addr add ${routerAddress(link)}/24 dev r${i}`);
    await ip(`-n ${netns} addr add ${hostAddress(link)}/24 dev v0`);
    await ip(`-n ${router} link set r${i} up`);
    await ip(`-n ${netns} link set v0 up`);
    await ip(`-n ${netns} route add default via ${routerAddress(link)}`);
  }
  await new Host(router).run('sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1']);
  return withIperf(...hosts, undefined, async () => {
    for (const netns of [router, ...hosts.map((host) => host.netns)]) await removeNamespace(netns);
  });
}

/** Strata routes, in one process: a stack with two TAPs. */
export async function startStrataRouter(): Promise<RouterStand> {
  const router = await startRouter({ links: [LEFT, RIGHT] });
  const [left, right] = router.hosts;
  return withIperf(left!, right!, router.processes[0]!.pid, () => router.stop());
}

async function withIperf(
  left: Host,
  right: Host,
  pid: number | undefined,
  stopRouter: () => Promise<void>,
): Promise<RouterStand> {
  await requireCommand('iperf3');
  const server = right.launch('iperf3', 'iperf3', ['-s', '--forceflush']);
  await server.saysWithin('listening');
  return {
    pid,
    async move(seconds) {
      const duration = `${Math.max(1, Math.round(seconds))}`;
      const { stdout } = await left.run('iperf3', ['-c', hostAddress(RIGHT), '-t', duration, '-J']);
      const { bytes, seconds: took } = JSON.parse(stdout).end.sum_received;
      return { octets: bytes, seconds: took };
    },
    async stop() {
      await server.stop();
      await stopRouter();
    },
  };
}
