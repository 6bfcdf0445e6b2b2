import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bus } from '@strata/bus';
import {
  busHealth,
  type Health,
  type ListenAddress,
  type Logger,
  type Running,
} from '@strata/runtime';
import type { ApiConfig, ApiRoutes } from './http/route.ts';
import { createConsoleServer } from './http/server.ts';

/** The part of a config that a console needs. */
export interface ConsoleConfig extends ApiConfig {
  readonly console: { readonly listen: ListenAddress };
}

export interface ConsoleOptions {
  readonly bus: Bus;
  readonly config: ConsoleConfig;
  readonly log: Logger;
  /** The health that /healthz reports. Default: the bus's health. */
  readonly health?: (() => Health) | undefined;
  /** Further paths of the API. Default: none. */
  readonly routes?: ApiRoutes | undefined;
}

/** A running console. */
export interface RunningConsole extends Running {
  /** Its address: `http://127.0.0.1:7777`. */
  readonly url: string;
}

/**
 * Starts the console at the config's `console.listen`. Rejects with the system's error if it cannot
 * listen.
 */
export async function startConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const { bus, config, log } = options;
  const health = options.health ?? (() => busHealth(bus));
  const { host, port } = config.console.listen;
  const { server, endStreams } = createConsoleServer({
    bus,
    config,
    log,
    health,
    listenHost: host,
    routes: options.routes,
  });
  let requests = 0;
  server.on('request', () => {
    requests += 1;
  });
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  let stopping: Promise<void> | undefined;
  return {
    url: `http://${shownHost}:${address.port}`,
    stop: () => {
      stopping ??= stop(server, endStreams);
      return stopping;
    },
    health: () => busHealth(bus),
    counters: () => ({ requests }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function stop(server: Server, endStreams: () => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const ended = endStreams();
  server.closeAllConnections();
  await Promise.all([closed, ended]);
}
