/**
 * on-kernel.ts: starts on the kernel's TCP the same servers that the other programs here start on
 * ours, and the application service's HTTP server.
 */
import * as net from 'node:net';
import { SILENT } from '@strata/runtime';
import { createHttpServer } from '@strata/service-application';
import { PORTS } from './ports.ts';
import { listenOn, startServers } from './servers.ts';

const { server } = createHttpServer({
  stack: 'kernel',
  files: undefined,
  log: SILENT,
});
await startServers(net, (http) => http);
await listenOn(server, PORTS.ours);
console.log('ready');
