import { MemoryBus } from '@strata/bus';
import { networkIndicationChannel, networkRequestChannel } from '@strata/contract';
import type { NetworkSegmentIndication } from '@strata/network';
import { type Config, type Running, SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startTransport } from '@strata/service-transport';
import { createStack, type Stack } from '@strata/sockets';
import { joinTail } from '@strata/wire';
import { startApplication } from '../src/index.ts';

export const SERVER = '192.0.2.2';
export const CLIENT = '192.0.2.3';

/**
 * The application service on a stack `server`, and the sockets of a stack `client` that reaches it.
 * The transports are real. The networks are replaced by a direct connection.
 */
export interface Pair {
  readonly bus: MemoryBus;
  readonly config: Config;
  readonly client: Stack;
  readonly application: Running;
  /** The application service of the stack `client`, if requested. */
  readonly clientApplication: Running | undefined;
  stop(): Promise<void>;
}

export interface PairOptions {
  readonly files?: string;
  /**
   * The echo services of the stacks `server` and `client`. Default: port 7 for `server`, none for
   * `client`.
   */
  readonly echo?: { readonly port: number };
  readonly clientEcho?: { readonly port: number };
  /** More applications of the stack `server`, in the config's format. */
  readonly more?: object;
}

export async function startPair(options: PairOptions = {}): Promise<Pair> {
  const bus = new MemoryBus();
  const config = createConfig(options);
  connectStacks(bus);
  const context = { bus, config, log: SILENT };
  const onError = (error: unknown) => {
    throw error;
  };
  const transports = [
    await startTransport({ ...context, stack: 'server', onError }),
    await startTransport({ ...context, stack: 'client', onError }),
  ];
  const application = await startApplication({ ...context, stack: 'server' });
  const clientApplication =
    options.clientEcho && (await startApplication({ ...context, stack: 'client' }));
  const client = createStack({ bus, stack: 'client' });
  return {
    bus,
    config,
    client,
    application,
    clientApplication,
    async stop() {
      await client.close(0);
      await clientApplication?.stop();
      await application.stop();
      for (const transport of transports) await transport.stop();
      await bus.close();
    },
  };
}

function createConfig({ files, echo = { port: 7 }, clientEcho, more }: PairOptions): Config {
  const stack = (address: string) => ({ interfaces: [{ wire: 'lan', addresses: [address] }] });
  const http = files === undefined ? {} : { files };
  const applications = { echo, messages: {}, http, ...more };
  const clientApplications = clientEcho === undefined ? {} : { echo: clientEcho };
  return validateConfig(
    {
      wires: { lan: {} },
      stacks: {
        server: { ...stack(`${SERVER}/24`), applications },
        client: { ...stack(`${CLIENT}/24`), applications: clientApplications },
      },
    },
    'the test',
  );
}

/** Carries the packets of each stack's transport to the other's. */
function connectStacks(bus: MemoryBus): void {
  for (const [from, to] of [
    ['server', 'client'],
    ['client', 'server'],
  ] as const) {
    const indications = networkIndicationChannel(to);
    bus.subscribe(networkRequestChannel(from), (batch) => {
      const segments = batch.flatMap((request): NetworkSegmentIndication[] =>
        request.kind === 'send'
          ? [
              {
                kind: 'segment',
                source: request.source,
                destination: request.destination,
                protocol: request.protocol,
                ttl: 64,
                tos: request.tos,
                interfaceIndex: 1,
                cast: 'unicast',
                segment: joinTail(request.segment, request.tail),
                segmentSize: request.segmentSize,
                checksum: request.checksum === 'partial' ? 'verified' : request.checksum,
                trace: undefined,
              },
            ]
          : [],
      );
      if (segments.length > 0) bus.publish(indications, segments);
    });
  }
}
