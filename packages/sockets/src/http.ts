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
 * Lets Node's HTTP server answer the connections of `server`. Sets `allowHalfOpen` of `server`, as
 * Node's HTTP server needs it. Returns a function that detaches it.
 */
export function attachHttp(server: Server, httpServer: HttpServer): () => void {
  server.allowHalfOpen = true;
  const onConnection = (socket: Socket) => {
    httpServer.emit('connection', socket);
  };
  // After 'listening' the HTTP server checks for idle connections and slow headers.
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

  /** Only Node's HTTP client calls it. */
  override createConnection(options: ClientRequestArgs): Socket {
    return this.#stack.net.connect(options as ConnectOptions);
  }
}
