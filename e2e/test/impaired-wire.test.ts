import { join } from 'node:path';
import { writeBigFile } from '../support/big-file.ts';
import { type Peers, startKernelPeers, startStackPeers } from '../support/linux-peers.ts';
import { killAllStarted } from '../support/process.ts';
import { temporaryFolder } from '../support/stacks.ts';
import { download, upload } from '../support/transfers.ts';

const OCTETS = 5 * 1024 * 1024;
const LIMIT_FRAMES = 100_000;
const PATIENT = { timeoutMs: 170_000 };

afterAll(killAllStarted);

/**
 * Both stations send over the same bad wire, as in `npm run bench`, where the goodput is compared.
 */
describe.each([
  {
    name: '1% loss, 25 ms each way',
    impairment: { lossRatio: 0.01, delayMs: 25, limitFrames: LIMIT_FRAMES, seed: 1 },
    losesNothing: false,
  },
  {
    name: '5% reordering alone, 25 ms each way, 100 Mbit/s',
    impairment: {
      reorderRatio: 0.05,
      delayMs: 25,
      rateBitsPerSecond: 1e8,
      limitFrames: LIMIT_FRAMES,
      seed: 1,
    },
    losesNothing: true,
  },
])('Linux and the stack over a wire with $name', ({ impairment, losesNothing }) => {
  const folder = temporaryFolder();
  const path = join(folder, 'file.bin');
  let hash: string;
  let peers: Peers;

  beforeAll(async () => {
    hash = writeBigFile(path, OCTETS, 3);
    peers = await startStackPeers(impairment, folder);
  }, 60_000);

  afterAll(async () => {
    await peers?.stop();
  }, 60_000);

  it('sends 5 MiB to Linux without errors', async () => {
    expect(await download(peers.client, 'file.bin', PATIENT)).toBe(hash);
  }, 180_000);

  it('receives 5 MiB from Linux without errors', async () => {
    expect(await upload(peers.client, path, PATIENT)).toBe(hash);
  }, 180_000);

  it('has retransmitted, and without loss never because of a timeout', async () => {
    const { client, server } = await peers.counters();
    expect(server.RetransSegs + client.RetransSegs).toBeGreaterThan(0);
    expect(server.TCPTimeouts).not.toBeNaN();
    if (!losesNothing) return;
    expect({ client, server }).toMatchObject({
      client: { TCPTimeouts: 0, TCPSpuriousRTOs: 0 },
      server: { TCPTimeouts: 0 },
    });
  });
});

describe('two Linux namespaces with their TAP devices on one virtual wire', () => {
  it('exchange data over it, with its delay, and with CUBIC', async () => {
    const peers = await startKernelPeers({ delayMs: 25 });
    try {
      const ping = await peers.client.run('ping', ['-c', '3', '-i', '0.2', peers.server]);
      const average = /rtt min\/avg\/max\/mdev = [\d.]+\/([\d.]+)\//.exec(ping.stdout)?.[1];
      expect(Number(average)).toBeGreaterThan(49);
      const page = await peers.client.shell(
        [
          `curl -sS --fail http://${peers.server}/bytes/20000000 | wc -c &`,
          'until ss -Htin state established | grep -o cubic; do sleep 0.05; done; wait',
        ].join('\n'),
      );
      expect(page.stdout).toMatch(/^20000000$/m);
      expect(page.stdout).toContain('cubic');
    } finally {
      await peers.stop();
    }
  }, 60_000);
});
