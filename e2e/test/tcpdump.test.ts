import { join } from 'node:path';
import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { killAllStarted, LongRunning } from '../support/process.ts';
import {
  type RunningStack,
  SERVER,
  STRATA,
  startOneProcess,
  temporaryFolder,
} from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

/** Sends an urgent octet. */
const URGENT = `
import socket
s = socket.create_connection(('${SERVER}', 7)); s.send(b'abc'); s.send(b'u', socket.MSG_OOB); s.recv(10)
`;

const EXPRESSIONS = [
  '',
  'tcp',
  'udp',
  'icmp',
  'arp',
  'ip',
  'not ip',
  `host ${SERVER}`,
  `src host ${SERVER}`,
  'dst 192.0.2.1',
  'src 192.0.2.1 and dst 192.0.2.2',
  'net 192.0.2.0/24',
  'src net 192.0.2.0 mask 255.255.255.254',
  'net 192.0.2',
  'port 80',
  'tcp port 80',
  'src port 80',
  'tcp dst port http',
  'port 7 or 13',
  'port (80 or 81)',
  'portrange 7-13',
  'udp portrange 33434-33534',
  'broadcast',
  'ether multicast',
  'ether broadcast and arp',
  'ip proto \\icmp',
  'ether proto \\arp',
  'less 60',
  'greater 1000',
  'len > 100 and tcp',
  'tcp[13] & 2 != 0',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'tcp[tcpflags] & tcp-rst != 0',
  'tcp[tcpflags] & tcp-urg != 0',
  'icmp[icmptype] == icmp-echo',
  'icmp[icmptype] == icmp-unreach or icmp[icmptype] == icmp-timxceed',
  'ip[8] < 5',
  'ip[6:2] & 0x3fff != 0',
  'ip[0] & 0xf > 5',
  'tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)',
  'udp[4:2] > 20',
  'arp[6:2] == 2',
  'not port 80 and not arp',
  'tcp or udp and port 7',
  '!tcp && !udp',
  'ether host ff:ff:ff:ff:ff:ff',
];

const OPTIONS = [
  '-t',
  '-e',
  '-v',
  '-vv',
  '-q',
  '-e -q',
  '-S',
  '-tt',
  '-ttt',
  '-tttt',
  '-X',
  '-xx',
  '-XX',
  '-A',
  '-v -e -X',
];

describe('strata tcpdump beside tcpdump', () => {
  let stack: RunningStack;
  let host: Host;
  let folder: string;
  let theirs: string;
  let ours: string;

  beforeAll(async () => {
    stack = await startOneProcess();
    host = new Host(stack.netns);
    folder = temporaryFolder();
    theirs = join(folder, 'theirs.pcap');
    ours = join(folder, 'ours.pcapng');
    // -Z: the folder is root's alone.
    const kernel = host.launch('tcpdump', 'tcpdump', [
      '-i',
      'strata0',
      '-U',
      '-Z',
      'root',
      '-w',
      theirs,
    ]);
    await waitFor('tcpdump listens', () => kernel.stderr.includes('listening on'));
    const command = [STRATA, 'tcpdump', '-w', ours, '--api', stack.api!];
    const strata = new LongRunning('strata tcpdump', process.execPath, command);
    await waitFor('strata tcpdump listens', () => strata.stderr.includes('writing to'));
    await makeTraffic(host);
    await waitFor(
      'both have stored the last ping',
      async () => (await hasPing(theirs)) && (await hasPing(ours)),
    );
    await strata.stop();
    await kernel.stop();
  }, 120_000);

  afterAll(async () => {
    await stack?.stop();
    killAllStarted();
  }, 60_000);

  const tcpdump = async (file: string, ...args: string[]) =>
    (await run('tcpdump', ['-r', file, '-nn', ...args])).stdout;
  const strataDump = async (file: string, ...args: string[]) =>
    (await run(process.execPath, [STRATA, 'tcpdump', '-r', file, ...args])).stdout;

  it.each(EXPRESSIONS)('captures the same packets: %s', async (expression) => {
    const expected = await tcpdump(theirs, '-tt', expression);
    expect(await strataDump(theirs, '-tt', expression)).toBe(expected);
  });

  it('compares more than 40 expressions, each of which captures something', async () => {
    expect(EXPRESSIONS.length).toBeGreaterThan(40);
    const empty: string[] = [];
    for (const expression of EXPRESSIONS) {
      if ((await tcpdump(theirs, expression)) === '') empty.push(expression);
    }
    expect(empty).toEqual([]);
  }, 60_000);

  it.each(OPTIONS)('prints the same lines with %s', async (options) => {
    const args = options.split(' ');
    expect(await strataDump(theirs, ...args)).toBe(await tcpdump(theirs, ...args));
  });

  it('stores a file that tcpdump reads, with the same packets as in its own', async () => {
    const [ofKernel, ofStrata] = await Promise.all([
      tcpdump(theirs, '-t', '-S', `host ${SERVER}`),
      tcpdump(ours, '-t', '-S', `host ${SERVER}`),
    ]);
    expect(ofStrata.split('\n').sort()).toEqual(ofKernel.split('\n').sort());
  });

  /** Whether the reply to the last ping, of 500 octets, is in the file. */
  async function hasPing(file: string): Promise<boolean> {
    return (await tcpdump(file, 'src host 192.0.2.2 and icmp')).includes('length 508');
  }
});

async function makeTraffic(host: Host): Promise<void> {
  await host.run('ping', ['-c', '2', '-i', '0.2', SERVER]);
  await host.run('ping', ['-c', '1', '-s', '4000', SERVER]);
  await host.run('ping', ['-c', '1', '-R', SERVER]);
  await host.run('ping', ['-c', '1', '-T', 'tsonly', SERVER]);
  await host.run('curl', ['-s', '-o', '/dev/null', `http://${SERVER}/bytes/100000`]);
  await host.run('curl', ['-s', '-X', 'POST', '-d', 'abc', `http://${SERVER}/echo`]);
  await host.shell(`curl -s http://${SERVER}:81/ || true`);
  await host.shell(`echo hi | nc -u -w1 ${SERVER} 7; echo hi | nc -u -w1 ${SERVER} 999 || true`);
  await host.shell(`echo hi | nc -N ${SERVER} 7; nc ${SERVER} 13 < /dev/null`);
  await host.run('traceroute', ['-n', '-q1', '-m3', SERVER]);
  await host.shell('ping -c 1 -W 1 192.0.2.99 || true');
  await host.run('python3', ['-c', URGENT]);
  // The last one, by its size.
  await host.run('ping', ['-c', '1', '-s', '500', SERVER]);
}
