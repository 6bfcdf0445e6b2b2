import { type Bus, connectNats } from '@strata/bus';
import {
  type Config,
  type HealthServer,
  type Lifecycle,
  type Logger,
  type LogLevel,
  Metrics,
  type Running,
  recheckConfig,
  type ServiceContext,
  serviceTapOf,
  stackOf,
  startHealthServer,
  withNats,
  withNetns,
} from '@strata/runtime';
import { CliError } from '../failure.ts';
import { readConfigApart } from '../read-config-apart.ts';
import { tell } from '../run.ts';
import { CHANGED_CONFIG, createLog, runServer, withoutHealth } from '../run-server.ts';
import type { Layer } from './layers.ts';

export interface ServiceOptions {
  readonly nats?: string;
  readonly config?: string;
  readonly stack?: readonly string[];
  readonly healthPort?: number;
  readonly netns?: string;
  readonly logLevel?: LogLevel;
}

/** `strata service`: runs one layer of a stack until a signal. */
export async function runService(layer: Layer, options: ServiceOptions): Promise<void> {
  const read = await readConfigApart(options.config);
  const config = applyOptions(read, options);
  const stack = options.stack?.at(-1) ?? Object.keys(config.stacks)[0];
  if (stack === undefined) throw new CliError('the config has no stack');
  stackOf(config, stack);
  checkOptions(layer, stack, config, options);
  const log = createLog(config, options.logLevel);
  let line = '';
  await runServer(
    log,
    async (lifecycle) => {
      line = await startService(layer, stack, config, lifecycle, log);
    },
    () => line,
  );
}

function applyOptions(config: Config, options: ServiceOptions): Config {
  let changed = withNats(config, options.nats ?? config.bus.servers.join(','));
  if (options.netns !== undefined) changed = withNetns(changed, options.netns);
  if (options.healthPort !== undefined) {
    const listen = { ...changed.health.listen, port: options.healthPort };
    changed = { ...changed, health: { ...changed.health, listen } };
  }
  return changed;
}

/** Refuses options that do not fit this layer of this stack. Throws ConfigError, CliError. */
function checkOptions(layer: Layer, stack: string, config: Config, options: ServiceOptions): void {
  if (options.netns !== undefined && !opensTap(layer, stack, config)) {
    throw new CliError(`--netns: ${layer} of stack ${stack} opens no TAP`);
  }
  // Only the console's service runs both servers on one machine. Other layers may run their health
  // server elsewhere.
  const checked = layer === 'console' ? config : withoutHealth(config);
  recheckConfig(checked, CHANGED_CONFIG, {
    foldersOf: (name) => layer === 'application' && name === stack,
  });
}

function opensTap(layer: Layer, stack: string, config: Config): boolean {
  if (layer !== 'link') return false;
  const hasOwn = stackOf(config, stack).interfaces.some(({ tap }) => tap !== undefined);
  return hasOwn || serviceTapOf(config, stack) !== 'none';
}

/** Starts the layer with its health server. Resolves to the text of the ready line. */
async function startService(
  layer: Layer,
  stack: string,
  config: Config,
  lifecycle: Lifecycle,
  log: Logger,
): Promise<string> {
  const metrics = new Metrics();
  const health = () => lifecycle.health();
  const { listen } = config.health;
  // Starts before NATS is there: meanwhile /healthz answers 503.
  const server = lifecycle.add('health', await startHealthServer({ listen, health, metrics }));
  const bus = await connect(layer, config, lifecycle);
  const { part, what } = await startLayer(layer, { bus, config, stack, log });
  lifecycle.add(layer, part);
  metrics.add(layer, stack, () => part.counters());
  return `${what}, health ${urlOf(server)}/healthz`;
}

function urlOf(server: HealthServer): string {
  const { host, port: number } = server.address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${number}`;
}

/** Connects to NATS. While NATS is missing it waits, and prints that once. */
async function connect(layer: Layer, config: Config, lifecycle: Lifecycle): Promise<Bus> {
  const { servers } = config.bus;
  const waiting = new AbortController();
  lifecycle.add('NATS connection attempt', { stop: () => waiting.abort() });
  const bus = await connectNats({
    servers,
    name: `strata-${layer}`,
    signal: waiting.signal,
    onWaiting: (_error, attempt) => {
      if (attempt === 1) tell(`waiting for NATS at ${servers.join(', ')}`);
    },
  });
  lifecycle.add('bus', { stop: () => bus.drain() });
  bus.onStatus((status) => {
    if (status === 'disconnected') tell('the connection to NATS is lost: waiting for it');
    else if (status === 'connected') tell('connected to NATS again');
  });
  return bus;
}

/** A started layer, and its name in the ready line. */
interface Started {
  readonly part: Running;
  readonly what: string;
}

async function startLayer(layer: Layer, context: ServiceContext): Promise<Started> {
  if (layer === 'console') {
    const { startConsole } = await import('@strata/service-console');
    const part = await startConsole(context);
    return { part, what: `console ${part.url}/` };
  }
  return {
    part: await startStackLayer(layer, context),
    what: `${layer} of stack ${context.stack}`,
  };
}

async function startStackLayer(
  layer: Exclude<Layer, 'console'>,
  context: ServiceContext,
): Promise<Running> {
  switch (layer) {
    case 'link': {
      const { startLink } = await import('@strata/service-link');
      return startLink({ ...context, tap: serviceTapOf(context.config, context.stack) });
    }
    case 'network': {
      const { startNetwork } = await import('@strata/service-network');
      return startNetwork(context);
    }
    case 'transport': {
      const { startTransport } = await import('@strata/service-transport');
      return startTransport(context);
    }
    case 'application': {
      const { startApplication } = await import('@strata/service-application');
      return startApplication(context);
    }
  }
}
