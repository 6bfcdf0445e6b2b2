import { once } from 'node:events';
import type { Server, Socket, Stack } from '@strata/sockets';
import { ToolError, type ToolIo } from '../tool.ts';
import { Control, iperfError } from './control.ts';
import type { IperfParsed } from './options.ts';
import { COOKIE_OCTETS, STATE } from './protocol.ts';
import { ServerTest } from './server-test.ts';

/** How long a connection may take to say which test it belongs to, milliseconds. */
const COOKIE_MS = 10_000;

/** Serves one test after the other, until it is cancelled. */
export async function runServer(stack: Stack, options: IperfParsed, io: ToolIo): Promise<number> {
  const { port, bind, oneOff } = options;
  const server = stack.net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen({ port, host: bind });
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    const inUse = `port ${port} is in use: choose another one with -p`;
    const why = error.code === 'EADDRINUSE' ? inUse : error.message;
    throw iperfError(`unable to start listener for connections: ${why}`);
  });
  const desk = new Desk(stack, server, options, io);
  for (let number = 1; !io.signal.aborted; number += 1) {
    await io.event({ kind: 'listening', port, test: number });
    const status = await desk.nextTest();
    if (oneOff) return status;
  }
  await io.event({ kind: 'note', text: 'iperf3: interrupt - the server has terminated' });
  return 1;
}

/** Gives each connection to the test that it belongs to. */
class Desk {
  readonly #stack: Stack;
  readonly #options: IperfParsed;
  readonly #io: ToolIo;
  #test: ServerTest | undefined;
  #isTaken = false;
  #onTest: (() => void) | undefined;

  constructor(stack: Stack, server: Server, options: IperfParsed, io: ToolIo) {
    this.#stack = stack;
    this.#options = options;
    this.#io = io;
    server.on('connection', (socket: Socket) => void this.#take(socket));
    io.signal.addEventListener('abort', () => this.#onTest?.());
  }

  /** Waits for a client, and runs its test. Resolves to the exit status; a failure is told. */
  async nextTest(): Promise<number> {
    if (this.#test === undefined && !this.#io.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#onTest = resolve;
      });
    }
    const test = this.#test;
    if (test === undefined) return 1;
    try {
      await test.run();
      return 0;
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      if (!this.#io.signal.aborted) await this.#io.event({ kind: 'note', text: error.message });
      return 1;
    } finally {
      test.close();
      this.#test = undefined;
      this.#isTaken = false;
    }
  }

  async #take(socket: Socket): Promise<void> {
    const control = new Control(socket);
    socket.resume();
    const cookie = await control.read(COOKIE_OCTETS, COOKIE_MS).catch(() => undefined);
    if (cookie === undefined) {
      socket.destroy();
    } else if (!this.#isTaken) {
      this.#isTaken = true;
      const options = this.#options;
      this.#test = new ServerTest(this.#stack, control, Buffer.from(cookie), options, this.#io);
      this.#onTest?.();
    } else if (this.#test?.cookie.equals(cookie)) {
      this.#test.takeConnection(socket, control.release());
    } else {
      control.sendState(STATE.accessDenied);
      socket.destroySoon();
    }
  }
}
