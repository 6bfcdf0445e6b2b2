import type { IncomingMessage } from 'node:http';
import type { SocketInfo } from '@strata/contract';
import { formatIpv4 } from '@strata/wire';
import { escapeHtml, renderDocument } from './html.ts';
import { allowMethods, type Handler, respondText } from './respond.ts';

/** Asks transport about the socket with this id. Undefined if transport does not know it, or does not answer. */
export type FindSocket = (socket: number) => Promise<SocketInfo | undefined>;

export interface PageOptions {
  /** Name of the stack. */
  readonly stack: string;
  /** The folder that /files/ serves. Undefined: none, and the page has no link to it. */
  readonly files: string | undefined;
  readonly findSocket: FindSocket;
}

const NOTHING_YET = 0xffffffff;

type Rows = readonly (readonly [name: string, value: string])[];

/** `/`: the stack's view of the request's own connection. HTML, or JSON if the client prefers it. */
export function createPageHandler({ stack, files, findSocket }: PageOptions): Handler {
  const more = renderMore(files !== undefined);
  return async (request, response) => {
    if (!allowMethods(request, response, ['GET', 'HEAD'])) return;
    const socket = await findSocket(socketIdOf(request));
    response.setHeader('vary', 'accept');
    response.setHeader('cache-control', 'no-store');
    if (prefersJson(request.headers.accept)) {
      const body = JSON.stringify({ stack, connection: socket && toJson(socket) }, null, 2);
      respondText(response, 200, 'application/json', `${body}\n`);
    } else {
      respondText(response, 200, 'text/html; charset=utf-8', renderPage(stack, socket, more));
    }
  };
}

/** The id of the stack's socket that carries the request; 0 for another kind of socket. */
function socketIdOf(request: IncomingMessage): number {
  const { socketId } = request.socket as unknown as { socketId?: number };
  return socketId ?? 0;
}

function prefersJson(accept: string | undefined): boolean {
  const json = accept?.search(/application\/json/i) ?? -1;
  const html = accept?.search(/text\/html/i) ?? -1;
  return json >= 0 && (html < 0 || json < html);
}

/** The socket as JSON: addresses are text, unset figures are null. */
function toJson(info: SocketInfo): unknown {
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

function renderPage(stack: string, socket: SocketInfo | undefined, more: string): string {
  const intro =
    '<p>This page came to you through a TCP/IP stack in TypeScript: Ethernet, ARP, IPv4 and TCP, each its own service. ' +
    'Here is your connection, as the stack sees it. Reload it, or ask with <code>Accept: application/json</code>.</p>';
  const figures =
    socket === undefined
      ? '<p>Transport does not answer at the moment, so there are no figures.</p>'
      : sectionsOf(socket)
          .map(([title, rows]) => renderTable(title, rows))
          .join('\n');
  return renderDocument(`Strata: the stack “${stack}”`, `${intro}\n${figures}\n${more}`);
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

function renderTable(title: string, rows: Rows): string {
  const body = rows.map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<h2>${escapeHtml(title)}</h2>\n<table>\n${body.join('\n')}\n</table>`;
}

function sectionsOf(info: SocketInfo): (readonly [title: string, rows: Rows])[] {
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

function octets(count: number): string {
  return `${count.toLocaleString('en')} octets`;
}

function milliseconds(ms: number): string {
  return ms === 0 ? 'not measured yet' : `${ms.toFixed(3)} ms`;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
