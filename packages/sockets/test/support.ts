import type { Readable } from 'node:stream';
import { createStackOnPort, type Socket, type Stack } from '../src/index.ts';
import { FakeTransport } from './fake-transport.ts';

const stacks: Stack[] = [];

// Sockets that a test leaves open would keep the process alive.
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.close(0);
});

/** A server's and a client's sockets on one fake transport. */
export function createPair(receiveWindowOctets?: number): {
  readonly transport: FakeTransport;
  readonly server: Stack;
  readonly client: Stack;
} {
  const transport = new FakeTransport();
  const stack = (endpoint: string) => {
    const port = transport.port(endpoint);
    const made = createStackOnPort({ port, endpoint, receiveWindowOctets });
    stacks.push(made);
    return made;
  };
  return { transport, server: stack('server'), client: stack('client') };
}

/** `octets` octets. The value of each depends on its offset. */
export function pattern(octets: number): Buffer {
  const bytes = Buffer.alloc(octets);
  for (let i = 0; i < octets; i += 1) bytes[i] = (i * 7 + (i >>> 8)) & 255;
  return bytes;
}

/**
 * All data of a stream until its end. (An async iterator would destroy a socket at its peer's end.)
 */
export function readAll(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', reject);
  });
}

/** Resolves with the arguments of the next event of this name. */
export function next(emitter: NodeJS.EventEmitter, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    emitter.once(event, (...args: unknown[]) => resolve(args));
  });
}

/** Opens a connection through `pair`, and returns both ends. */
export async function connectPair(
  pair: ReturnType<typeof createPair>,
  options: { allowHalfOpen?: boolean } = {},
): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const listener = pair.server.net.createServer(options);
  const accepted = next(listener, 'connection');
  listener.listen(0);
  await next(listener, 'listening');
  const near = pair.client.net.connect({
    port: listener.address()!.port,
    host: '192.0.2.2',
    ...options,
  });
  const [far] = (await accepted) as [Socket];
  if (near.connecting) await next(near, 'connect');
  listener.close();
  return { near, far };
}

/** Resolves as soon as `isSo` returns true. Rejects after 5 s. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`never came true: ${isSo}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
