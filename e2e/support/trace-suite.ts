import { join } from 'node:path';
import { countPackets, findBadPackets } from './capture.ts';
import { Host } from './host.ts';
import { LongRunning } from './process.ts';
import { type RunningStack, SERVER, STRATA, temporaryFolder } from './stacks.ts';
import { waitFor } from './wait.ts';

/**
 * Octets of a transfer whose lines are more than a stopped viewer's way holds: 4 MiB at the source,
 * and some 10 MB in the kernel's sockets. A PDU is a line of some 200 octets at each boundary.
 */
const TRANSFER_OCTETS = {
  /** PDUs of 65,160 octets. */
  'in one process': 3_000_000_000,
  /** PDUs of 16 KiB. */
  'four services over NATS': 300_000_000,
} as const;

/** `strata trace` against a stack that serves a page at the same time. */
export function describeTraceSuite(
  composition: keyof typeof TRANSFER_OCTETS,
  start: () => Promise<RunningStack>,
): void {
  describe(`strata trace, ${composition}`, () => {
    let stack: RunningStack;
    let host: Host;

    beforeAll(async () => {
      stack = await start();
      host = new Host(stack.netns);
    }, 60_000);

    afterAll(async () => {
      await stack?.stop();
    }, 60_000);

    it('prints one line for each PDU at each boundary, with the headers that the layer reads', async () => {
      const trace = new LongRunning('strata trace', process.execPath, [
        STRATA,
        'trace',
        ...stack.traceArguments,
      ]);
      await waitFor('the trace shows the page going by', async () => {
        await host.run('curl', ['-sS', '-o', '/dev/null', `http://${SERVER}/`]);
        return /HTTP|application/.test(trace.stdout) && trace.stdout.includes('Flags [S.]');
      });
      // The segment at transport's boundary, and the packet at network's.
      expect(trace.stdout).toMatch(/192\.0\.2\.1\.\d+ > 192\.0\.2\.2\.80: Flags \[S\]/);
      await waitFor('a super-segment is marked at each boundary', async () => {
        await host.run('curl', ['-sS', '-o', '/dev/null', `http://${SERVER}/bytes/100000`]);
        const marked = /^\S+ \S+ (\S+) .*\(GSO 1448 x \d+, checksum partial\)/gm;
        const boundaries = [...trace.stdout.matchAll(marked)].map(([, boundary]) => boundary);
        return ['wire', 'link/network', 'network/transport'].every((it) => boundaries.includes(it));
      });
      expect(await trace.stop('SIGINT')).toBe(0);
    });

    it('does not hold a transfer up while it is stopped, and then says how many PDUs it missed', async () => {
      const trace = new LongRunning('strata trace', process.execPath, [
        STRATA,
        'trace',
        ...stack.traceArguments,
      ]);
      await waitFor('the trace shows a page going by', async () => {
        await host.run('curl', ['-sS', '-o', '/dev/null', `http://${SERVER}/bytes/12`]);
        return trace.stdout.includes('Flags [S.]');
      });
      process.kill(trace.pid, 'SIGSTOP');
      try {
        // More octets than the kernel, NATS and the publishers together buffer for a viewer that
        // does not read.
        const url = `http://${SERVER}/bytes/${TRANSFER_OCTETS[composition]}`;
        const options = { timeoutMs: 150_000 };
        await host.run('curl', ['-sS', '--fail', '-o', '/dev/null', url], options);
      } finally {
        process.kill(trace.pid, 'SIGCONT');
      }
      await waitFor('the trace says what it has missed', () =>
        /^strata: \d+ PDUs are not shown/m.test(trace.stderr),
      );
      // The trace continues.
      const shown = () => trace.stdout.split('Flags [S.]').length;
      const before = shown();
      await waitFor('the trace shows a later page', async () => {
        await host.run('curl', ['-sS', '-o', '/dev/null', `http://${SERVER}/bytes/12`]);
        return shown() > before;
      });
      expect(await trace.stop('SIGINT')).toBe(0);
    }, 240_000);

    it('writes what the link carries to a file that Wireshark reads', async () => {
      const file = join(temporaryFolder(), 'trace.pcapng');
      const trace = new LongRunning('strata trace --pcapng', process.execPath, [
        STRATA,
        'trace',
        ...stack.traceArguments,
        '--pcapng',
        file,
      ]);
      await trace.saysWithin(file);
      await host.run('ping', ['-c', '3', '-i', '0.2', SERVER]);
      await host.run('curl', ['-sS', '-o', '/dev/null', `http://${SERVER}/bytes/100000`]);
      await waitFor('the file holds the page', async () => {
        return (await countPackets(file, 'http.response').catch(() => 0)) > 0;
      });
      expect(await trace.stop('SIGINT')).toBe(0);
      expect(await countPackets(file, 'icmp.type == 8')).toBe(3);
      expect(await countPackets(file, 'icmp.type == 0')).toBe(3);
      expect(await countPackets(file, 'tcp.flags.syn == 1')).toBeGreaterThanOrEqual(2);
      const agreed = 'tcp.flags.syn == 1 && tcp.flags.ack == 1 && tcp.options.timestamp.tsval';
      expect(await countPackets(file, agreed)).toBeGreaterThanOrEqual(1);
      // A super-segment is marked in a comment and in bit 11 of the flags. Its checksums are
      // complete.
      const marked = 'frame.comment contains "GSO 1448 x" && frame.packet_flags & 0x800';
      expect(await countPackets(file, `${marked} && frame.len > 1514`)).toBeGreaterThan(0);
      expect(await countPackets(file, 'frame.len > 1514 && !frame.comment')).toBe(0);
      expect(await findBadPackets(file)).toEqual([]);
    });
  });
}
