import { fileURLToPath } from 'node:url';
import { run } from './command.ts';
import { Host } from './host.ts';
import { LongRunning } from './process.ts';
import { freshNamespace, type ImpairmentOptions, SERVER, startOneProcess } from './stacks.ts';

const CLIENT = '192.0.2.1';

/**
 * A Linux client and an HTTP server with /bytes/N and /sha256, on Linux or on our stack, over one
 * of our impaired wires.
 */
export interface Peers {
  readonly client: Host;
  readonly server: string;
  /** The address of our stack's console. Undefined: the server is Linux. */
  readonly api: string | undefined;
  /**
   * TCP's counters under Linux's names, of the client's kernel and of the server's kernel or stack.
   */
  counters(): Promise<{ client: TcpCounters; server: TcpCounters }>;
  stop(): Promise<void>;
}

/** The counters of /proc/net/netstat and /proc/net/snmp about loss recovery. */
export interface TcpCounters {
  readonly TCPTimeouts: number;
  readonly TCPSpuriousRTOs: number;
  readonly RetransSegs: number;
}

/** The Linux client and our stack. `files`: the folder that /files/ serves. */
export async function startStackPeers(
  impairment: ImpairmentOptions,
  files?: string,
): Promise<Peers> {
  const stack = await startOneProcess({
    wireImpairment: impairment,
    ...(files === undefined ? {} : { files }),
  });
  const client = new Host(stack.netns);
  await asMeasured(client, CLIENT);
  return {
    client,
    server: SERVER,
    counters: async () => ({
      client: await kernelCounters(client),
      server: await stackCounters(stack.api!),
    }),
    api: stack.api,
    stop: () => stack.stop(),
  };
}

/**
 * The Linux client and a Linux server in another namespace, over two TAP devices that our wire
 * joins.
 */
export async function startKernelPeers(impairment: ImpairmentOptions): Promise<Peers> {
  const [client, server] = [new Host(freshNamespace()), new Host(freshNamespace())];
  const taps = [
    { netns: client.netns, address: `${CLIENT}/24` },
    { netns: server.netns, address: `${SERVER}/24` },
  ];
  const wire = new LongRunning('joined taps', process.execPath, [
    ...supportScript('joined-taps.ts'),
    JSON.stringify({ taps, impairment }),
  ]);
  await wire.saysWithin('ready');
  await asMeasured(client, CLIENT);
  await asMeasured(server, SERVER);
  const http = server.launch('kernel server', process.execPath, [
    ...supportScript('kernel-server.ts'),
    SERVER,
  ]);
  await http.saysWithin('listening');
  return {
    client,
    server: SERVER,
    api: undefined,
    counters: async () => ({
      client: await kernelCounters(client),
      server: await kernelCounters(server),
    }),
    async stop() {
      await http.stop();
      await wire.stop();
    },
  };
}

/** The arguments of node to run a script in this folder. */
export function supportScript(script: string): string[] {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return ['--conditions=@strata/source', '--import', 'tsx', path];
}

/** Linux's defaults, whatever the machine's settings are, and no metrics of earlier connections. */
const SETTINGS = [
  'tcp_no_metrics_save=1',
  'tcp_rmem=4096 131072 6291456',
  'tcp_wmem=4096 16384 4194304',
];

/** Sets up a kernel for measurement, with CUBIC. */
async function asMeasured(host: Host, address: string): Promise<void> {
  await host.run('sysctl', ['-q', '-w', ...SETTINGS.map((setting) => `net.ipv4.${setting}`)]);
  // In a namespace the sysctl accepts only the algorithms that the machine allows everybody. A
  // route may name any.
  const route = `192.0.2.0/24 dev strata0 proto kernel scope link src ${address} congctl cubic`;
  await run('ip', ['-n', host.netns, 'route', 'replace', ...route.split(' ')]);
}

async function kernelCounters(host: Host): Promise<TcpCounters> {
  const names = ['TcpExtTCPTimeouts', 'TcpExtTCPSpuriousRTOs', 'TcpRetransSegs'];
  const { stdout } = await run('ip', ['netns', 'exec', host.netns, 'nstat', '-asz', ...names]);
  const value = (name: string) => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(stdout)?.[1]);
  return {
    TCPTimeouts: value('TcpExtTCPTimeouts'),
    TCPSpuriousRTOs: value('TcpExtTCPSpuriousRTOs'),
    RetransSegs: value('TcpRetransSegs'),
  };
}

async function stackCounters(api: string): Promise<TcpCounters> {
  const response = await fetch(`${api}/api/counters?stack=server`);
  const all = (await response.json()) as { server: { transport: Record<string, number> } };
  const { TCPTimeouts = NaN, TCPSpuriousRTOs = NaN, TcpRetransSegs = NaN } = all.server.transport;
  return { TCPTimeouts, TCPSpuriousRTOs, RetransSegs: TcpRetransSegs };
}
