import { PassThrough } from 'node:stream';
import { until } from '@strata/conformance';
import { askControl } from '@strata/runtime';
import { type Pair, startPair } from './support/pair.ts';
import { run } from './support/run.ts';

const SERVER = '192.0.2.2';
const CLIENT = '192.0.2.3';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair.stop());

const one = (port: number): [number, number] => [port, port];

/** The client's sockets that are open or will be. */
async function openSockets(stack = 'client'): Promise<string[]> {
  const states = { kind: 'sockets', socket: undefined, protocol: undefined, states: [] } as const;
  const reply = await askControl(pair.bus, stack, 'transport', states, 'sockets');
  return reply.sockets.map(({ state }) => state).filter((state) => state !== 'TIME-WAIT');
}

describe('nc over TCP', () => {
  it('carries standard input there and the answer back, and ends with the peer (-N)', async () => {
    const nc = run(
      pair,
      'client',
      'nc',
      { host: SERVER, ports: [one(7)], shutdown: true },
      'hello',
    );
    expect(await nc.status).toBe(0);
    expect(nc.output().toString()).toBe('hello');
    expect(nc.events).toEqual([{ kind: 'connected', host: SERVER, port: 7, udp: false }]);
  });

  it('keeps its sending side open after the end of standard input without -N', async () => {
    const nc = run(pair, 'client', 'nc', { host: SERVER, ports: [one(7)] }, 'hello');
    await until('the echo', () => nc.output().byteLength === 5);
    expect(await openSockets()).toEqual(['ESTABLISHED']);
    nc.cancel();
    expect(await nc.status).toBe(0);
    expect(await openSockets()).toEqual([]);
  });

  it('ends a while after the end of standard input with -q', async () => {
    const options = { host: SERVER, ports: [one(7)], quitSeconds: 0.1 };
    const nc = run(pair, 'client', 'nc', options, 'hello');
    expect(await nc.status).toBe(0);
    expect(nc.output().toString()).toBe('hello');
  });

  it('reads what a slow output takes, and no more than a window ahead of it', async () => {
    const stdin = new PassThrough();
    const nc = run(pair, 'client', 'nc', { host: SERVER, ports: [one(7)], shutdown: true }, stdin);
    const sent = Buffer.alloc(3_000_000, 'strata ');
    stdin.end(sent);
    expect(await nc.status).toBe(0);
    expect(nc.output().equals(sent)).toBe(true);
  });

  it('looks at each port of a range, and tells which are open', async () => {
    const nc = run(pair, 'client', 'nc', { host: SERVER, ports: [[7, 9]], scan: true });
    expect(await nc.status).toBe(0);
    expect(nc.events).toEqual([
      { kind: 'connected', host: SERVER, port: 7, udp: false },
      { kind: 'failed', host: SERVER, port: 8, udp: false, code: 'ECONNREFUSED' },
      { kind: 'connected', host: SERVER, port: 9, udp: false },
    ]);
  });

  it('has status 1 if no port was open', async () => {
    const nc = run(pair, 'client', 'nc', { host: SERVER, ports: [one(8)], scan: true });
    expect(await nc.status).toBe(1);
  });

  it('waits for a connection as long as -w says', async () => {
    const options = { host: '192.0.2.99', ports: [one(7)], timeoutSeconds: 0.05 };
    const nc = run(pair, 'client', 'nc', options);
    expect(await nc.status).toBe(1);
    expect(nc.events).toMatchObject([{ kind: 'failed', code: 'EINPROGRESS' }]);
  });

  it('connects from the address and port of -s and -p', async () => {
    const server = run(pair, 'server', 'nc', { listen: true, ports: [one(5000)] });
    await server.event('listening');
    const from = { sourceAddress: CLIENT, sourcePort: 4321, shutdown: true };
    const client = run(pair, 'client', 'nc', { host: SERVER, ports: [one(5000)], ...from }, 'x');
    expect(await client.status).toBe(0);
    expect(await server.event('received')).toMatchObject({ host: CLIENT, port: 4321 });
    expect(await server.status).toBe(0);
    expect(server.output().toString()).toBe('x');
  });

  it('takes one connection after the other with -k, each with its data', async () => {
    const server = run(pair, 'server', 'nc', { listen: true, keep: true, ports: [one(5001)] });
    await server.event('listening');
    for (const data of ['one', 'two']) {
      const options = { host: SERVER, ports: [one(5001)], quitSeconds: 0 };
      expect(await run(pair, 'client', 'nc', options, data).status).toBe(0);
    }
    await until('both', () => server.output().toString() === 'onetwo');
    server.cancel();
    expect(await server.status).toBe(0);
    expect((await openSockets('server')).filter((state) => state === 'ESTABLISHED')).toEqual([]);
  });

  it('says which port is in use', async () => {
    const server = run(pair, 'server', 'nc', { listen: true, ports: [one(7)] });
    await expect(server.status).rejects.toThrow(
      'nc: port 7 is in use: choose another one (strata ss -tul lists them)',
    );
  });

  it('puts a CR before each LF with -C', async () => {
    const options = { host: SERVER, ports: [one(7)], shutdown: true, crlf: true };
    const nc = run(pair, 'client', 'nc', options, 'a\nb\r\nc\n');
    await nc.status;
    expect(nc.output().toString()).toBe('a\r\nb\r\nc\r\n');
  });
});

describe('nc over UDP', () => {
  it('sends standard input as a datagram, and ends without data for -w', async () => {
    const options = { host: SERVER, ports: [one(7)], udp: true, timeoutSeconds: 0.3 };
    const nc = run(pair, 'client', 'nc', options, 'hello');
    expect(await nc.status).toBe(0);
    expect(nc.output().toString()).toBe('hello');
  });

  it('takes a port for open as long as no ICMP error says otherwise', async () => {
    const nc = run(pair, 'client', 'nc', { host: SERVER, ports: [[7, 8]], udp: true, scan: true });
    expect(await nc.status).toBe(0);
    expect(nc.events).toMatchObject([
      { kind: 'connected', port: 7 },
      { kind: 'failed', port: 8, code: 'ECONNREFUSED' },
    ]);
  });

  it('answers the first sender', async () => {
    const stdin = new PassThrough();
    const server = run(
      pair,
      'server',
      'nc',
      { listen: true, udp: true, ports: [one(5002)] },
      stdin,
    );
    await server.event('listening');
    const options = { host: SERVER, ports: [one(5002)], udp: true, receiveLimit: 1 };
    const client = run(pair, 'client', 'nc', options, 'question');
    await server.event('received');
    stdin.write('answer');
    expect(await client.status).toBe(0);
    expect(client.output().toString()).toBe('answer');
    expect(server.output().toString()).toBe('question');
    server.cancel();
    expect(await server.status).toBe(0);
  });
});

describe('A tool', () => {
  it('refuses options that it does not have, and values out of range', async () => {
    const wrong = { host: SERVER, ports: [one(70_000)], nothing: 1 };
    const refused = run(pair, 'client', 'nc', wrong).status;
    await expect(refused).rejects.toThrow(/ports\.0\.0: .*65535.*; .*"nothing"/);
  });

  it('says that its stack is not there', async () => {
    const nc = run(pair, 'nobody' as 'client', 'nc', { host: SERVER, ports: [one(7)] });
    await expect(nc.status).rejects.toThrow(
      'transport of stack nobody does not answer (nobody serves transport of stack nobody): start the stack, or choose another one with --stack',
    );
  });
});
