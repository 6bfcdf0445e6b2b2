import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBigFile } from './big-file.ts';
import { Capture, countPacketsFrom, findBadPackets } from './capture.ts';
import { run } from './command.ts';
import { Host } from './host.ts';
import { MANY_CONNECTIONS, UDP_ERROR } from './scripts.ts';
import { type RunningStack, SERVER, temporaryFolder } from './stacks.ts';
import { download, upload } from './transfers.ts';
import { waitFor } from './wait.ts';

const SEND_SEGMENTS = fileURLToPath(new URL('send-segments.c', import.meta.url));
const HOST_ADDRESS = '192.0.2.1';
const FILE_OCTETS = 100 * 1024 * 1024;
const GIBIBYTE = 1024 ** 3;

/**
 * Options of ping: send all requests at once, and wait up to 10 s for the last answer. With a short
 * interval, ping would wait only the interval or two round trips.
 */
const patiently = (count: number) => ['-l', `${count}`, '-i', '10'];

/**
 * What a Linux host does with the stack, for any composition of processes. All traffic is captured,
 * and tshark checks it.
 */
export function describeHostSuite(
  composition: string,
  start: (files: string) => Promise<RunningStack>,
): void {
  describe(`a Linux host and the stack, ${composition}`, () => {
    const folder = temporaryFolder();
    let stack: RunningStack;
    let host: Host;
    let capture: Capture;
    /**
     * A second capture, without bulk data. During a transfer at full speed a capture loses frames,
     * and the frames of this one must not be lost.
     */
    let captureOfFew: Capture;
    let fileHash: string;
    let sendSegments: string;

    beforeAll(async () => {
      sendSegments = join(folder, 'send-segments');
      await run('cc', ['-o', sendSegments, SEND_SEGMENTS]);
      fileHash = writeBigFile(join(folder, 'big.bin'), FILE_OCTETS, 1);
      stack = await start(folder);
      host = new Host(stack.netns);
      capture = await Capture.start(stack.netns);
      captureOfFew = await Capture.start(stack.netns, 'less 1000 and not tcp[tcpflags] = tcp-ack');
    }, 120_000);

    afterAll(async () => {
      await stack?.stop();
    }, 60_000);

    it('answers ping, all five', async () => {
      const { stdout } = await host.run('ping', ['-c', '5', ...patiently(5), SERVER]);
      expect(stdout).toContain('5 received, 0% packet loss');
    });

    it('answers pings of 8,000 octets, in fragments both ways', async () => {
      const large = ['-c', '3', ...patiently(3), '-s', '8000', SERVER];
      const { stdout } = await host.run('ping', large);
      expect(stdout).toContain('3 received, 0% packet loss');
    });

    it('answers pings with the options that record, as Linux does (RFC 1122 3.2.2.6)', async () => {
      const way = [HOST_ADDRESS, SERVER, SERVER, HOST_ADDRESS];
      expect(await recorded(host, '-R')).toEqual(way);
      expect(await recorded(host, '-R', '-s', '4000')).toEqual(way);
      // ping prints the first time in full, in milliseconds since midnight UT, and the others as
      // differences.
      const times = (await recorded(host, '-T', 'tsonly')).map((time) => Number.parseInt(time, 10));
      expect(times).toHaveLength(4);
      for (const more of times.slice(1)) expect(Math.abs(more)).toBeLessThan(10_000);
      const pairs = await recorded(host, '-T', 'tsandaddr');
      expect(pairs.map((pair) => pair.split('\t')[0])).toEqual(way);
      for (const pair of pairs.slice(1)) {
        expect(Math.abs(Number(pair.split('\t')[1]))).toBeLessThan(10_000);
      }
    });

    it('serves its page to curl', async () => {
      const { stdout } = await host.run('curl', ['-sS', '-i', `http://${SERVER}/`]);
      expect(stdout).toMatch(/^HTTP\/1\.1 200 OK/);
      expect(stdout).toContain('192.0.2.1');
    });

    it('sends a gibibyte', async () => {
      const { stdout } = await host.run(
        'curl',
        [
          '-sS',
          '-o',
          '/dev/null',
          '-w',
          '%{http_code} %{size_download}',
          `http://${SERVER}/bytes/${GIBIBYTE}`,
        ],
        { timeoutMs: 280_000 },
      );
      expect(stdout).toBe(`200 ${GIBIBYTE}`);
    }, 300_000);

    it('sends a file of 100 MB without errors', async () => {
      expect(await download(host, 'big.bin')).toBe(fileHash);
    }, 120_000);

    it('receives a file of 100 MB without errors', async () => {
      expect(await upload(host, join(folder, 'big.bin'))).toBe(fileHash);
    }, 120_000);

    it('serves 200 simultaneous connections', async () => {
      const { stdout } = await host.node(MANY_CONNECTIONS, [SERVER, '200']);
      expect(stdout.trim()).toBe('200');
    });

    it('echoes over TCP, and half-closes when nc -N does', async () => {
      const text = 'half of a connection\n'.repeat(5000);
      const { stdout } = await host.run('nc', ['-N', SERVER, '7'], { input: text });
      expect(createHash('sha256').update(stdout).digest('hex')).toBe(
        createHash('sha256').update(text).digest('hex'),
      );
    });

    it('echoes over UDP', async () => {
      const { stdout } = await host.run('nc', ['-u', '-w', '1', SERVER, '7'], {
        input: 'datagram',
      });
      expect(stdout).toBe('datagram');
    });

    it('discards, generates characters and tells the time over TCP', async () => {
      const discarded = await host.shell(`head -c 1000000 /dev/zero | nc -N ${SERVER} 9`);
      expect(discarded.stdout).toBe('');
      const characters = await host.shell(`nc ${SERVER} 19 < /dev/null | head -n 200 | sha256sum`);
      const lines = Array.from({ length: 200 }, (_, line) =>
        Array.from({ length: 72 }, (_, at) => String.fromCharCode(32 + ((line + at) % 95))).join(
          '',
        ),
      );
      const expected = lines.map((line) => `${line}\r\n`).join('');
      expect(characters.stdout).toContain(createHash('sha256').update(expected).digest('hex'));
      const { stdout } = await host.run('nc', [SERVER, '13'], { input: '' });
      expect(Math.abs(Date.parse(stdout.trim().replace('-', ' ')) - Date.now())).toBeLessThan(
        60_000,
      );
      const time = await host.shell(`nc ${SERVER} 37 < /dev/null | od -An -tx1`);
      const seconds = Number.parseInt(time.stdout.replaceAll(/\s/g, ''), 16) - 2_208_988_800;
      expect(Math.abs(seconds * 1000 - Date.now())).toBeLessThan(60_000);
    });

    it('accepts a super-datagram as its single datagrams', async () => {
      const { stdout } = await host.run(sendSegments, [SERVER, '7', '12007', '1200']);
      const expected = [...new Array<number>(10).fill(1200), 7];
      expect(stdout.trim().split('\n').map(Number)).toEqual(expected);
    });

    it('refuses a super-datagram to a UDP port without a socket by port unreachable', async () => {
      const { stdout } = await host.run(sendSegments, [SERVER, '9999', '12007', '1200']);
      expect(stdout.trim()).toBe('refused');
    });

    it('refuses a TCP port without a listener by RST', async () => {
      const { code, stderr } = await host.run('nc', ['-vz', '-w', '5', SERVER, '81'], {
        check: false,
      });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('refused') });
    });

    it('refuses a UDP port without a socket by port unreachable', async () => {
      const { stdout } = await host.node(UDP_ERROR, [SERVER, '9999']);
      expect(stdout.trim()).toBe('ECONNREFUSED');
    });

    it('agrees on window scaling and timestamps, as ss shows on the host', async () => {
      const nc = host.launch('nc', 'nc', [SERVER, '7']);
      let shown = '';
      await waitFor('ss shows the connection', async () => {
        shown = (await host.run('ss', ['-tniH', 'dst', SERVER, 'dport', '=', ':7'])).stdout;
        return shown.includes('wscale');
      });
      expect(shown).toMatch(/wscale:[1-9]\d*,/);
      // Timestamps take 12 octets of each segment (RFC 7323 appendix A): 1,448 of 1,460 are left.
      // Not every ss prints `ts`.
      expect(shown).toMatch(/ mss:1448 /);
      await nc.stop();
    });

    it('has sent no bad checksum and no malformed packet in the tests above, as tshark says', async () => {
      await capture.stop();
      await captureOfFew.stop();
      expect(await countPacketsFrom(capture.file, SERVER)).toBeGreaterThan(1000);
      expect(await findBadPackets(capture.file)).toEqual([]);
      expect(await countPacketsFrom(captureOfFew.file, SERVER)).toBeGreaterThan(400);
      expect(await findBadPackets(captureOfFew.file)).toEqual([]);
    }, 900_000);
  });
}

/** What the options of the reply to one ping have recorded, a line each. */
async function recorded(host: Host, ...options: string[]): Promise<string[]> {
  const { stdout } = await host.run('ping', ['-n', '-c', '1', ...options, SERVER]);
  const [, lines = ''] = /^(?:RR|TS): ([\s\S]*?)\n\n/m.exec(stdout) ?? [];
  return lines.split('\n').map((line) => line.trim());
}
