import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Health, Logger } from '@strata/runtime';
import { ApiError } from './api-error.ts';
import { getRoute, postAddress, postRoute, putInterface } from './changes.ts';
import { guard } from './guard.ts';
import { deleteImpairment, getImpairment, getImpairments, putImpairment } from './impairment.ts';
import { deleteNeighbour, flushNeighbours, putNeighbour } from './neighbours.ts';
import { postProbe } from './probe.ts';
import type { ApiContext, ApiHandler, ApiRoutes } from './route.ts';
import { getFeatures, getSysctl, putFeatures, putSysctl } from './settings.ts';
import { Streams } from './streams.ts';
import { getCounters, getInterfaces, getNeighbours, getRoutes, getSockets } from './tables.ts';
import { Tools } from './tools.ts';

export interface ConsoleServerOptions extends ApiContext {
  /** The host name or address that the server listens on. */
  readonly listenHost: string;
  readonly health: () => Health;
  readonly log: Logger;
  /** Further paths. Default: none. */
  readonly routes?: ApiRoutes | undefined;
}

const INDEX = `Strata console

GET  /healthz                                    200 if all is up, else 503 with the reasons
GET  /api/stacks                                 the names of the stacks
GET  /api/interfaces  /api/neighbours  /api/routes  /api/sockets  /api/counters
PUT  /api/neighbours?stack=NAME&interface=eth0   with {"address": "192.0.2.9", "mac": "02:00:00:00:00:09"} (as ip neigh replace)
DELETE /api/neighbours?stack=NAME&interface=eth0&address=192.0.2.9
POST /api/neighbours/flush?stack=NAME            with {"interface": "eth0", "states": ["stale"], "to": "192.0.2.0/24"}, or {}
PUT  /api/interfaces?stack=NAME&interface=eth0   with {"up": false, "mtu": 1400, "arp": true}: as ip link set
POST /api/addresses?stack=NAME&interface=eth0    with {"action": "add", "address": "192.0.2.9/24"}: as ip addr
POST /api/routes?stack=NAME                      with {"action": "add", "to": "default", "via": "192.0.2.1"}: as ip route
GET  /api/route?stack=NAME&to=192.0.2.9          the way to a destination: as ip route get
GET  /api/sysctl                                 PUT with ?stack=NAME and {"net.ipv4.tcp_sack": 0}
GET  /api/impairments                            of all interfaces, with counters (as strata netem show -s)
GET  /api/impairment?stack=NAME&interface=eth0   PUT with {"lossRatio": 0.02, "delayMs": 20}, DELETE;
                                                 &direction=in or out; ?wire=NAME in place of stack and interface
GET  /api/features                               PUT with ?stack=NAME&interface=eth0 and {"tso": false} (as ethtool -K)
POST /api/probe?stack=NAME                       {"probes": [{"kind": "echo", "destination": "192.0.2.2"}], "waitMs": 1000}
GET  /api/trace?layer=transport                  PDUs at the boundaries, one JSON object per line
GET  /api/capture                                frames, as pcapng: curl -sN …/api/capture | wireshark -k -i -
GET  /api/tools                                  the tools that strata nc and others run here, with Upgrade: strata-tool

?stack=NAME selects one stack; sockets also take ?protocol=tcp, ?state=ESTABLISHED and ?socket=ID.
`;

/**
 * The console's HTTP server, not listening yet. `endStreams` ends the streams and tools that it
 * serves, and resolves when they have ended.
 */
export function createConsoleServer(options: ConsoleServerOptions): {
  readonly server: Server;
  endStreams(): Promise<void>;
} {
  const streams = new Streams();
  const tools = new Tools(options);
  const routes: ApiRoutes = {
    '/': { GET: ({ response }) => sendText(response, 200, 'text/plain; charset=utf-8', INDEX) },
    '/healthz': { GET: ({ response }) => sendHealth(response, options.health()) },
    '/api/stacks': { GET: ({ context }) => Object.keys(context.config.stacks) },
    '/api/interfaces': { GET: getInterfaces, PUT: putInterface },
    '/api/addresses': { POST: postAddress },
    '/api/neighbours': { GET: getNeighbours, PUT: putNeighbour, DELETE: deleteNeighbour },
    '/api/neighbours/flush': { POST: flushNeighbours },
    '/api/routes': { GET: getRoutes, POST: postRoute },
    '/api/route': { GET: getRoute },
    '/api/sockets': { GET: getSockets },
    '/api/counters': { GET: getCounters },
    '/api/sysctl': { GET: getSysctl, PUT: putSysctl },
    '/api/impairments': { GET: getImpairments },
    '/api/impairment': { GET: getImpairment, PUT: putImpairment, DELETE: deleteImpairment },
    '/api/features': { GET: getFeatures, PUT: putFeatures },
    '/api/probe': { POST: postProbe },
    '/api/trace': { GET: streams.trace },
    '/api/capture': { GET: streams.capture },
    '/api/tools': { GET: () => tools.names },
    ...options.routes,
  };
  const server = createServer((request, response) => {
    void answer(options, routes, request, response);
  });
  server.on('upgrade', (request, connection, head) => tools.upgrade(request, connection, head));
  const endStreams = () => {
    streams.close();
    return tools.close();
  };
  return { server, endStreams };
}

async function answer(
  options: ConsoleServerOptions,
  routes: ApiRoutes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    guard(request, options.listenHost);
    const url = new URL(request.url ?? '/', 'http://console');
    const handler = findHandler(routes, url.pathname, request.method ?? '', response);
    const { bus, config } = options;
    const context = { bus, config };
    const value = await handler({ context, request, response, query: url.searchParams });
    if (value !== undefined) sendJson(response, 200, value);
  } catch (error) {
    if (error instanceof ApiError)
      sendJson(response, error.status, { error: error.message, errno: error.errno });
    else {
      options.log.error({ err: error, url: request.url }, 'a request of the console failed');
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'the console failed; its log says why.' });
    }
  }
}

function findHandler(
  routes: ApiRoutes,
  path: string,
  method: string,
  response: ServerResponse,
): ApiHandler {
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (methods === undefined) throw new ApiError(404, `there is no ${path}; see / for the list.`);
  const handler = methods[method === 'HEAD' ? 'GET' : method];
  if (handler !== undefined) return handler;
  const allow = Object.keys(methods).join(', ');
  response.setHeader('allow', allow);
  throw new ApiError(405, `${path} answers ${allow}.`);
}

function sendHealth(response: ServerResponse, health: Health): void {
  const body = health.ok ? { status: 'ok' } : { status: 'failing', reasons: health.reasons };
  sendJson(response, health.ok ? 200 : 503, body);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  sendText(response, status, 'application/json', `${JSON.stringify(value, null, 2)}\n`);
}

function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
