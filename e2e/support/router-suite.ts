import { join } from 'node:path';
import { writeBigFile } from './big-file.ts';
import { findSuperSegments } from './capture.ts';
import { run } from './command.ts';
import type { Host } from './host.ts';
import { killAllStarted, type LongRunning } from './process.ts';
import {
  hostAddress,
  ROUTER_TAP,
  type RouterLink,
  type RunningRouter,
  routerAddress,
  startRouter,
} from './routers.ts';
import { freshNamespace, temporaryFolder } from './stacks.ts';
import { waitFor } from './wait.ts';

const WIDE: RouterLink = { network: 1 };
const MIDDLE: RouterLink = { network: 2, mtu: 1400 };
const NARROW: RouterLink = { network: 3, mtu: 1300 };
/** A network behind a neighbour of the wide link's host. */
const BEHIND = '10.9.0.0/16';
const BEHIND_ADDRESS = '10.9.0.1';
const NEIGHBOUR = '10.0.1.8';

/** Frames that are looked at to see whether super-segments stay whole. */
const LOOK_FRAMES = 40;

export interface RouterSuite {
  /** Starts a NATS server before the tests; undefined: all in one process. */
  readonly startNats?: () => Promise<{ readonly url: string; stop(): Promise<void> }>;
  /** Octets of the file that is fetched. */
  readonly fileOctets: number;
}

/** Linux hosts in three namespaces, on links of 1,500, 1,400 and 1,300 octets, with one router. */
export function describeRouterSuite(composition: string, suite: RouterSuite): void {
  describe(`Linux hosts whose router is a stack, ${composition}`, () => {
    const folder = temporaryFolder();
    let nats: { readonly url: string; stop(): Promise<void> } | undefined;
    let router: RunningRouter;
    let [wide, middle, narrow]: Host[] = [];
    let web: LongRunning;
    let hash: string;

    beforeAll(async () => {
      nats = await suite.startNats?.();
      hash = writeBigFile(join(folder, 'big'), suite.fileOctets, 11);
      writeBigFile(join(folder, 'some'), 5_000_000, 12);
      router = await startRouter({
        links: [WIDE, MIDDLE, NARROW],
        routes: [{ to: BEHIND, via: NEIGHBOUR }],
        natsUrl: nats?.url,
      });
      [wide, middle, narrow] = router.hosts as [Host, Host, Host];
      const served = ['--bind', hostAddress(WIDE), '--directory', folder];
      web = wide.launch('web server', 'python3', ['-m', 'http.server', '8000', ...served]);
      await waitFor('the web server answers', async () => {
        const { code } = await wide!.run('curl', ['-s', url('')], { check: false });
        return code === 0;
      });
    }, 120_000);

    afterAll(async () => {
      await web?.stop();
      await router?.stop();
      await nats?.stop();
      killAllStarted();
    }, 60_000);

    const url = (name: string) => `http://${hostAddress(WIDE)}:8000/${name}`;
    const routeTo = async (from: Host, address: string) =>
      (await from.run('ip', ['route', 'get', address])).stdout;

    it('ping gets through each pair of links, with one hop less to live', async () => {
      for (const [from, to] of [
        [wide, MIDDLE],
        [middle, NARROW],
        [narrow, WIDE],
      ] as const) {
        const words = ['-c', '2', '-i', '0.2', hostAddress(to)];
        const { stdout } = await from!.run('ping', words);
        expect(stdout.match(/ttl=63/g)).toHaveLength(2);
      }
    });

    it.each([
      ['UDP', []],
      ['ICMP', ['-I']],
      ['TCP', ['-T', '-p', '8000']],
    ] as const)('traceroute by %s shows the router, then the host', async (_protocol, options) => {
      const words = [...options, '-n', '-q', '1', hostAddress(WIDE)];
      const { stdout } = await narrow!.run('traceroute', words);
      const hops = Array.from(stdout.matchAll(/^ *\d+ +([\d.]+) /gm), ([, hop]) => hop);
      expect(hops).toEqual([routerAddress(NARROW), hostAddress(WIDE)]);
    });

    it('ping -M do learns the MTU of each next link (RFC 1191)', async () => {
      for (const link of [MIDDLE, NARROW]) {
        const ping = (octets: number) => {
          const words = ['-M', 'do', '-c', '1', '-W', '5', '-s', `${octets - 28}`];
          return wide!.run('ping', [...words, hostAddress(link)], { check: false });
        };
        const { stdout } = await ping(1500);
        expect(stdout).toContain(
          `From ${routerAddress(WIDE)} icmp_seq=1 Frag needed and DF set (mtu = ${link.mtu})`,
        );
        expect(await routeTo(wide!, hostAddress(link))).toContain(` mtu ${link.mtu} `);
        expect((await ping(link.mtu!)).stdout).toContain(' 0% packet loss');
      }
      // A packet without DF is fragmented.
      const words = ['-M', 'dont', '-c', '1', '-W', '5', '-s', '1472'];
      const { stdout } = await middle!.run('ping', [...words, hostAddress(NARROW)]);
      expect(stdout).toContain(' 0% packet loss');
      await wide!.run('ip', ['route', 'flush', 'cache']);
    });

    it(`curl gets ${suite.fileOctets / 1e6} MB whole over the narrow link, though its server starts with packets that are too big`, async () => {
      // The host on the narrow link announces an MSS that does not fit its own link. So only the
      // router's reports keep the server's packets small.
      const gateway = ['via', routerAddress(NARROW)];
      const route = ['ip', 'route', 'replace', 'default', ...gateway];
      await narrow!.run(route[0]!, [...route.slice(1), 'advmss', '1460']);
      const line = `curl -sS --fail ${url('big')} | sha256sum`;
      const { stdout } = await narrow!.shell(line, { timeoutMs: 200_000 });
      expect(stdout).toBe(`${hash}  -\n`);
      expect(await routeTo(wide!, hostAddress(NARROW))).toContain(' mtu 1300 ');
      await narrow!.run(route[0]!, route.slice(1));
      await wide!.run('ip', ['route', 'flush', 'cache']);
    }, 240_000);

    it('iperf3 gets through both ways, in super-segments whose checksums stay partial', async () => {
      const server = wide!.launch('iperf3', 'iperf3', ['-s', '--forceflush']);
      await server.saysWithin('listening');
      for (const [receiver, options] of [
        [wide, []],
        [middle, ['-R']],
      ] as const) {
        const file = join(folder, `received${options.length}.pcap`);
        const filter = ['tcp', 'and', 'port', '5201', 'and', 'greater', '1515'];
        const dump = receiver!.launch('tcpdump', 'tcpdump', [
          ...['-i', ROUTER_TAP, '-Q', 'in', '-s', '0', '-Z', 'root', '-w', file],
          ...['-c', `${LOOK_FRAMES}`, ...filter],
        ]);
        await dump.saysWithin('listening on');
        const words = ['-c', hostAddress(WIDE), '-t', '2', '-J', ...options];
        const { end } = JSON.parse((await middle!.run('iperf3', words)).stdout);
        expect(end.sum_received.bytes).toBeGreaterThan(1_000_000);
        await waitFor('tcpdump has seen enough super-segments', () => dump.exitCode === 0);
        const seen = await findSuperSegments(file);
        expect(seen).toHaveLength(LOOK_FRAMES);
        expect(seen.filter(({ isPartial }) => !isPartial)).toEqual([]);
        expect(Math.max(...seen.map(({ octets }) => octets))).toBeGreaterThan(20_000);
      }
      await server.stop();
    }, 90_000);

    it('cuts super-segments for a link that takes none (ethtool -K tso off)', async () => {
      const features = ['-K', 'eth1', 'tso'];
      await router.strata('ethtool', ...features, 'off');
      try {
        expect(await router.strata('ethtool', '-k', 'eth1')).toContain(
          'tcp-segmentation-offload: off\n',
        );
        const dump = middle!.launch('tcpdump', 'tcpdump', [
          ...['-i', ROUTER_TAP, '-n', '-e', '-l', '-s', '96', '-Q', 'in', '-c', `${LOOK_FRAMES}`],
          ...['tcp', 'and', 'src', 'port', '8000', 'and', 'greater', '1000'],
        ]);
        await dump.saysWithin('listening on');
        await middle!.shell(`curl -sS --fail ${url('some')} | wc -c`);
        await waitFor('tcpdump has seen enough frames', () => dump.exitCode !== undefined);
        const lengths = [...dump.stdout.matchAll(/, length (\d+): 10\./g)].map(([, it]) =>
          Number(it),
        );
        expect(lengths).toHaveLength(LOOK_FRAMES);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(1414);
      } finally {
        await router.strata('ethtool', ...features, 'on');
      }
    });

    it('redirects a host that sends it what a neighbour would take, and the host follows', async () => {
      const neighbour = freshNamespace();
      const at = (netns: string, line: string) => run('ip', ['-n', netns, ...line.split(' ')]);
      const { netns } = wide!;
      // A router takes no redirects. A new namespace takes the knobs of the first one, and a
      // container engine makes that a router.
      await wide!.run('sysctl', ['-qw', 'net.ipv4.ip_forward=0']);
      // The TAP becomes a port of a bridge, with the host and its neighbour on it.
      await run('ip', ['netns', 'add', neighbour]);
      for (const line of [
        'link add lan0 type bridge forward_delay 0',
        `link add near0 type veth peer name eth0 netns ${neighbour}`,
        `link set ${ROUTER_TAP} master lan0`,
        'link set near0 master lan0',
        'link set near0 up',
        'link set lan0 up',
        `addr del ${hostAddress(WIDE)}/24 dev ${ROUTER_TAP}`,
        `addr add ${hostAddress(WIDE)}/24 dev lan0`,
        `route replace default via ${routerAddress(WIDE)}`,
      ]) {
        await at(netns, line);
      }
      for (const line of [
        `addr add ${NEIGHBOUR}/24 dev eth0`,
        `addr add ${BEHIND_ADDRESS}/32 dev lo`,
        'link set lo up',
        'link set eth0 up',
      ]) {
        await at(neighbour, line);
      }
      expect(await routeTo(wide!, BEHIND_ADDRESS)).toContain(`via ${routerAddress(WIDE)} `);
      const ping = ['-c', '5', '-i', '0.3', BEHIND_ADDRESS];
      const { stdout } = await wide!.run('ping', ping);
      expect(stdout).toContain(`From ${routerAddress(WIDE)}`);
      expect(stdout).toContain(`New nexthop: ${NEIGHBOUR}`);
      const learnt = await routeTo(wide!, BEHIND_ADDRESS);
      expect(learnt).toContain(`via ${NEIGHBOUR} `);
      expect(learnt).toContain('redirected');
      const before = await router.counter('IpForwDatagrams');
      await wide!.run('ping', ping);
      expect(await router.counter('IpForwDatagrams')).toBe(before);
    });
  });
}
