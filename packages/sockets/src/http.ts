import {
  Agent,
  type AgentOptions,
  type ClientRequestArgs,
  type Server as HttpServer,
} from 'node:http';
import type { ConnectOptions } from './net/connect-options.ts';
import type { Server } from './net/server.ts';
import type { Socket } from './net/socket.ts';
import type { Stack } from './stack.ts';

/**
 * Lets Node's HTTP server answer the connections of `server`. The server then keeps its side open
 * when a client has ended its own, as Node's HTTP needs it. Returns how to detach it.
 */
export function attachHttp(server: Server, httpServer: HttpServer): () => void {
  server.allowHalfOpen = true;
  const onConnection = (socket: Socket) => {
    httpServer.emit('connection', socket);
  };
  // The HTTP server watches over idle connections and slow headers from its 'listening' on.
  const onListening = () => {
    httpServer.emit('listening');
  };
  server.on('connection', onConnection);
  server.on('listening', onListening);
  return () => {
    server.off('connection', onConnection);
    server.off('listening', onListening);
  };
}

/** An agent for `http.request` whose connections go through the stack. */
export class StackAgent extends Agent {
  readonly #stack: Stack;

  constructor(stack: Stack, options: AgentOptions = {}) {
    super(options);
    this.#stack = stack;
  }

  /** Called by Node's HTTP client; not by others. */
  override createConnection(options: ClientRequestArgs): Socket {
    return this.#stack.net.connect(options as ConnectOptions);
  }
}
