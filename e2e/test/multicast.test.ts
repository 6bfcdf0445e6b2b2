import { fileURLToPath } from 'node:url';
import { type NatsServer, startNatsServer } from '@strata/conformance';
import { Host } from '../support/host.ts';
import { killAllStarted, LongRunning } from '../support/process.ts';
import { type RunningStack, startServices } from '../support/stacks.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GROUP = '239.1.2.3';

/** An application that joins a group, and answers each datagram to it, by way of the group. */
const MEMBER = `
  import { connectNats } from '@strata/bus';
  import { createStack } from '@strata/sockets';
  const bus = await connectNats({ servers: process.env.STRATA_NATS, name: 'member' });
  const stack = createStack({ bus, stack: 'server', instance: 'member' });
  const socket = stack.dgram.createSocket('udp4');
  process.once('SIGTERM', async () => {
    socket.close();
    await stack.close();
    await bus.close();
    process.exit();
  });
  socket.on('message', (message, from) => {
    console.log('heard ' + message + ' from ' + from.address);
    socket.send('answer to ' + message, 5001, '${GROUP}');
  });
  socket.bind(5000, () => {
    socket.addMembership('${GROUP}');
    console.log('joined');
  });
`;

/** Joins the group on the host's end of the TAP, asks until it is answered, prints the answer. */
const ASKER = `
  import dgram from 'node:dgram';
  const socket = dgram.createSocket('udp4');
  socket.bind(5001, () => {
    socket.addMembership('${GROUP}', '192.0.2.1');
    socket.setMulticastInterface('192.0.2.1');
    const ask = () => socket.send('question', 5000, '${GROUP}');
    setInterval(ask, 100);
    ask();
  });
  socket.on('message', (message, from) => {
    console.log(message + ' from ' + from.address);
    process.exit(0);
  });
`;

/** A router's query: general, version 3, answered within a second. */
const QUERY = `
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('192.0.2.1'))
m = struct.pack('>BBHIBBH', 0x11, 10, 0, 0, 2, 125, 0)
total = sum(struct.unpack('>6H', m))
total = (total & 0xffff) + (total >> 16)
s.sendto(m[:2] + struct.pack('>H', ~total & 0xffff) + m[4:], ('224.0.0.1', 0))
`;

afterAll(killAllStarted);

describe('a multicast group with a Linux host as a member (RFC 1112, RFC 3376)', () => {
  let nats: NatsServer;
  let stack: RunningStack;
  let host: Host;
  let capture: LongRunning;
  let member: LongRunning;

  beforeAll(async () => {
    nats = await startNatsServer();
    stack = await startServices(nats.url);
    host = new Host(stack.netns);
    const filter = ['-nnvvl', '-i', 'strata0', 'igmp', 'and', 'src', '192.0.2.2'];
    capture = host.launch('tcpdump', 'tcpdump', filter);
    await capture.saysWithin('listening on');
    const command = [process.execPath, '--input-type=module', '--eval', MEMBER];
    const variable = `STRATA_NATS=${nats.url}`;
    member = new LongRunning('member', 'env', [variable, ...command], { cwd: ROOT });
    await member.saysWithin('joined');
  }, 60_000);

  afterAll(async () => {
    await member?.stop();
    await capture?.stop();
    await stack?.stop();
    await nats?.stop();
  }, 60_000);

  it('is reported as joined', async () => {
    await capture.saysWithin(`igmp v3 report, 1 group record(s) [gaddr ${GROUP} to_ex { }]`);
  }, 30_000);

  it('carries datagrams both ways', async () => {
    const { stdout } = await host.node(ASKER, [], { timeoutMs: 20_000 });
    expect(stdout).toBe('answer to question from 192.0.2.2\n');
    expect(member.stdout).toContain('heard question from 192.0.2.1');
  }, 30_000);

  it('is reported when a router asks', async () => {
    await host.run('python3', ['-c', QUERY]);
    await capture.saysWithin(`igmp v3 report, 1 group record(s) [gaddr ${GROUP} is_ex { }]`);
  }, 30_000);

  it('is left when the application ends', async () => {
    await member.stop();
    await capture.saysWithin(`[gaddr ${GROUP} to_in { }]`);
    expect(capture.stdout).not.toContain('bad ');
  }, 30_000);
});
