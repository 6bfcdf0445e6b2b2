import type { IncomingMessage } from 'node:http';
import type { Socket } from '@strata/sockets';
import type { SocketEntry } from '@strata/transport';
import { formatIpv4 } from '@strata/wire';
import { documentAround, escapeHtml } from './html.ts';
import { allowMethods, type Handler, respondText } from './respond.ts';

export interface PageOptions {
  /** Name of the stack. */
  readonly stack: string;
  /** The folder that /files/ serves. Undefined: none, and the page has no link to it. */
  readonly files: string | undefined;
}

const HEADERS = { vary: 'accept', 'cache-control': 'no-store' };
const NOTHING_YET = 0xffffffff;

/** The names are ours and contain nothing to escape. */
type Rows = readonly (readonly [name: string, value: string])[];

/**
 * `/`: the stack's view of the request's own connection. HTML, or JSON if the client prefers it.
 */
export function createPageHandler({ stack, files }: PageOptions): Handler {
  const render = createRenderer(stack, renderMore(files !== undefined));
  return async (request, response) => {
    if (!allowMethods(request, response, ['GET', 'HEAD'])) return;
    const socket = await socketOf(request);
    if (prefersJson(request.headers.accept)) {
      const body = JSON.stringify({ stack, connection: socket && toJson(socket) }, null, 2);
      respondText(response, 200, 'application/json', `${body}\n`, HEADERS);
    } else {
      respondText(response, 200, 'text/html; charset=utf-8', render(socket), HEADERS);
    }
  };
}

/**
 * What transport knows of the socket that carries the request. Undefined if transport does not
 * answer, and for a socket of Node.
 */
async function socketOf(request: IncomingMessage): Promise<SocketEntry | undefined> {
  const socket = request.socket as unknown as Partial<Socket>;
  try {
    return await socket.getTcpInfo?.();
  } catch {
    // The page then shows no figures, and says why.
    return undefined;
  }
}

function prefersJson(accept: string | undefined): boolean {
  const json = accept?.search(/application\/json/i) ?? -1;
  const html = accept?.search(/text\/html/i) ?? -1;
  return json >= 0 && (html < 0 || json < html);
}

/** The socket as JSON: addresses are text, unset figures are null. */
function toJson(info: SocketEntry): unknown {
  const { tcp } = info;
  return {
    ...info,
    local: { ...info.local, address: formatIpv4(info.local.address) },
    remote: { ...info.remote, address: formatIpv4(info.remote.address) },
    tcp: tcp && {
      ...tcp,
      ssthreshOctets: tcp.ssthreshOctets === NOTHING_YET ? null : tcp.ssthreshOctets,
    },
  };
}

const INTRO =
  '<p>This page came to you through a TCP/IP stack in TypeScript: Ethernet, ARP, IPv4 and TCP, each its own service. ' +
  'Here is your connection, as the stack sees it. Reload it, or ask with <code>Accept: application/json</code>.</p>';

const NO_FIGURES = '<p>Transport does not answer at the moment, so there are no figures.</p>';

/**
 * Renders the page. Only the figures differ from one request to the next, so the rest is rendered
 * once.
 */
function createRenderer(stack: string, more: string): (socket: SocketEntry | undefined) => string {
  const [head, tail] = documentAround(`Strata: the stack “${stack}”`);
  const before = `${head}${INTRO}\n`;
  const after = `\n${more}${tail}`;
  return (socket) =>
    `${before}${socket === undefined ? NO_FIGURES : renderFigures(socket)}${after}`;
}

const FILES = '<li><a href="/files/">/files/</a> a folder, with ranges</li>';

function renderMore(hasFiles: boolean): string {
  return `<h2>More to try</h2>
<ul>${hasFiles ? `\n${FILES}` : ''}
<li><a href="/bytes/1000000">/bytes/N</a> N octets; octet i is i modulo 251</li>
<li>POST /echo sends your body back</li>
<li>POST /sha256 answers with its hash</li>
</ul>`;
}

function renderFigures(socket: SocketEntry): string {
  let html = '';
  for (const [title, rows] of sectionsOf(socket)) {
    html += `<h2>${title}</h2>\n<table>\n`;
    for (const [name, value] of rows)
      html += `<tr><th>${name}</th><td>${escapeHtml(value)}</td></tr>\n`;
    html += '</table>\n';
  }
  return html;
}

function sectionsOf(info: SocketEntry): (readonly [title: string, rows: Rows])[] {
  const connection: Rows = [
    ['you', `${formatIpv4(info.remote.address)}:${info.remote.port}`],
    ['the stack', `${formatIpv4(info.local.address)}:${info.local.port}`],
    ['state', info.state],
    ['socket', String(info.socket)],
  ];
  const { tcp } = info;
  if (tcp === undefined) return [['Connection', connection]];
  const scales = `yours is shifted by ${tcp.sendWindowScale}, ours by ${tcp.receiveWindowScale}`;
  return [
    ['Connection', connection],
    [
      'Negotiated',
      [
        ['largest segment', octets(tcp.mss)],
        ['window scaling (RFC 7323)', tcp.windowScaling ? scales : 'no'],
        ['timestamps (RFC 7323)', yesNo(tcp.timestamps)],
        ['selective acknowledgment (RFC 2018)', yesNo(tcp.sack)],
        ['explicit congestion notification (RFC 3168)', yesNo(tcp.ecn)],
      ],
    ],
    [
      'Round trip',
      [
        ['smoothed (SRTT)', milliseconds(tcp.srttMs)],
        ['variation (RTTVAR)', milliseconds(tcp.rttvarMs)],
        ['retransmission timeout (RTO)', milliseconds(tcp.rtoMs)],
        ['segments retransmitted', `${tcp.retransmittedSegments} of ${tcp.segmentsOut}`],
      ],
    ],
    [
      'Windows',
      [
        ['congestion window', `${octets(tcp.cwndOctets)}, ${tcp.congestionControl}`],
        [
          'slow start threshold',
          tcp.ssthreshOctets === NOTHING_YET ? 'not set yet' : octets(tcp.ssthreshOctets),
        ],
        ['you take', octets(tcp.sndWnd)],
        ['we take', octets(tcp.rcvWnd)],
      ],
    ],
    [
      'Octets to you',
      [
        ['acknowledged', octets(tcp.acknowledgedOctets)],
        ['in flight', octets(tcp.inFlightOctets)],
        ['may be sent now', octets(tcp.sendableOctets)],
        ['must wait', octets(tcp.unsendableOctets)],
      ],
    ],
  ];
}

/**
 * A number of octets with commas between thousands. Intl.NumberFormat costs five times as much, and
 * a page has ten such numbers.
 */
function octets(count: number): string {
  let text = String(count);
  for (let at = text.length - 3; at > 0; at -= 3) text = `${text.slice(0, at)},${text.slice(at)}`;
  return `${text} octets`;
}

function milliseconds(ms: number): string {
  return ms === 0 ? 'not measured yet' : `${ms.toFixed(3)} ms`;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
