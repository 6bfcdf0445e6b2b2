import type { ConsoleApi } from '../src/console-api.ts';
import { CliError } from '../src/failure.ts';
import { runIp } from '../src/ip/run-ip.ts';
import { runCli } from './run-cli.ts';
import { FakeConsole } from './support/fake-console.ts';

let console: FakeConsole;
beforeEach(() => {
  console = new FakeConsole();
});

const ip = (line: string) =>
  runIp(console as unknown as ConsoleApi, undefined, line.split(' ').filter(Boolean));

describe('strata ip refuses, in the words of ip', () => {
  it.each([
    ['foo', 1, 'Object "foo" is unknown, try "ip help".'],
    ['-z a', 255, 'Option "-z" is unknown, try "ip -help".'],
    ['-6 a', 255, 'Option "-6": a stack has IPv4 only.'],
    ['link foo', 255, 'Command "foo" is unknown, try "ip link help".'],
    ['addr foo', 255, 'Command "foo" is unknown, try "ip address help".'],
    ['a s eth9', 1, 'Device "eth9" does not exist.'],
    ['addr add 1.2.3.4/24 dev eth9', 1, 'Cannot find device "eth9"'],
    ['addr add 1.2.3.4/24', 1, 'Not enough information: "dev" argument is required.'],
    [
      'addr add 1.2.3.4/33 dev eth0',
      1,
      'Error: any valid prefix is expected rather than "1.2.3.4/33".',
    ],
    ['link set eth0 mtu abc', 255, 'Error: argument "abc" is wrong: Invalid "mtu" value'],
    ['link set eth0 mtu 67', 2, 'Error: mtu less than device minimum (68 octets).'],
    ['link set eth0 foo', 255, 'Error: either "dev" is duplicate, or "foo" is a garbage.'],
    ['link set eth0 address 02:00:00:00:00:09', 2, 'set it in the config (mac)'],
    ['link add dummy0 type dummy', 2, "a stack's interfaces come from the config"],
    ['route get', 1, 'need at least a destination address'],
    ['route add 10.0.0.0/8', 2, 'RTNETLINK answers: No such device'],
    ['route add 10.0.0.1/8 dev eth0', 2, 'Error: Invalid prefix for given prefix length'],
    ['route add 10.0.0.0/8 via foo', 1, 'Error: inet address is expected rather than "foo".'],
    ['route add 10.0.0.0/8 via', 255, 'Command line is not complete. Try option "help"'],
    [
      'route add 10.0.0.0/8 dev eth0 foo',
      255,
      'Error: either "to" is duplicate, or "foo" is a garbage.',
    ],
    ['route add table 5 10.0.0.0/8 dev eth0', 2, 'there is no table 5'],
    ['route add 10.0.0.0/8 via 192.0.2.1 tos 4', 2, 'without looking at the TOS'],
    ['route flush', 1, '"ip route flush" requires arguments.'],
    ['neigh add 192.0.2.7 dev eth0', 2, 'Error: No link layer address given.'],
    ['neigh add 192.0.2.7 lladdr xx dev eth0', 1, '"xx" is invalid lladdr.'],
    ['neigh add 192.0.2.7', 255, 'Device and destination are required arguments.'],
    ['neigh get 192.0.2.99 dev eth0', 2, 'Error: Neighbour entry not found.'],
    ['neigh show nud foo', 255, 'Error: argument "foo" is wrong: nud state is bad'],
    ['rule', 2, 'a stack has no routing rules'],
  ])('%s', async (line, status, text) => {
    const failure = await ip(line).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'IpError', status });
    expect((failure as Error).message).toContain(text);
    expect(console.asked).toEqual([]);
  });

  it.each([
    ['r a 10.9.0.0/16 via 192.0.2.1', 'EEXIST', 'RTNETLINK answers: File exists (why)'],
    ['r del 10.9.0.0/16', 'ESRCH', 'RTNETLINK answers: No such process (why)'],
    ['a a 192.0.2.2/24 dev eth0', 'EEXIST', 'Error: ipv4: Address already assigned (why).'],
    ['a d 192.0.2.9/24 dev eth0', 'EADDRNOTAVAIL', 'Error: ipv4: Address not found (why).'],
    ['r get 10.1.0.1', 'EACCES', 'RTNETLINK answers: Permission denied (why)'],
    ['r a 10.9.0.0/16 dev eth1', 'ENETDOWN', 'Error: Device for nexthop is not up (why).'],
  ])('what the stack refuses: %s, %s', async (line, errno, text) => {
    console.refusal = new CliError('why', errno);
    await expect(ip(line)).rejects.toMatchObject({ status: 2, message: text });
  });
});

describe('The command line of strata ip', () => {
  it('keeps options of ip and its own apart', async () => {
    const { status, stderr } = await runCli('ip', '-s', '--api', 'http://127.0.0.1:1', '-4', 'a');
    expect(status).toBe(1);
    expect(stderr).toContain('no console at http://127.0.0.1:1');
  });

  it('has examples in its help', async () => {
    const { stdout } = await runCli('ip', '--help');
    expect(stdout).toContain('strata ip route get 198.51.100.7');
  });
});
