import { join } from 'node:path';
import { writeBigFile } from './big-file.ts';
import { Host } from './host.ts';
import { type RunningStack, SERVER, temporaryFolder } from './stacks.ts';
import { download, upload } from './transfers.ts';

const OCTETS = 20 * 1024 * 1024;
const PATIENT = { timeoutMs: 290_000 };

/** Transfers 20 MB in each direction, with 2% loss and 20 ms of delay each way on our side. */
export function describeLossySuite(
  composition: string,
  start: (
    files: string,
    impairment: { lossRatio: number; delayMs: number },
  ) => Promise<RunningStack>,
): void {
  describe(`with 2% loss and 20 ms delay each way, ${composition}`, () => {
    const folder = temporaryFolder();
    let stack: RunningStack;
    let host: Host;
    let hash: string;

    beforeAll(async () => {
      hash = writeBigFile(join(folder, 'file.bin'), OCTETS, 2);
      stack = await start(folder, { lossRatio: 0.02, delayMs: 20 });
      host = new Host(stack.netns);
    }, 60_000);

    afterAll(async () => {
      await stack?.stop();
    }, 60_000);

    it('has the configured delay', async () => {
      const { stdout } = await host.run('ping', ['-c', '5', '-i', '0.2', SERVER], { check: false });
      const average = /rtt min\/avg\/max\/mdev = [\d.]+\/([\d.]+)\//.exec(stdout)?.[1];
      expect(Number(average)).toBeGreaterThan(39);
    });

    it('sends 20 MB without errors', async () => {
      expect(await download(host, 'file.bin', PATIENT)).toBe(hash);
    }, 300_000);

    it('receives 20 MB without errors', async () => {
      expect(await upload(host, join(folder, 'file.bin'), PATIENT)).toBe(hash);
    }, 300_000);
  });
}
