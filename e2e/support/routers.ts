import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { Host } from './host.ts';
import { LongRunning } from './process.ts';
import { freePort, freshNamespace, launchService, STRATA, temporaryFolder } from './stacks.ts';

/** One link of the router: a TAP of its own, with a Linux host at the other end. */
export interface RouterLink {
  /** The third octet of its network: 10.0.N.0/24. The router is .1 there, the host .9. */
  readonly network: number;
  /** Octets. Default 1,500. */
  readonly mtu?: number;
}

/** A stack that routes between Linux hosts, each in a network namespace of its own. */
export interface RunningRouter {
  /** The host on each link, in the order of the links. Its default route is the router. */
  readonly hosts: readonly Host[];
  readonly processes: readonly LongRunning[];
  /** Runs a command of `strata` that asks the router, and gives its standard output. */
  strata(command: string, ...args: readonly string[]): Promise<string>;
  /** A counter of the router, by the name that `strata nstat` gives it. */
  counter(name: string): Promise<number>;
  /** Stops it. Throws if a process did not end with 0. */
  stop(): Promise<void>;
}

export interface RouterOptions {
  readonly links: readonly RouterLink[];
  /** Further routes of the router, as the config has them. */
  readonly routes?: readonly { readonly to: string; readonly via: string }[];
  /** Link and network in processes of their own over this NATS server. Default: one process. */
  readonly natsUrl?: string | undefined;
}

/** The TAP of each link, in the host's namespace and in the router's commands. */
export const ROUTER_TAP = 'strata0';

/** The address of the host on a link. */
export function hostAddress({ network }: RouterLink): string {
  return `10.0.${network}.9`;
}

/** The address of the router on a link. */
export function routerAddress({ network }: RouterLink): string {
  return `10.0.${network}.1`;
}

/** Starts the router, and gives each host its default route. */
export async function startRouter(options: RouterOptions): Promise<RunningRouter> {
  const { links, routes = [], natsUrl } = options;
  const hosts = links.map(() => new Host(freshNamespace()));
  const console = await freePort();
  const interfaces = links.map((link, i) => ({
    tap: {
      name: ROUTER_TAP,
      netns: hosts[i]!.netns,
      address: `${hostAddress(link)}/24`,
      mtu: link.mtu ?? 1500,
    },
    addresses: [`${routerAddress(link)}/24`],
  }));
  const router = { sysctl: { 'net.ipv4.ip_forward': 1 }, interfaces, routes };
  const config = join(temporaryFolder(), 'router.yaml');
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      wires: {},
      stacks: { router },
      forwards: [],
      console: { listen: `127.0.0.1:${console}` },
    }),
  );
  // A router needs no transport.
  const processes =
    natsUrl === undefined
      ? [new LongRunning('strata up', process.execPath, [STRATA, 'up', '--config', config])]
      : ['link', 'network'].map((layer) => launchService(layer, natsUrl, config));
  for (const one of processes) await one.saysWithin('ready', 30_000);
  for (const [i, host] of hosts.entries()) {
    await host.run('ip', ['route', 'add', 'default', 'via', routerAddress(links[i]!)]);
  }
  const place =
    natsUrl === undefined
      ? ['--api', `http://127.0.0.1:${console}`]
      : ['--nats', natsUrl, '--config', config];
  const strata = async (command: string, ...args: readonly string[]) =>
    (await run(process.execPath, [STRATA, command, ...place, ...args])).stdout;
  return {
    hosts,
    processes,
    strata,
    async counter(name) {
      const out = await strata('nstat', '-z', name);
      const value = new RegExp(`^${name.replaceAll('.', '\\.')} +(\\d+)`, 'm').exec(out)?.[1];
      if (value === undefined) throw new Error(`there is no counter ${name}:\n${out}`);
      return Number(value);
    },
    async stop() {
      const codes = await Promise.all(processes.map((one) => one.stop()));
      const bad = processes.filter((_, i) => codes[i] !== 0);
      if (bad.length === 0) return;
      throw new Error(bad.map(({ name, stderr }) => `${name}:\n${stderr.slice(-2000)}`).join('\n'));
    },
  };
}
