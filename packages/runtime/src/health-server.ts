import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from './config/fields.ts';
import type { Metrics } from './metrics.ts';
import { HEALTHY, type Health, type Running } from './running.ts';

export interface HealthServerOptions {
  readonly listen: ListenAddress;
  readonly health: () => Health;
  readonly metrics: Metrics;
}

/** A small HTTP server of a service: `GET /healthz` and `GET /metrics`. */
export class HealthServer implements Running {
  readonly #server: Server;

  /** Use {@link startHealthServer}. */
  constructor(server: Server) {
    this.#server = server;
  }

  /** The address that it listens on. */
  get address(): ListenAddress {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  health(): Health {
    return HEALTHY;
  }

  counters(): Record<string, number> {
    return {};
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

/** Starts the server. Rejects if it cannot listen on the address. */
export function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { listen, health, metrics } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply(response, 405, 'text/plain', 'GET only\n');
    } else if (path === '/healthz') {
      replyHealth(response, health());
    } else if (path === '/metrics') {
      void replyMetrics(response, metrics);
    } else {
      reply(response, 404, 'text/plain', 'there is /healthz and /metrics\n');
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => {
      server.off('error', reject);
      resolve(new HealthServer(server));
    });
  });
}

/** Answers with the health: 200 if it is ok, else 503 with the reasons. */
function replyHealth(response: ServerResponse, health: Health): void {
  reply(response, health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
}

async function replyMetrics(response: ServerResponse, metrics: Metrics): Promise<void> {
  try {
    reply(response, 200, metrics.contentType, await metrics.text());
  } catch (error) {
    reply(response, 500, 'text/plain', `${(error as Error).message}\n`);
  }
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
