import { randomBytes } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import {
  type Clock,
  type Health,
  instanceName,
  type Logger,
  type Running,
  type ServiceContext,
  type StackConfig,
  serveLayer,
  stackOf,
} from '@strata/runtime';
import { attachHttp, createStack, type Socket, type Stack } from '@strata/sockets';
import { formatIpv4 } from '@strata/wire';
import { createHttpServer } from './http/server.ts';
import { type KeptListener, listenTcp } from './listening.ts';
import { createMessageServer } from './messages/server.ts';
import { AnswerGuard } from './small/answer-guard.ts';
import { listenSmallServices, SMALL_SERVICES } from './small/small-services.ts';

export interface ApplicationOptions extends ServiceContext {
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** How long answers in progress may take when the service stops. */
const DRAIN_MS = 1500;

/**
 * Starts the application layer of a stack: the servers that its config names. Resolves when each
 * port is open or refused; until transport answers, it waits.
 */
export async function startApplication(options: ApplicationOptions): Promise<Running> {
  const { bus, config, stack: name, clock } = options;
  const log = options.log.child({ layer: 'application', stack: name });
  const endpoint = `application-${randomBytes(4).toString('hex')}`;
  const instance = instanceName();
  const stack = createStack({ bus, stack: name, endpoint, instance, log, clock });
  const { interfaces, applications } = stackOf(config, name);
  const { messages, http } = applications;
  const listeners: KeptListener[] = [];
  const connections = new Set<Socket>();
  const smallPorts = SMALL_SERVICES.flatMap((each) => applications[each]?.port ?? []);
  const guard = new AnswerGuard(ownAddresses(interfaces), smallPorts);
  listeners.push(...listenSmallServices(stack, applications, guard, log));
  if (messages !== undefined) {
    const { port } = messages;
    const create = () => createMessageServer(stack);
    listeners.push(listenTcp(`messages on port ${port}`, create, port, log));
  }

  const web =
    http === undefined ? undefined : createHttpServer({ stack: name, files: http.files, log });
  if (http !== undefined && web !== undefined) {
    listeners.push(listenHttp(stack, http.port, web.server, connections, log));
  }

  const service = serveLayer(
    'application',
    { ...options, log },
    {
      counters: () => ({
        open_sockets: stack.openSockets,
        datagrams_unanswered: guard.unanswered,
        http_requests: web?.counters.requests ?? 0,
        http_refused: web?.counters.refused ?? 0,
        http_failed: web?.counters.failed ?? 0,
      }),
      health: () => ({ ports: portsHealth(listeners) }),
      end: async () => {
        for (const listener of listeners) listener.stop();
        if (web !== undefined) await drainHttp(web.server, connections);
        await stack.close();
      },
    },
  );
  await Promise.all(listeners.map(({ settled }) => settled));
  return service;
}

function portsHealth(listeners: readonly KeptListener[]): Health {
  const reasons = listeners.flatMap(({ problem }) => problem ?? []);
  return { ok: reasons.length === 0, reasons };
}

/** A test whether an address belongs to the stack; loopback addresses do. */
function ownAddresses(interfaces: StackConfig['interfaces']): (address: string) => boolean {
  const own = interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const names = new Set(own.map(formatIpv4));
  return (address) => names.has(address) || address.startsWith('127.');
}

function listenHttp(
  stack: Stack,
  port: number,
  http: HttpServer,
  connections: Set<Socket>,
  log: Logger,
): KeptListener {
  const create = () => {
    const server = stack.net.createServer({ noDelay: true }, (socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
    });
    attachHttp(server, http);
    return server;
  };
  return listenTcp(`HTTP on port ${port}`, create, port, log);
}

/** Gives answers in progress time to end, then resets all connections. */
async function drainHttp(server: HttpServer, connections: ReadonlySet<Socket>): Promise<void> {
  const startedMs = performance.now();
  server.closeIdleConnections();
  while (connections.size > 0 && performance.now() - startedMs < DRAIN_MS) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.closeIdleConnections();
  }
  for (const socket of connections) socket.resetAndDestroy();
  // Ends Node's timer for idle connections. The error is ignored: this server never listened
  // itself.
  server.close(() => undefined);
}
