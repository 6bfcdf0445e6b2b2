import { readFileSync } from 'node:fs';
import { parseIpv4 } from '@strata/wire';
import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { supportScript } from '../support/linux-peers.ts';
import { memoryOf, reportsMemory } from '../support/memory.ts';
import { killAllStarted, type LongRunning } from '../support/process.ts';
import { type RunningStack, SERVER, startOneProcess } from '../support/stacks.ts';

afterAll(killAllStarted);

const PER_SECOND = 20_000;
const SECONDS = 20;
const MIB = 2 ** 20;

/** Where the spoofed sources are said to be. */
interface Spoofed {
  readonly prefix: string;
  readonly prefixLength: number;
}

/** A flooder beside the host, whose kernel forwards all that the flooder sends. */
async function startFlooder(stack: RunningStack, from: Spoofed): Promise<LongRunning> {
  const host = new Host(stack.netns);
  const flood = {
    target: parseIpv4(SERVER),
    port: 80,
    prefix: parseIpv4(from.prefix),
    prefixLength: from.prefixLength,
    perSecond: PER_SECOND,
    seconds: SECONDS,
  };
  const flooder = host.launch('flooder', process.execPath, [
    ...supportScript('syn-flooder.ts'),
    JSON.stringify(flood),
  ]);
  await flooder.saysWithin('ready');
  for (const setting of ['ip_forward=1', 'conf.all.rp_filter=0', 'conf.flood0.rp_filter=0']) {
    await host.run('sysctl', ['-q', '-w', `net.ipv4.${setting}`]);
  }
  // Answers reach the flooder without a word of ARP.
  await run('ip', ['-n', stack.netns, 'link', 'set', 'flood0', 'arp', 'off']);
  return flooder;
}

/** Resident memory, octets. */
function residentOctets(process: LongRunning): number {
  const status = readFileSync(`/proc/${process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}

/** One counter of a layer of the server. */
type Counter = (layer: 'link' | 'network' | 'transport', name: string) => number;

async function countersOf(stack: RunningStack): Promise<Counter> {
  const response = await fetch(`${stack.api}/api/counters?stack=server`);
  const all = (await response.json()) as { server: Record<string, Record<string, number>> };
  return (layer, name) => all.server[layer]?.[name] ?? Number.NaN;
}

interface Flooded {
  /** Requests of curl that succeeded, of how many, in each second. */
  readonly pages: readonly string[];
  /** Resident memory in each second, octets. */
  readonly resident: readonly number[];
  readonly sent: number;
  readonly answers: number;
}

/**
 * curl asks for a page, again and again where it fails, until one has come or the second is over.
 */
async function pageBy(host: Host, endMs: number): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const leftMs = endMs - performance.now();
    const maxTime = Math.max(0.1, Math.min(0.45, leftMs / 1000)).toFixed(2);
    const page = ['-sS', '--max-time', maxTime, '-o', '/dev/null', '-w', '%{http_code}'];
    const { stdout, stderr } = await host.run('curl', [...page, `http://${SERVER}/`], {
      check: false,
    });
    if (stdout === '200') return 'ok';
    if (performance.now() >= endMs) return `${tries} tries: ${stderr}`;
  }
}

/** Floods the stack, and has curl ask for a page in each second of it. */
async function underFlood(stack: RunningStack, from: Spoofed): Promise<Flooded> {
  const host = new Host(stack.netns);
  const flooder = await startFlooder(stack, from);
  if (from.prefix === '10.0.0.0') {
    // By way of a gateway: a neighbour of each spoofed host would fill the kernel's table, which is
    // one for all namespaces.
    const route = ['10.0.0.0/8', 'via', '198.51.100.1', 'dev', 'flood0', 'onlink'];
    await run('ip', ['-n', stack.netns, 'route', 'add', ...route]);
  }
  expect(await pageBy(host, performance.now() + 5000)).toBe('ok');
  process.kill(flooder.pid, 'SIGUSR2');
  const beginMs = performance.now();
  const pages: string[] = [];
  const resident: number[] = [];
  for (let second = 0; second < SECONDS; second += 1) {
    const waitMs = beginMs + second * 1000 - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
    pages.push(await pageBy(host, beginMs + (second + 1) * 1000));
    resident.push(residentOctets(stack.processes[0]!));
  }
  await flooder.saysWithin('answers');
  const { sent, answers } = JSON.parse(flooder.stdout.trim().split('\n').at(-1)!);
  return { pages, resident, sent, answers };
}

/** What holds of each flood. Returns the counters of the server's layers. */
async function expectToSurvive(stack: RunningStack, from: Spoofed) {
  const [strata] = stack.processes;
  const before = await memoryOf(strata!);
  const flooded = await underFlood(stack, from);
  expect(flooded.pages).toEqual(Array(SECONDS).fill('ok'));
  expect(flooded.sent).toBeGreaterThan(0.95 * PER_SECOND * SECONDS);
  // What the flood has made grow is garbage, and there is no more of it at the end than in the
  // middle.
  const half = Math.max(...flooded.resident.slice(SECONDS / 4, SECONDS / 2));
  expect(Math.max(...flooded.resident)).toBeLessThan(half + 64 * MIB);
  const after = await memoryOf(strata!);
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  expect(grown).toBeLessThan(16 * MIB);
  const counter = await countersOf(stack);
  expect(counter('transport', 'TcpInSegs')).toBeGreaterThan(PER_SECOND);
  expect(counter('transport', 'TcpPassiveOpens')).toBeGreaterThanOrEqual(SECONDS);
  const cookies = counter('transport', 'SyncookiesSent');
  expect(counter('transport', 'TCPReqQFullDoCookies')).toBe(cookies);
  for (const name of ['ListenOverflows', 'TCPReqQFullDrop', 'core_errors']) {
    expect([name, counter('transport', name)]).toEqual([name, 0]);
  }
  return { flooded, counter };
}

describe('a SYN flood of 20,000 a second from spoofed sources for 20 s (T9)', () => {
  const behindRouter: Spoofed = { prefix: '10.0.0.0', prefixLength: 8 };

  it('behind a router: curl succeeds every second, memory does not grow, and the counters show the flood', async () => {
    const options = { serverGateway: '192.0.2.1' };
    const stack = await startOneProcess(options, undefined, reportsMemory);
    const { flooded, counter } = await expectToSurvive(stack, behindRouter);
    // Those whose addresses were borrowed are sent the answers, and no more than these.
    const cookies = counter('transport', 'SyncookiesSent');
    expect(cookies).toBeGreaterThan(PER_SECOND);
    expect(counter('transport', 'SyncookiesRecv')).toBeGreaterThan(0);
    expect(flooded.answers).toBeGreaterThan(0.8 * cookies);
    expect(flooded.answers).toBeLessThan(1.05 * cookies);
    // Where it was too much at once, what was not taken is counted: nothing is lost in silence.
    const seen =
      counter('transport', 'TcpInSegs') +
      counter('network', 'indication_dropped') +
      counter('link', 'rx_dropped') +
      counter('link', 'strata0_tap_rx_dropped');
    expect(seen).toBeGreaterThan(0.99 * flooded.sent);
    expect(seen).toBeLessThan(1.01 * flooded.sent);
    await stack.stop();
  }, 120_000);

  it('without a route to them: the same, and their connection requests end at once', async () => {
    const stack = await startOneProcess({}, undefined, reportsMemory);
    const { flooded, counter } = await expectToSurvive(stack, behindRouter);
    expect(flooded.answers).toBe(0);
    expect(counter('network', 'IpOutNoRoutes')).toBeGreaterThan(PER_SECOND);
    expect(counter('transport', 'TcpAttemptFails')).toBeGreaterThan(PER_SECOND);
    await stack.stop();
  }, 120_000);

  it('on the link, where nobody answers ARP: the same, and the neighbour table keeps its bound', async () => {
    const options = { serverAddress: '192.0.2.2/16' };
    const stack = await startOneProcess(options, undefined, reportsMemory);
    const { counter } = await expectToSurvive(stack, { prefix: '192.0.0.0', prefixLength: 16 });
    expect(counter('link', 'allocs') - counter('link', 'destroys')).toBeLessThanOrEqual(1024);
    expect(counter('link', 'table_fulls')).toBeGreaterThan(0);
    expect(counter('transport', 'SyncookiesRecv')).toBeGreaterThan(0);
    await stack.stop();
  }, 120_000);
});
