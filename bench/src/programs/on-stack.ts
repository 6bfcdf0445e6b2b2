import { attachHttp, type Stack } from '@strata/sockets';
import { startServers } from './servers.ts';

/** Starts the servers of a few lines each on one of our stacks. */
export function startServersOn({ net }: Stack): Promise<void> {
  return startServers(net, (http) => {
    // Node's HTTP server also sets noDelay on its own sockets.
    const server = net.createServer({ noDelay: true });
    attachHttp(server, http);
    return server;
  });
}
