import { type NatsServer, startNatsServer } from '@strata/conformance';
import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { killAllStarted } from '../support/process.ts';
import {
  type RunningStack,
  SERVER,
  STRATA,
  startOneProcess,
  startServices,
} from '../support/stacks.ts';
import { startLinuxPath, TARGET } from '../support/three-routers.ts';
import { waitFor } from '../support/wait.ts';

let nats: NatsServer;

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  await nats?.stop();
});
afterAll(killAllStarted);

const GATEWAY = { serverGateway: '192.0.2.1' };

/**
 * What a tool prints, without times, dates and the name of the machine, and with the network of the
 * host beside as that of the stack.
 */
function masked(text: string): string {
  return text
    .replaceAll('192.0.3.', '192.0.2.')
    .replace(/= [\d./]+ ms(, pipe \d+)?/g, '= T ms')
    .replace(/\d+(\.\d+)? ms/g, 'T ms')
    .replace(/\t\d+( absolute)?$/gm, '\tT')
    .replace(/time \d+ms/g, 'time Tms')
    .replace(/^Start: .*$/gm, 'Start: D')
    .replace(/^HOST: \S+ */gm, 'HOST: H ')
    .replace(/( 0\.0%| 100\.0)( +\d+)( +[\d.]+){5}$/gm, '$1$2 T')
    .replace(/"src": ".*"/, '"src": "H"')
    .replace(/("(?:Last|Avg|Best|Wrst|StDev)"): [\d.]+/g, '$1: 0')
    .replace(/: 0\.0,/g, ': 0,')
    .replace(/^pipe \d+$/gm, '')
    .trim();
}

describe.each([
  ['one process', () => startOneProcess(GATEWAY)],
  ['four services over NATS', () => startServices(nats.url, GATEWAY)],
])('the probes of a stack beside the tools of the kernel: %s', (composition, start) => {
  let stack: RunningStack;
  let beside: Host;

  beforeAll(async () => {
    stack = await start();
    beside = new Host(startLinuxPath(stack.netns).beside);
  }, 60_000);
  afterAll(() => stack?.stop());

  const strata = (...args: readonly string[]) => {
    const words = [STRATA, args[0]!, ...stack.traceArguments, '--stack', 'server'];
    return run(process.execPath, [...words, ...args.slice(1)], { check: false });
  };

  /** Both print the same, and end alike. */
  async function alike(tool: string, ...args: readonly string[]): Promise<string> {
    const theirs = await beside.run(tool, args, { check: false });
    const ours = await strata(tool, ...args);
    expect(masked(ours.stdout)).toBe(masked(theirs.stdout));
    expect(ours.stderr.trim()).toBe(theirs.stderr.trim());
    expect(ours.code).toBe(theirs.code);
    return ours.stdout;
  }

  it.each([
    ['-c3 -i0.2', ' 0% packet loss'],
    ['-c2 -i0.2 -R', 'RR: \t192.0.2.2\n\t10.0.1.1\n\t10.0.2.1\n\t10.0.2.2\n'],
    ['-c1 -T tsandaddr', 'Unrecorded hops: 3'],
    ['-c1 -t 1', 'From 192.0.2.1 icmp_seq=1 Time to live exceeded'],
    ['-c1 -s 4000', '4008 bytes from'],
    ['-c2 -i0.2 -s 4', '12 bytes from 10.0.2.2: icmp_seq=1 ttl=62\n'],
    ['-c1 -p ff', 'PATTERN: 0xff'],
    ['-c1 -q -p ff', 'bytes of data.\n\n---'],
    ['-c1 -Q 0x10', 'ttl=62'],
  ])('ping %s', async (options, text) => {
    expect(await alike('ping', ...options.split(' '), TARGET)).toContain(text);
  });

  it('ping -M do, which learns the path MTU', async () => {
    await beside.run('ip', ['route', 'flush', 'cache']);
    const out = await alike('ping', '-c3', '-i0.2', '-M', 'do', '-s', '1372', TARGET);
    expect(out).toContain('icmp_seq=1 Frag needed and DF set (mtu = 1300)');
  });

  it.each([
    ['-n', ' 3  10.0.2.2'],
    ['-I -n -N 1', ' 2  10.0.1.2'],
    ['-T -n -N 1', ' 3  10.0.2.2'],
    ['-U -n', ' 3  10.0.2.2'],
    ['-q 1 -m 2', ' 2  10.0.1.2 (10.0.1.2)'],
    ['-n --mtu', 'F=1300'],
    ['-n -f 2 -q 1', ' 2  10.0.1.2'],
  ])('traceroute %s', async (options, text) => {
    expect(await alike('traceroute', ...options.split(' '), TARGET)).toContain(text);
  });

  it('traceroute -F, where a packet does not fit', async () => {
    expect(await alike('traceroute', '-n', '-F', TARGET, '1450')).toContain('!F-1400');
  });

  it('traceroute to a network that no router knows', async () => {
    // A router sends so many errors a second to one host and no more (icmp_ratelimit), and the
    // tests before have asked for some.
    const args = ['-n', '-N', '1', '10.0.9.9'];
    const texts = { theirs: '*', ours: '*' };
    await waitFor(
      'the router answers each of the probes',
      async () => {
        if (texts.theirs.includes('*'))
          texts.theirs = (await beside.run('traceroute', args)).stdout;
        if (texts.ours.includes('*')) texts.ours = (await strata('traceroute', ...args)).stdout;
        return !`${texts.theirs}${texts.ours}`.includes('*');
      },
      60_000,
    );
    expect(masked(texts.ours)).toBe(masked(texts.theirs));
    expect(texts.ours).toContain('!N');
  });

  it.each(['-r -n -c 2 -i 0.2', '-r -n -w -c 2 -i 0.2', '-n -c 2 -i 0.2 --json'])(
    'mtr %s',
    async (options) => {
      const out = await alike('mtr', ...options.split(' '), TARGET);
      expect(out).toContain('10.0.2.2');
    },
  );

  // Only there is a second stack.
  const itInOneProcess = composition === 'one process' ? it : it.skip;
  itInOneProcess(
    'a SYN leaves no half-open connection: transport refuses the SYN,ACK',
    async () => {
      const from = (stackName: string, command: string, ...args: readonly string[]) =>
        run(process.execPath, [
          ...[STRATA, command, ...stack.traceArguments, '--stack', stackName],
          ...args,
        ]);
      const { stdout } = await from('client', 'traceroute', '-n', '-T', '-q', '1', SERVER);
      expect(masked(stdout)).toContain(' 1  192.0.2.2  T ms');
      expect((await from('server', 'ss', '-ta')).stdout).not.toContain('SYN-RECV');
      const { stdout: counters } = await from('server', 'nstat', '-z', 'TcpExtEmbryonicRsts');
      expect(counters).toMatch(/TcpExtEmbryonicRsts +[1-9]/);
    },
  );
});
