import type { Stack } from '@strata/sockets';
import { defineTool } from '../options.ts';
import { resolveHost } from '../resolve.ts';
import { ToolError, type ToolIo } from '../tool.ts';
import { type NcParsed, ncSchema } from './options.ts';
import { connectAll, listen } from './tcp.ts';
import { listenDatagrams, sendAll } from './udp.ts';

/** nc: a connection, or datagrams, between standard input and output and a peer. */
export const nc = defineTool(ncSchema, runNc);

async function runNc(stack: Stack, options: NcParsed, io: ToolIo): Promise<number> {
  const { host, udp } = options;
  if (options.listen) {
    const address = host === undefined ? undefined : await addressOf(host);
    const [port] = options.ports[0]!;
    const run = udp ? listenDatagrams : listen;
    await run(stack, address, port, options, io);
    return 0;
  }
  if (host === undefined) throw new ToolError('nc: missing destination: give an address', 2);
  const run = udp ? sendAll : connectAll;
  return (await run(stack, await addressOf(host), portsOf(options), options, io)) ? 0 : 1;
}

function addressOf(host: string): Promise<string> {
  return resolveHost(
    host,
    1,
    (why) => `nc: getaddrinfo for host "${host}": ${why}: give its IPv4 address`,
  );
}

function* portsOf({ ports }: NcParsed): Generator<number> {
  for (const [first, last] of ports) for (let port = first; port <= last; port += 1) yield port;
}
