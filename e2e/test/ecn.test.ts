import { join } from 'node:path';
import { writeBigFile } from '../support/big-file.ts';
import { Host } from '../support/host.ts';
import { killAllStarted } from '../support/process.ts';
import { type RunningStack, startOneProcess, temporaryFolder } from '../support/stacks.ts';
import { download, upload } from '../support/transfers.ts';

const OCTETS = 8 * 1024 * 1024;

afterAll(killAllStarted);

/** What `nstat` says of a Linux host, and the stack's console of the server. */
async function countersOf(stack: RunningStack, client: Host) {
  const { stdout } = await client.run('nstat', ['-asz']);
  const linux = (name: string) => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(stdout)?.[1]);
  const response = await fetch(`${stack.api!}/api/counters?stack=server`);
  const { server } = (await response.json()) as { server: Record<string, Record<string, number>> };
  const ours = (layer: 'network' | 'transport', name: string) => server[layer]![name];
  return { linux, ours };
}

describe('explicit congestion notification with Linux (RFC 3168; T13)', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'file.bin');
  let hash: string;
  let stack: RunningStack;
  let client: Host;

  /** A wire that marks one frame in a hundred, and loses none. */
  beforeAll(async () => {
    hash = writeBigFile(path, OCTETS, 5);
    const wireImpairment = { ceMarkRatio: 0.01, delayMs: 5, limitFrames: 100_000, seed: 1 };
    stack = await startOneProcess({ files: folder, wireImpairment });
    client = new Host(stack.netns);
    await client.run('sysctl', ['-q', '-w', 'net.ipv4.tcp_ecn=1']);
  }, 60_000);

  afterAll(async () => {
    await stack?.stop();
  }, 60_000);

  it('is used if Linux asks for it: the stack slows down by marks alone, and retransmits nothing', async () => {
    expect(await download(client, 'file.bin')).toBe(hash);
    const { linux, ours } = await countersOf(stack, client);
    expect(linux('IpExtInCEPkts')).toBeGreaterThan(0);
    expect(ours('transport', 'StrataEcnReductions')).toBeGreaterThan(0);
    expect(ours('transport', 'TCPDeliveredCE')).toBeGreaterThan(0);
    expect(ours('transport', 'TcpRetransSegs')).toBe(0);
  }, 120_000);

  it('echoes received marks to Linux, and nothing is lost', async () => {
    expect(await upload(client, path)).toBe(hash);
    const { linux, ours } = await countersOf(stack, client);
    expect(ours('network', 'IpExtInCEPkts')).toBeGreaterThan(0);
    expect(linux('TcpExtTCPDeliveredCE')).toBeGreaterThan(0);
    expect(linux('TcpRetransSegs')).toBe(0);
  }, 120_000);
});
