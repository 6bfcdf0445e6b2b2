import type { SocketTimer } from '@strata/contract';
import { formatInfo } from './format-info.ts';
import { formatWindow } from './format-window.ts';
import { type ApiSocket, stateName } from './socket.ts';

/** What to show of each socket besides its line. */
export interface SocketFormat {
  readonly info: boolean;
  readonly timers: boolean;
  readonly memory: boolean;
  readonly extended: boolean;
  readonly window: boolean;
}

/** The table in the format of ss. `withStack`: a first column names the stack. */
export function formatSockets(
  sockets: readonly (ApiSocket & { readonly stack: string })[],
  format: SocketFormat,
  withStack: boolean,
): string[] {
  const header = ['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port'];
  const rows = sockets.map((one) => [
    one.protocol,
    stateName(one.state),
    String(one.receiveQueue),
    String(one.sendQueue),
    wildcard(one.local),
    wildcard(one.remote),
  ]);
  const stacks = sockets.map(({ stack }) => stack);
  const table = withStack
    ? [['Stack', ...header], ...rows.map((row, i) => [stacks[i]!, ...row])]
    : [header, ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines: string[] = [];
  for (const [index, row] of table.entries()) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column]!)).join(' ');
    const socket = index === 0 ? undefined : sockets[index - 1];
    lines.push(`${cells} ${socket === undefined ? '' : notes(socket, format)}`.trimEnd());
    if (socket !== undefined) lines.push(...details(socket, format).map((line) => `\t ${line}`));
  }
  return lines;
}

/** The fields that ss prints after the addresses. */
function notes(socket: ApiSocket, format: SocketFormat): string {
  const words: string[] = [];
  const timer = socket.timers[0];
  if (format.timers && timer !== undefined) words.push(formatTimer(timer, socket));
  if (format.extended) {
    if (socket.endpoint !== '') words.push(`users:(("${socket.endpoint}"))`);
    words.push(`sk:${socket.socket.toString(16)}`);
  }
  if (format.memory) words.push(formatMemory(socket));
  return words.join(' ');
}

/** ss's names of timers; other timers keep our names. */
const SS_TIMERS: Readonly<Record<string, string>> = {
  retransmission: 'on',
  'time-wait': 'timewait',
};

function formatTimer({ name, ms }: SocketTimer, { tcp }: ApiSocket): string {
  const what = SS_TIMERS[name] ?? name.replaceAll(' ', '-');
  return `timer:(${what},${formatMs(ms)},${tcp?.retries ?? 0})`;
}

function formatMs(ms: number): string {
  if (ms >= 60_000) return `${Math.floor(ms / 60_000)}min${Math.floor((ms % 60_000) / 1000)}sec`;
  if (ms >= 10_000) return `${Math.floor(ms / 1000)}sec`;
  return `${Math.round(ms)}ms`;
}

function formatMemory({ receiveQueue, sendQueue, tcp }: ApiSocket): string {
  const receive = `r${receiveQueue}${tcp === null ? '' : `,rb${tcp.receiveBufferOctets}`}`;
  return `skmem:(${receive},t${sendQueue}${tcp === null ? '' : `,tb${tcp.sendBufferOctets}`})`;
}

function details({ tcp, timers }: ApiSocket, format: SocketFormat): string[] {
  if (tcp === null) return [];
  const lines: string[] = [];
  if (format.info) {
    const due = timers.map(({ name, ms }) => `${name.replaceAll(' ', '-')}:${formatMs(ms)}`);
    lines.push(`${formatInfo(tcp)}${due.length > 0 ? ` timers:(${due.join(',')})` : ''}`);
  }
  if (format.window) lines.push(...formatWindow(tcp));
  return lines;
}

function wildcard(address: string): string {
  return address.replace(/:0$/, ':*');
}
