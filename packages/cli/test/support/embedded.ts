/**
 * A program with all layers of two stacks, for embedded.test.ts. It runs the task that the first
 * argument names, and ends when nothing holds it. With `kernel` as the second argument, it uses
 * Node's `net` and `dgram`. At its end it prints the data received.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { MemoryBus } from '@strata/bus';
import { NO_IMPAIRMENT } from '@strata/link';
import { askControl, SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';
import { createStack } from '@strata/sockets';

interface Sockets {
  readonly net: typeof net;
  readonly dgram: typeof dgram;
}

interface Program {
  readonly server: Sockets;
  readonly client: Sockets;
  readonly host: string;
  /** Sets the impairment of the client's frames. */
  impair(settings: { readonly lossRatio?: number; readonly delayMs?: number }): Promise<void>;
}

const [task, kind] = process.argv.slice(2);
let received = '';
process.on('exit', () => console.log(`received ${received}`));

async function createOurs(): Promise<Program> {
  const bus = new MemoryBus();
  const stack = (address: string) => ({
    interfaces: [{ name: 'eth0', wire: 'lan', addresses: [address] }],
  });
  const stacks = { server: stack('192.0.2.2/24'), client: stack('192.0.2.3/24') };
  const config = validateConfig({ wires: { lan: {} }, stacks }, 'the test');
  for (const name of Object.keys(stacks)) {
    const context = { bus, config, stack: name, log: SILENT };
    await startLink(context);
    await startNetwork(context);
    await startTransport(context);
  }
  const small = { receiveWindowOctets: 4096, tcpOptions: { receiveBufferOctets: 4096 } };
  const socketsOf = (name: string) => {
    const sizes = task === 'a window that is shut' ? small : {};
    return createStack({ bus, stack: name, ...sizes }) as unknown as Sockets;
  };
  const impair: Program['impair'] = async (settings) => {
    const impairment = { ...NO_IMPAIRMENT, seed: 0, ...settings };
    const request = { kind: 'impairment-set', interfaceName: 'eth0', impairment } as const;
    await askControl(bus, 'client', 'link', request, 'impairment');
  };
  return { server: socketsOf('server'), client: socketsOf('client'), host: '192.0.2.2', impair };
}

const { server, client, host, impair }: Program =
  kind === 'kernel'
    ? { server: { net, dgram }, client: { net, dgram }, host: '127.0.0.1', impair: async () => {} }
    : await createOurs();

/** Both ends of a connection; the listener is closed. */
async function connect(): Promise<[near: net.Socket, far: net.Socket]> {
  const listener = server.net.createServer({ allowHalfOpen: true }).listen(0, host);
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  const near = client.net.connect({ port, host, allowHalfOpen: true });
  const [[far]] = await Promise.all([once(listener, 'connection'), once(near, 'connect')]);
  listener.close();
  return [near, far];
}

const TASKS: Record<string, () => Promise<void>> = {
  /** Both sides have ended, and one has not read what the other sent. */
  'unread data': async () => {
    const [near, far] = await connect();
    near.pause().end('question');
    far.resume().end('answer');
    await once(far, 'close');
  },
  /** One that closed first: its connection is in TIME-WAIT. */
  'time-wait': async () => {
    const [near, far] = await connect();
    near.resume().end('question');
    far.on('data', receive);
    far.on('end', () => far.end());
    await Promise.all([once(near, 'close'), once(far, 'close')]);
  },
  /** Both ends are open, and nobody wants anything of them. */
  'paused with a full buffer': async () => {
    const [near, far] = await connect();
    near.pause();
    far.pause();
    near.write(Buffer.alloc(500_000));
    far.write(Buffer.alloc(500_000));
    const isFull = (socket: net.Socket) => socket.readableLength >= socket.readableHighWaterMark;
    while (!isFull(near) || !isFull(far)) await new Promise((resolve) => setTimeout(resolve, 10));
  },
  /** What was written fits into the buffers, and with ours not into the window. */
  'a window that is shut': async () => {
    const [near, far] = await connect();
    far.pause();
    await new Promise<void>((resolve) => near.write(Buffer.alloc(60_000), () => resolve()));
    near.pause();
    // A full socket reads nothing, so there is no reader here either.
    near.unref();
    far.unref();
  },
  /** Nothing of what was written has arrived, and no socket holds the process. */
  'written and lost': async () => {
    const [near, far] = await connect();
    far.on('data', receive).unref();
    await loseForAWhile();
    near.end('all of it');
    near.destroy();
  },
  'datagram to a neighbour that is asked again': async () => {
    await loseForAWhile();
    await sendDatagram();
  },
  'datagram on a long wire': async () => {
    await impair({ delayMs: 200 });
    await sendDatagram();
  },
};

function receive(data: Buffer): void {
  received += data;
}

/** The timer that ends it keeps no process alive. */
async function loseForAWhile(): Promise<void> {
  await impair({ lossRatio: 1 });
  setTimeout(() => void impair({}), 300).unref();
}

/** Sends one and closes, to a receiver that does not hold the process. */
async function sendDatagram(): Promise<void> {
  const receiver = server.dgram.createSocket('udp4').on('message', receive);
  receiver.bind(9, host);
  await once(receiver, 'listening');
  receiver.unref();
  const sender = client.dgram.createSocket('udp4');
  await new Promise<void>((resolve) => sender.send('all of it', 9, host, () => resolve()));
  sender.close();
}

await TASKS[task!]!();
