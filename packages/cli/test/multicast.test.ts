import { once } from 'node:events';
import { until } from '@strata/conformance';
import { askControl, Lifecycle, SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { createStack, type Stack } from '@strata/sockets';
import { type Composition, startComposition } from '../src/index.ts';

const stack = (address: string) => ({
  interfaces: [{ wire: 'lan', addresses: [`${address}/24`] }],
});
const config = validateConfig(
  {
    wires: { lan: {} },
    stacks: { one: stack('192.0.2.2'), two: stack('192.0.2.3'), three: stack('192.0.2.4') },
    forwards: [],
    console: { listen: '127.0.0.1:0' },
  },
  'the test',
);

const GROUP = '239.1.2.3';
let lifecycle: Lifecycle;
let composition: Composition;
const stacks: Stack[] = [];

beforeAll(async () => {
  lifecycle = new Lifecycle(SILENT);
  composition = await startComposition(config, lifecycle, SILENT);
});

afterAll(async () => {
  for (const each of stacks) await each.close(0);
  await lifecycle.drain();
});

/** A socket on port 5000 of a stack, and the datagrams that it gets. */
async function listener(name: string) {
  const made = createStack({ bus: composition.bus, stack: name });
  stacks.push(made);
  const socket = made.dgram.createSocket({ type: 'udp4', reuseAddr: true });
  const got: string[] = [];
  socket.on('message', (message, { address }) => got.push(`${message} from ${address}`));
  socket.bind(5000);
  await once(socket, 'listening');
  return { socket, got };
}

/** Whether the stack's network passes the group's packets up. */
async function inMcast(name: string): Promise<number> {
  const { bus } = composition;
  const { counters } = await askControl(bus, name, 'network', { kind: 'counters' }, 'counters');
  return counters['IpExtInMcastPkts'] ?? 0;
}

describe('datagrams to a group', () => {
  it('reach the stacks that have joined it, by way of IGMP and all layers', async () => {
    const [one, two, three] = await Promise.all(['one', 'two', 'three'].map(listener));
    two!.socket.addMembership(GROUP);
    one!.socket.setMulticastTTL(3);
    await until('the first datagram at the member', () => {
      one!.socket.send('hello', 5000, GROUP);
      return two!.got.includes('hello from 192.0.2.2');
    });
    expect(three!.got).toEqual([]);
    expect(await inMcast('three')).toBe(0);

    three!.socket.addSourceSpecificMembership('192.0.2.9', GROUP);
    three!.socket.addMembership('239.9.9.9');
    await until('a datagram at the second group', () => {
      one!.socket.send('bonjour', 5000, '239.9.9.9');
      return three!.got.includes('bonjour from 192.0.2.2');
    });
    one!.socket.send('again', 5000, GROUP);
    await until('the next datagram', () => two!.got.includes('again from 192.0.2.2'));
    expect(three!.got.filter((line) => line.startsWith('again'))).toEqual([]);
  });

  it('come back to the sender’s own stack unless it switches that off', async () => {
    const { socket, got } = await listener('one');
    socket.addMembership(GROUP, '192.0.2.2');
    await until('its own datagram', () => {
      socket.send('mine', 5000, GROUP);
      return got.includes('mine from 192.0.2.2');
    });
    socket.setMulticastLoopback(false);
    socket.setMulticastInterface('192.0.2.2');
    socket.send('quiet', 5000, GROUP);
    socket.setMulticastLoopback(true);
    socket.send('loud', 5000, GROUP);
    await until('the loud one', () => got.includes('loud from 192.0.2.2'));
    expect(got).not.toContain('quiet from 192.0.2.2');
  });

  it('are refused as Node refuses them', async () => {
    const { socket } = await listener('two');
    socket.addMembership(GROUP);
    const codes = [
      () => socket.addMembership(GROUP),
      () => socket.addMembership('192.0.2.1'),
      () => socket.dropMembership('239.7.7.7'),
      () => socket.dropSourceSpecificMembership('192.0.2.9', '239.7.7.7'),
      () => socket.setMulticastTTL(256),
    ].map((call) => {
      try {
        call();
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
      return 'none';
    });
    expect(codes).toEqual(['EADDRINUSE', 'EINVAL', 'EADDRNOTAVAIL', 'EADDRNOTAVAIL', 'EINVAL']);
    for (let low = 1; low <= 20; low += 1) socket.addMembership(`239.0.0.${low}`);
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ENOBUFS', syscall: 'setsockopt' });
  });
});
