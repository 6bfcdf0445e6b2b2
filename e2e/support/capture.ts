import { statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { LongRunning } from './process.ts';
import { temporaryFolder } from './stacks.ts';

/** tshark's preferences: verify every checksum, and do not spend time on streams. */
const PREFERENCES = [
  'ip.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
].flatMap((preference) => ['-o', preference]);

/**
 * Dissect only the headers of our layers. Application data is not checked, and dissecting it takes
 * ten times as long.
 */
const HEADERS = [
  '--disable-protocol',
  'ALL',
  ...['frame', 'eth', 'ethertype', 'arp', 'ip', 'icmp', 'udp', 'tcp', 'data'].flatMap(
    (protocol) => ['--enable-protocol', protocol],
  ),
];

const BAD = [
  'ip.checksum.status == "Bad"',
  'udp.checksum.status == "Bad"',
  'icmp.checksum.status == "Bad"',
  '_ws.malformed',
].join(' || ');

/**
 * The largest frame of one segment. Longer frames are super-segments: the device cuts them up and
 * completes the checksums.
 */
const LARGEST_FRAME_OCTETS = 1514;

const TCP_FIELDS = ['frame.number', 'frame.len', 'ip.src', 'ip.dst', 'ip.len', 'ip.hdr_len'];

/**
 * The lines that tshark prints for bad checksums and malformed packets in a capture file. The
 * correct checksum field of a super-segment holds only the sum of the pseudo-header, which tshark
 * reports as bad.
 */
export async function findBadPackets(file: string): Promise<string[]> {
  const bad = await tshark(file, BAD);
  const fields = ['-T', 'fields', ...[...TCP_FIELDS, 'tcp.checksum'].flatMap((it) => ['-e', it])];
  const ofTcp = await tshark(file, 'tcp.checksum.status == "Bad"', fields);
  return [...bad, ...ofTcp.filter((line) => !isPartial(line.split('\t')))];
}

async function tshark(file: string, filter: string, more: string[] = []): Promise<string[]> {
  const options = ['-n', '-r', file, ...PREFERENCES, ...HEADERS, ...more];
  const { stdout } = await run('tshark', [...options, '-Y', filter], { timeoutMs: 600_000 });
  return stdout.split('\n').filter((line) => line !== '');
}

/**
 * Whether the fields belong to a super-segment whose checksum field holds the sum of the
 * pseudo-header (RFC 9293 3.1).
 */
function isPartial(fields: readonly string[]): boolean {
  const [, frameOctets, source, destination, packetOctets, headerOctets, checksum] = fields;
  const words = `${source}.${destination}`.split('.').map(Number);
  let sum = 6 + Number(packetOctets) - Number(headerOctets);
  words.forEach((octet, index) => {
    sum += index % 2 === 0 ? octet << 8 : octet;
  });
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return Number(frameOctets) > LARGEST_FRAME_OCTETS && Number(checksum) === sum;
}

/** The super-segments of TCP in a capture file: octets of each frame, and its checksum's state. */
export async function findSuperSegments(
  file: string,
): Promise<{ readonly octets: number; readonly isPartial: boolean }[]> {
  const fields = ['-T', 'fields', ...[...TCP_FIELDS, 'tcp.checksum'].flatMap((it) => ['-e', it])];
  const lines = await tshark(file, `frame.len > ${LARGEST_FRAME_OCTETS}`, fields);
  return lines.map((line) => {
    const words = line.split('\t');
    return { octets: Number(words[1]), isPartial: isPartial(words) };
  });
}

/** The number of packets from this address in a capture file of any size. */
export async function countPacketsFrom(file: string, address: string): Promise<number> {
  const { stdout } = await run(
    'sh',
    ['-c', 'tcpdump -n -r "$0" src host "$1" | wc -l', file, address],
    {
      timeoutMs: 300_000,
    },
  );
  return Number(stdout.trim());
}

/** The number of packets in a capture file that match a display filter. */
export async function countPackets(file: string, filter = 'frame'): Promise<number> {
  const { stdout } = await run(
    'tshark',
    ['-n', '-r', file, '-Y', filter, '-T', 'fields', '-e', 'frame.number'],
    { timeoutMs: 600_000 },
  );
  return stdout.split('\n').filter((line) => line !== '').length;
}

/** A capture of what the host's end of the TAP receives: all frames that the stack sends. */
export class Capture {
  readonly file: string;
  readonly #tcpdump: LongRunning;

  private constructor(file: string, tcpdump: LongRunning) {
    this.file = file;
    this.#tcpdump = tcpdump;
  }

  /** `filter`: in the syntax of pcap-filter(7). Empty: all frames. */
  static async start(netns: string, filter = ''): Promise<Capture> {
    const file = join(temporaryFolder(), 'from-strata.pcap');
    const tcpdump = new LongRunning('tcpdump', 'ip', [
      'netns',
      'exec',
      netns,
      'tcpdump',
      '-i',
      'strata0',
      '-Q',
      'in',
      '-s',
      '0',
      '-B',
      '65536',
      '-U',
      '-Z',
      'root',
      '-w',
      file,
      filter,
    ]);
    await tcpdump.saysWithin('listening on');
    return new Capture(file, tcpdump);
  }

  /** Ends the capture. Returns the number of captured octets. */
  async stop(): Promise<number> {
    await this.#tcpdump.stop('SIGINT');
    return statSync(this.file).size;
  }
}
