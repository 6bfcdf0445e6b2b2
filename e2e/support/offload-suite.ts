import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { Host } from './host.ts';
import { type RunningStack, SERVER, STRATA, temporaryFolder } from './stacks.ts';

/** Large enough that a transfer takes some seconds, so that the switches change during it. */
const FILE_OCTETS = 24 * 1024 * 1024;
const RATE = '6M';
/** The largest Ethernet frame of one segment. */
const LARGEST_FRAME_OCTETS = 1514;
/** Frames examined each time. */
const LOOK_FRAMES = 30;

/** The direction of a transfer's data. */
type Way = 'from the stack' | 'to the stack';

/**
 * `strata ethtool -K` while a host downloads and uploads. tcpdump watches at the host's end of the
 * TAP.
 */
export function describeOffloadSuite(
  composition: string,
  start: (files: string) => Promise<RunningStack>,
): void {
  describe(`strata ethtool, ${composition}`, () => {
    const folder = temporaryFolder();
    const file = join(folder, 'some.bin');
    let stack: RunningStack;
    let host: Host;
    let hash: string;

    beforeAll(async () => {
      const bytes = randomBytes(FILE_OCTETS);
      writeFileSync(file, bytes);
      hash = createHash('sha256').update(bytes).digest('hex');
      stack = await start(folder);
      host = new Host(stack.netns);
    }, 60_000);

    afterAll(async () => {
      await stack?.stop();
    }, 60_000);

    const ethtool = async (...args: string[]) => {
      const command = [STRATA, 'ethtool', ...stack.traceArguments, ...args];
      return (await run(process.execPath, command)).stdout;
    };

    /**
     * The length of the longest of the next data frames in this direction, at the host's end of the
     * TAP.
     */
    async function longest(way: Way): Promise<number> {
      const port = way === 'from the stack' ? 'src' : 'dst';
      const filter = `tcp ${port} port 80 and greater 1000`;
      const options = ['-i', 'strata0', '-n', '-e', '-l', '-s', '96', '-c', `${LOOK_FRAMES}`];
      const { stdout } = await host.run('tcpdump', [...options, filter], { timeoutMs: 60_000 });
      const lengths = [...stdout.matchAll(/, length (\d+): 192/g)].map(([, octets]) =>
        Number(octets),
      );
      expect(lengths.length).toBe(LOOK_FRAMES);
      return Math.max(...lengths);
    }

    /** Repeats transfers of the file while `during` runs, and returns the result of each. */
    async function whileTransferring(way: Way, during: () => Promise<void>): Promise<string[]> {
      const url = `http://${SERVER}`;
      const line =
        way === 'from the stack'
          ? `curl -sS --fail --limit-rate ${RATE} ${url}/files/some.bin | sha256sum`
          : `curl -sS --fail --limit-rate ${RATE} -H Expect: -T ${file} -X POST ${url}/sha256`;
      let isOver = false;
      const hashes: string[] = [];
      const transfers = async () => {
        while (!isOver) hashes.push((await host.shell(line, { timeoutMs: 100_000 })).stdout);
      };
      const running = transfers();
      try {
        await during();
      } finally {
        isOver = true;
        await running;
      }
      return hashes.map((text) => text.trim().split(/\s/)[0]!);
    }

    it.each([
      ['from the stack', 'strata0', ['tso', 'tx']],
      ['from the stack', 'eth0', ['tso', 'tx']],
      ['to the stack', 'strata0', ['lro', 'rx']],
    ] as const)(
      'switches data %s at %s (%j): single segments, then super-segments again, and nothing is lost',
      async (way, interfaceName, features) => {
        const hashes = await whileTransferring(way, async () => {
          expect(await longest(way)).toBeGreaterThan(LARGEST_FRAME_OCTETS);
          for (const feature of features) {
            await ethtool('-K', interfaceName, feature, 'off');
            expect(await longest(way)).toBeLessThanOrEqual(LARGEST_FRAME_OCTETS);
            await ethtool('-K', interfaceName, feature, 'on');
            expect(await longest(way)).toBeGreaterThan(LARGEST_FRAME_OCTETS);
          }
        });
        expect(hashes.length).toBeGreaterThan(0);
        expect(new Set(hashes)).toEqual(new Set([hash]));
      },
      120_000,
    );

    it('continues with all switches off, in both directions', async () => {
      const [both, off] = [
        ['eth0', 'strata0'],
        ['rx', 'off', 'tx', 'off'],
      ];
      for (const interfaceName of both) await ethtool('-K', interfaceName, ...off);
      for (const way of ['from the stack', 'to the stack'] as const) {
        const hashes = await whileTransferring(way, async () => {
          expect(await longest(way)).toBeLessThanOrEqual(LARGEST_FRAME_OCTETS);
        });
        expect(hashes).toEqual([hash]);
      }
      for (const interfaceName of both) await ethtool('-K', interfaceName, 'rx', 'on', 'tx', 'on');
    }, 120_000);

    it('shows the switches at both ends', async () => {
      await ethtool('-K', 'strata0', 'lro', 'off');
      expect(await ethtool('-k', 'strata0')).toContain('large-receive-offload: off\n');
      const { stdout } = await host.run('ethtool', ['-k', 'strata0']);
      expect(stdout).toMatch(/^tcp-segmentation-offload: off$/m);
      expect(stdout).toMatch(/^tx-checksumming: on$/m);
      await ethtool('-K', 'strata0', 'lro', 'on');
    });
  });
}
