import { once } from 'node:events';
import { type Bus, connectNats } from '@strata/bus';
import { type NatsServer, startNatsServer, until } from '@strata/conformance';
import { networkIndicationChannel, networkRequestChannel } from '@strata/contract';
import type { NetworkSegmentIndication } from '@strata/network';
import { askControl, type Running, SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { createStack, type Socket, type Stack } from '@strata/sockets';
import { ipv4Address, joinTail } from '@strata/wire';
import { startTransport } from '../src/index.ts';

const ADDRESS = ipv4Address(0xc0000202);
/** Generous: one or two seconds are typical. */
const DEADLINE_MS = 10_000;

const CONFIG = validateConfig(
  {
    wires: { lan: {} },
    stacks: { server: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }] } },
  },
  'the test',
);

let nats: NatsServer;
const buses: Bus[] = [];
const stacks: Stack[] = [];
const services: Running[] = [];

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  await nats.stop();
});

async function connect(name: string): Promise<Bus> {
  const bus = await connectNats({ servers: nats.url, name });
  buses.push(bus);
  return bus;
}

/** A program with sockets. */
class Program {
  readonly stack: Stack;
  readonly #bus: Bus;
  /** Times that transport has asked whether it is there. */
  asked = 0;
  /** It answers nobody: stopped. */
  isStopped = false;

  constructor(bus: Bus, instance?: string) {
    this.#bus = bus;
    const serve: Bus['serve'] = ({ endpoints, ...service }) => {
      const { subject, handler } = endpoints['health']!;
      const own = (body: Uint8Array) => {
        this.asked += 1;
        return this.isStopped ? new Promise<Uint8Array>(() => {}) : handler(body);
      };
      return bus.serve({ ...service, endpoints: { health: { subject, handler: own } } });
    };
    const own = new Proxy(bus, {
      get: (target, name) => {
        if (name === 'serve') return serve;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    this.stack = createStack({ bus: own, stack: 'server', instance });
    stacks.push(this.stack);
  }

  /** It is gone without a word, as after SIGKILL. */
  kill(): Promise<void> {
    return this.#bus.close();
  }
}

const startProgram = async (instance?: string) =>
  new Program(await connect(instance ?? 'program'), instance);

describe('transport and programs that come and go, over NATS', () => {
  let bus: Bus;
  let service: Running;

  const start = async () => {
    bus = await connect('transport');
    service = await startTransport({
      bus,
      config: CONFIG,
      stack: 'server',
      log: SILENT,
      onError: (error) => {
        throw error;
      },
    });
    services.push(service);
  };

  beforeEach(async () => {
    // Network with nothing but loopback: what is sent to the own address comes back.
    const network = await connect('network');
    network.subscribe(networkRequestChannel('server'), (batch) => {
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
      if (back.length > 0) network.publish(networkIndicationChannel('server'), back);
    });
    await network.flush();
    await start();
  });

  afterEach(async () => {
    await Promise.all(buses.splice(0).map((one) => one.close()));
    await Promise.all(stacks.splice(0).map((stack) => stack.close(0)));
    await Promise.all(services.splice(0).map((one) => one.stop()));
  });

  const sockets = async () =>
    (await askControl(bus, 'server', 'transport', { kind: 'sockets' }, 'sockets')).sockets;

  async function listen(program: Program, port: number) {
    const server = program.stack.net.createServer((socket) => {
      socket.on('error', () => {});
      socket.pipe(socket);
    });
    server.on('error', () => {});
    await once(server.listen(port), 'listening');
    return server;
  }

  async function open(program: Program, port: number): Promise<Socket> {
    const socket = program.stack.net.connect(port, '192.0.2.2');
    await once(socket, 'connect');
    await echo(socket, 'hello');
    return socket;
  }

  async function echo(socket: Socket, text: string): Promise<void> {
    socket.write(text);
    const [data] = await once(socket, 'data');
    expect(String(data)).toBe(text);
  }

  const bind = (program: Program, port: number) =>
    once(program.stack.dgram.createSocket('udp4').bind(port), 'listening');

  /** What ends a socket, in less than the 15 s of a probe. */
  const errorOf = async (emitter: NodeJS.EventEmitter) => {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const [error] = (await once(emitter, 'error', { signal })) as [NodeJS.ErrnoException];
    return error.code;
  };

  it('give the UDP port of one that is gone to the next that asks', async () => {
    const first = await startProgram();
    await bind(first, 7);
    await first.kill();
    const second = await startProgram();
    await bind(second, 7);
    expect(await sockets()).toMatchObject([{ endpoint: second.stack.endpoint }]);
  }, 20_000);

  it('refuse the UDP port of one that is there, at once', async () => {
    const first = await startProgram();
    await bind(first, 7);
    const second = await startProgram();
    await expect(bind(second, 7)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await sockets()).toMatchObject([{ endpoint: first.stack.endpoint }]);
  }, 20_000);

  it('give the UDP port of one that does not answer for 3 s to the next that asks', async () => {
    const first = await startProgram();
    await bind(first, 7);
    await until('it was met', () => first.asked > 0, DEADLINE_MS);
    first.isStopped = true;
    const second = await startProgram();
    await bind(second, 7);
    expect(await sockets()).toMatchObject([{ endpoint: second.stack.endpoint }]);
  }, 20_000);

  it('do what was asked of a socket while it waited for its port', async () => {
    const first = await startProgram();
    await bind(first, 7);
    await first.kill();
    const second = await startProgram();
    const socket = second.stack.dgram.createSocket('udp4').bind(7);
    const listening = once(socket, 'listening');
    socket.close();
    await Promise.race([listening, once(socket, 'close')]);
    await until('nothing is open', async () => (await sockets()).length === 0, DEADLINE_MS);
  }, 20_000);

  it('reset the connections of one that is gone when its successor comes', async () => {
    const first = await startProgram('web');
    await listen(first, 80);
    const client = await startProgram();
    const socket = await open(client, 80);
    const code = errorOf(socket);
    await first.kill();
    const second = await startProgram('web');
    await listen(second, 80);
    expect(await code).toBe('ECONNRESET');
    await open(client, 80);
  }, 20_000);

  it('leave one alone that is there, though another has the same name', async () => {
    const first = await startProgram('web');
    await listen(first, 80);
    const client = await startProgram();
    const socket = await open(client, 80);
    await until('it was met', () => first.asked > 0, DEADLINE_MS);
    const { asked } = first;
    const second = await startProgram('web');
    await listen(second, 81);
    await until('it was asked for again', () => first.asked > asked, DEADLINE_MS);
    await echo(socket, 'still there');
  }, 20_000);

  it('close the listener of one that is gone when a connection comes that it does not take', async () => {
    const first = await startProgram();
    await listen(first, 80);
    const client = await startProgram();
    await open(client, 80);
    await first.kill();
    const socket = client.stack.net.connect(80, '192.0.2.2');
    expect(await errorOf(socket)).toBe('ECONNRESET');
    expect(await errorOf(client.stack.net.connect(80, '192.0.2.2'))).toBe('ECONNREFUSED');
  }, 20_000);

  it('know at once of transport that was killed and started anew', async () => {
    const program = await startProgram();
    const server = await listen(program, 80);
    const socket = await open(program, 80);
    const codes = Promise.all([errorOf(socket), errorOf(server)]);
    await bus.close();
    await start();
    expect(await codes).toEqual(['ECONNRESET', 'ECONNRESET']);
    await listen(program, 80);
    await open(program, 80);
  }, 20_000);

  it('are told of transport that stops', async () => {
    const program = await startProgram();
    const server = await listen(program, 80);
    const socket = await open(program, 80);
    const codes = Promise.all([errorOf(socket), errorOf(server)]);
    await service.stop();
    expect(await codes).toEqual(['ENETDOWN', 'ENETDOWN']);
  }, 20_000);
});
