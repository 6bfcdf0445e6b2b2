import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@strata/conformance';
import { runCli } from './run-cli.ts';
import { type OneProcess, startOneProcess } from './support/compositions.ts';

const { frames, printed } = JSON.parse(
  readFileSync(new URL('../../wire/test/tcpdump-prints.json', import.meta.url), 'utf8'),
) as { frames: readonly string[]; printed: Readonly<Record<string, readonly string[]>> };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-tcpdump-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A classic capture file of the frames, one each second. */
function pcap(order: 'LE' | 'BE', digits: 6 | 9, snapOctets = 65_535): string {
  const header = Buffer.alloc(24);
  const put = (buffer: Buffer, value: number, at: number) =>
    order === 'LE' ? buffer.writeUInt32LE(value, at) : buffer.writeUInt32BE(value, at);
  put(header, digits === 6 ? 0xa1b2c3d4 : 0xa1b23c4d, 0);
  put(header, 65_535, 16);
  put(header, 1, 20);
  const records = frames.map((hex, index) => {
    const whole = Buffer.from(hex, 'hex');
    const bytes = whole.subarray(0, snapOctets);
    const record = Buffer.alloc(16);
    const fraction = digits === 6 ? 250_001 : 250_001_000;
    [1_700_000_000 + index, fraction, bytes.byteLength, whole.byteLength].forEach(
      (value, field) => {
        put(record, value, 4 * field);
      },
    );
    return Buffer.concat([record, bytes]);
  });
  const file = join(folder, `${order}-${digits}-${snapOctets}.pcap`);
  writeFileSync(file, Buffer.concat([header, ...records]));
  return file;
}

const lines = (text: string) => text.split('\n').slice(0, -1);

describe('strata tcpdump -r', () => {
  it.each([
    ['LE', 6],
    ['BE', 6],
    ['LE', 9],
    ['BE', 9],
  ] as const)('reads files of libpcap: %s, %i digits', async (order, digits) => {
    const { stdout, status } = await runCli('tcpdump', '-r', pcap(order, digits), '-t');
    expect(lines(stdout)).toEqual(printed['']);
    expect(status).toBe(0);
    const timed = await runCli('tcpdump', '-r', pcap(order, digits), '-tt', '-c', '1');
    expect(timed.stdout).toMatch(/^1700000000\.250001 /);
  });

  it('stores what the filter takes, in a file that it reads again', async () => {
    const file = join(folder, 'icmp.pcapng');
    await runCli('tcpdump', '-r', pcap('LE', 6), '-w', file, 'icmp');
    const { stdout } = await runCli('tcpdump', '-r', file, '-t');
    expect(lines(stdout)).toEqual(printed['']!.filter((line) => line.includes(': ICMP')));
    const times = await runCli('tcpdump', '-r', file, '-tt', '-c', '1');
    expect(times.stdout).toMatch(/^17000000\d\d\.250001 /);
  });

  it.each([
    ['-ttt', /^ 00:00:00\.000000 .*\n 00:00:01\.000000 /],
    ['-ttttt', /^ 00:00:00\.000000 .*\n 00:00:01\.000000 .*\n 00:00:02\.000000 /],
    ['-tttt', /^2023-11-1\d \d\d:\d\d:20\.250001 /],
    ['-#', /^ {4}1 {2}\d\d:\d\d:20\.250001 .*\n {4}2 /],
  ])('prints times and numbers as tcpdump does: %s', async (option, expected) => {
    const { stdout } = await runCli('tcpdump', '-r', pcap('LE', 6), option, 'ip or arp');
    expect(stdout).toMatch(expected);
  });

  it('prints octets in hexadecimal and as text', async () => {
    const arp = ['-r', pcap('LE', 6), '-t', '-c', '1', 'arp'];
    const octets = Buffer.from(frames.find((hex) => hex.slice(24, 28) === '0806')!, 'hex');
    const first = octets
      .subarray(14, 30)
      .toString('hex')
      .replaceAll(/(....)/g, ' $1');
    expect((await runCli('tcpdump', ...arp, '-x')).stdout).toContain(`\n\t0x0000: ${first}\n`);
    expect((await runCli('tcpdump', ...arp, '-X')).stdout).toContain(`\n\t0x0000: ${first}  `);
    const whole = await runCli('tcpdump', ...arp, '-xx');
    expect(whole.stdout).toContain(`0x0000:  ${octets.subarray(0, 2).toString('hex')}`);
  });

  it('gives JSON, with the octets', async () => {
    const { stdout } = await runCli('tcpdump', '-r', pcap('LE', 6), '--json', '-c', '1', '-e');
    expect(JSON.parse(stdout)).toEqual({
      epochMs: 1_700_000_000_250.001,
      interface: '',
      octets: frames[0]!.length / 2,
      text: printed['-e']![0],
      hex: frames[0],
    });
  });

  it('says what of a frame was not captured', async () => {
    const { stdout } = await runCli('tcpdump', '-r', pcap('LE', 6, 38), '-t', 'icmp');
    expect(stdout).toMatch(/truncated-ip - \d+ bytes missing! /);
  });

  it('keeps no more of each frame than -s says, and how long it was', async () => {
    const file = join(folder, 'short.pcapng');
    await runCli('tcpdump', '-r', pcap('LE', 6), '-s', '20', '-w', file, '-c', '2');
    const { stdout } = await runCli('tcpdump', '-r', file, '--json');
    for (const [index, line] of lines(stdout).entries()) {
      const { hex, octets } = JSON.parse(line) as { hex: string; octets: number };
      expect([hex.length, octets]).toEqual([40, frames[index]!.length / 2]);
    }
  });

  it.each([
    ['a file that is not there', 'nowhere.pcap', () => undefined, /cannot read .*: ENOENT/],
    [
      'a text',
      'text.pcap',
      () => 'hello, this is text',
      /is no capture: expected a file of tcpdump/,
    ],
    ['an empty file', 'empty.pcap', () => '', /is no capture/],
    [
      'a file that was cut off',
      'cut.pcap',
      () => readFileSync(pcap('LE', 6)).subarray(0, 100),
      /ends in the middle of a packet/,
    ],
    [
      'a file that is damaged',
      'damaged.pcap',
      () => Buffer.concat([readFileSync(pcap('LE', 6)).subarray(0, 24), Buffer.alloc(16, 0xff)]),
      /a record of \d+ octets: the capture is damaged/,
    ],
  ])('refuses %s', async (_, name, content, expected) => {
    const file = join(folder, name);
    const made = content();
    if (made !== undefined) writeFileSync(file, made);
    const { stderr, status } = await runCli('tcpdump', '-r', file);
    expect(stderr).toMatch(expected);
    expect(status).toBe(1);
  });

  it('shows where an expression is wrong, before it empties the output', async () => {
    const file = join(folder, 'kept.pcapng');
    writeFileSync(file, 'precious');
    const args = ['-r', pcap('LE', 6), '-w', file, 'tcp', 'prot', '80'];
    const { stderr, status } = await runCli('tcpdump', ...args);
    expect(stderr).toContain('  tcp prot 80\n      ^');
    expect(status).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});

describe('strata tcpdump of a running stack', () => {
  let stacks: OneProcess;

  beforeAll(async () => {
    stacks = await startOneProcess();
  });
  afterAll(() => stacks.stop());

  const tcpdump = (...args: string[]) => runCli('tcpdump', ...stacks.target, ...args);

  it('prints a handshake with its interface, both ways, and ends at the count', async () => {
    let isDone = false;
    const running = tcpdump('-c', '40', '-t', '-i', 'any', 'tcp port 7').finally(() => {
      isDone = true;
    });
    // Connections are made until the capture has seen one whole. None is left for the next test.
    const closed: Promise<unknown>[] = [];
    await until('the capture ends', () => {
      const socket = connect(stacks.composition.forwards[0]!.port, '127.0.0.1').resume();
      socket.on('error', () => {}).end('x');
      closed.push(new Promise((resolve) => socket.once('close', resolve)));
      return isDone;
    });
    await Promise.all(closed);
    const { stdout, stderr } = await running;
    const text = lines(stdout).join('\n');
    expect(text).toMatch(
      /^server\/eth0 In {2}IP 192\.0\.2\.3\.\d+ > 192\.0\.2\.2\.7: Flags \[S\]/m,
    );
    expect(text).toMatch(
      /^server\/eth0 Out IP 192\.0\.2\.2\.7 > 192\.0\.2\.3\.\d+: Flags \[S\.\]/m,
    );
    expect(stderr).toMatch(/listening on any, link-type EN10MB \(Ethernet\), until Ctrl-C\n/);
    expect(stderr).toMatch(/40 packets captured, \d+ received by filter\n/);
  });

  it('counts as received only the packets that pass the filter', async () => {
    let connections = 0;
    let isDone = false;
    const running = tcpdump('-c', '3', 'tcp[tcpflags] = tcp-syn').finally(() => {
      isDone = true;
    });
    // Of the eight packets or more of each connection one passes.
    while (!isDone) {
      connections += 1;
      const socket = connect(stacks.composition.forwards[0]!.port, '127.0.0.1').resume().end('x');
      await once(socket, 'close');
    }
    const { stderr } = await running;
    const [, received] = /3 packets captured, (\d+) received by filter\n/.exec(stderr) ?? [];
    expect(Number(received)).toBeGreaterThanOrEqual(3);
    expect(Number(received)).toBeLessThanOrEqual(connections);
  });

  it('lists the interfaces, and refuses one that is not there', async () => {
    expect(lines((await tcpdump('-D')).stdout)).toEqual([
      '1.eth0',
      '2.any (all of them)',
      '3.link/network (packets that cross the boundary)',
      '4.network/transport (packets that cross the boundary)',
      '5.wire/NAME (all frames on the wire NAME)',
    ]);
    const { stderr, status } = await tcpdump('-i', 'eth9');
    expect(stderr).toContain(
      'eth9: no such interface of stack server: it has eth0 (-D lists them)',
    );
    expect(status).toBe(1);
  });
});
