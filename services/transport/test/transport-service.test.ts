import { once } from 'node:events';
import { MemoryBus } from '@strata/bus';
import {
  networkIndicationChannel,
  networkRequestChannel,
  type SocketFilter,
} from '@strata/contract';
import type { NetworkSegmentIndication } from '@strata/network';
import { askControl, type Running, SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { createStack, type Stack } from '@strata/sockets';
import { ipv4Address, joinTail } from '@strata/wire';
import { startTransport } from '../src/index.ts';

const ADDRESS = ipv4Address(0xc0000202);

function createConfig(sysctl: Record<string, unknown> = {}) {
  return validateConfig(
    {
      wires: { lan: { mtu: 1400 } },
      stacks: { server: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }], sysctl } },
    },
    'the test',
  );
}

describe('startTransport', () => {
  let bus: MemoryBus;
  let service: Running;
  let stack: Stack;

  beforeEach(async () => {
    bus = new MemoryBus();
    // Network with nothing but loopback: what is sent to the own address comes back.
    bus.subscribe(networkRequestChannel('server'), (batch) => {
      const back = batch.flatMap((request): NetworkSegmentIndication[] =>
        request.kind === 'send' && request.destination === ADDRESS
          ? [
              {
                ...request,
                segment: joinTail(request.segment, request.tail),
                tail: undefined,
                kind: 'segment',
                ttl: 64,
                interfaceIndex: 0,
                cast: 'unicast',
              },
            ]
          : [],
      );
      if (back.length > 0) bus.publish(networkIndicationChannel('server'), back);
    });
    service = await startTransport({
      bus,
      config: createConfig({ 'net.ipv4.tcp_fin_timeout': 7 }),
      stack: 'server',
      log: SILENT,
      onError: (error) => {
        throw error;
      },
    });
    stack = createStack({ bus, stack: 'server' });
  });

  afterEach(async () => {
    await stack.close(0);
    await service.stop();
    await bus.close();
  });

  const sockets = async (filter: SocketFilter = {}) => {
    const request = { kind: 'sockets', ...filter } as const;
    return (await askControl(bus, 'server', 'transport', request, 'sockets')).sockets;
  };

  it('tells of its sockets what ss would, a listener, both ends of a connection, and a UDP port', async () => {
    const listener = stack.net.createServer().listen(80);
    await once(listener, 'listening');
    const accepted = once(listener, 'connection');
    const client = stack.net.connect(80, '192.0.2.2');
    await Promise.all([accepted, once(client, 'connect')]);
    await once(stack.dgram.createSocket('udp4').bind(53), 'listening');
    const infos = await sockets();
    const summary = infos.map(({ protocol, state, local }) => `${protocol} ${state} ${local.port}`);
    expect(summary.sort()).toEqual(
      [
        '17 UNCONNECTED 53',
        '6 LISTEN 80',
        '6 ESTABLISHED 80',
        `6 ESTABLISHED ${client.localPort}`,
      ].sort(),
    );
    const near = infos.find(({ socket }) => socket === client.socketId);
    expect(near).toMatchObject({
      local: { address: ADDRESS },
      remote: { address: ADDRESS, port: 80 },
      endpoint: stack.endpoint,
      tcp: { windowScaling: true, timestamps: true, ssthreshOctets: 0xffffffff, timer: '' },
    });
    const { tcp } = near!;
    expect(tcp!.sndNxt).toBe(tcp!.sndUna);
    const ids = async (filter: SocketFilter) => (await sockets(filter)).map(({ socket }) => socket);
    expect(await ids({ socket: client.socketId })).toEqual([client.socketId]);
    expect(await ids({ socket: 1 })).toEqual([]);
    const summaryOf = async (filter: SocketFilter) =>
      (await sockets(filter)).map(({ protocol, state }) => `${protocol} ${state}`);
    expect(await summaryOf({ protocol: 17 })).toEqual(['17 UNCONNECTED']);
    expect(await summaryOf({ protocol: 132 })).toEqual([]);
    expect(await summaryOf({ states: ['LISTEN', 'UNCONNECTED'] })).toEqual([
      '6 LISTEN',
      '17 UNCONNECTED',
    ]);
    client.destroy();
  });

  it('takes its knobs from the config, and changes them while it runs', async () => {
    const names = ['net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_rmem'];
    const get = { kind: 'sysctl-get', names } as const;
    const before = await askControl(bus, 'server', 'transport', get, 'sysctls');
    expect(before.sysctls[0]).toEqual({ name: names[0], value: '7' });
    expect(before.sysctls[1]!.value).toMatch(/^\d+\t\d+\t\d+$/);
    const set = { kind: 'sysctl-set', name: names[0]!, value: '9' } as const;
    const after = await askControl(bus, 'server', 'transport', set, 'sysctls');
    expect(after.sysctls).toEqual([{ name: names[0], value: '9' }]);
  });

  it('refuses a congestion control that it has not', async () => {
    const name = 'net.ipv4.tcp_congestion_control';
    const set = { kind: 'sysctl-set', name, value: 'vegas' } as const;
    await expect(askControl(bus, 'server', 'transport', set, 'sysctls')).rejects.toMatchObject({
      code: 'out-of-range',
      message: expect.stringContaining("'vegas' should be one of cubic, reno, none"),
    });
    expect(() => createConfig({ [name]: 'vegas' })).toThrow("'vegas' should be one of");
  });

  it('counts under the names of Linux', async () => {
    const listener = stack.net.createServer().listen(80);
    await once(listener, 'listening');
    const client = stack.net.connect(80, '192.0.2.2');
    await once(client, 'connect');
    expect(service.counters()).toMatchObject({
      TcpActiveOpens: 1,
      TcpPassiveOpens: 1,
      core_errors: 0,
    });
    client.destroy();
  });

  it('announces a largest segment that fits the MTU of the interface (RFC 9293 3.7.1)', async () => {
    const syn = new Promise<Uint8Array>((resolve) => {
      bus.subscribe(networkRequestChannel('server'), ([request]) => {
        if (request?.kind === 'send') resolve(request.segment);
      });
    });
    const client = stack.net.connect(80, '192.0.2.77');
    client.on('error', () => undefined);
    // The option behind the header: kind 2, length 4, and 1400 octets without 40 of headers.
    expect([...(await syn).subarray(20, 24)]).toEqual([2, 4, 1360 >> 8, 1360 & 255]);
    client.destroy();
  });

  it('is healthy while the bus is connected', async () => {
    expect(service.health().ok).toBe(true);
    await bus.close();
    expect(service.health()).toEqual({ ok: false, reasons: ['the bus is closed'] });
  });
});
