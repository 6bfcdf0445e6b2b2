import type { IperfFigures } from '@strata/tools';
import { bits, bytes } from './units.ts';

/** What the lines of a test have in common. */
export interface LineStyle {
  readonly udp: boolean;
  /** Both directions: each line says which. */
  readonly roles: boolean;
  readonly isServer: boolean;
  /** Whether this side sends, in the first direction. */
  readonly sends: boolean;
  readonly unit: string | undefined;
}

const COLUMNS = 'Interval           Transfer     Bitrate';

export const RULE = '- - - - - - - - - - - - - - - - - - - - - - - - -';
export const BANNER = '-----------------------------------------------------------';

/** The line above the intervals. */
export function intervalHeader({ udp, roles, sends }: LineStyle): string {
  const id = roles ? '[ ID][Role]' : '[ ID]';
  const receiver = udp ? '         Jitter    Lost/Total Datagrams' : '';
  const sender = udp ? '         Total Datagrams' : '         Retr  Cwnd';
  return `${id} ${COLUMNS}${sends || roles ? sender : receiver}`;
}

/** The line above the totals. */
export function totalHeader({ udp, roles }: LineStyle, hasRetransmits: boolean): string {
  const id = roles ? '[ ID][Role]' : '[ ID]';
  if (udp) return `${id} ${COLUMNS}         Jitter    Lost/Total Datagrams`;
  return `${id} ${COLUMNS}${hasRetransmits ? '         Retr' : ''}`;
}

/** A stream in an interval, or their sum. */
export function intervalLine(figures: IperfFigures, style: LineStyle): string {
  const { udp } = style;
  const isSum = figures.socket === undefined;
  const end = figures.omitted ? '(omitted)' : '';
  const start = common(figures, style, figures.sender);
  if (udp) {
    if (figures.sender) return `${start}  ${figures.packets ?? 0}  ${end}`;
    return `${start}  ${udpFigures(figures)}  ${end}`;
  }
  if (figures.retransmits === undefined) return `${start}                  ${end}`;
  const retransmits = String(figures.retransmits).padStart(3);
  if (isSum) return `${start}  ${retransmits}             ${end}`;
  return `${start}  ${retransmits}   ${bytes(figures.snd_cwnd ?? 0)}       ${end}`;
}

/** A stream's whole test, as one of the sides saw it. */
export function totalLine(
  figures: IperfFigures,
  side: 'sender' | 'receiver',
  style: LineStyle,
): string {
  const start = common(figures, style, figures.sender);
  if (style.udp) {
    const jitter = { ...figures, jitter_ms: figures.jitter_ms ?? 0 };
    return `${start}  ${udpFigures(jitter)}  ${side}`;
  }
  if (figures.retransmits === undefined) return `${start}                  ${side}`;
  return `${start}  ${String(figures.retransmits).padStart(3)}             ${side}`;
}

function common(figures: IperfFigures, style: LineStyle, sends: boolean): string {
  const id = figures.socket === undefined ? '[SUM]' : `[${String(figures.socket).padStart(3)}]`;
  const role = style.roles ? `[${sends ? 'TX' : 'RX'}-${style.isServer ? 'S' : 'C'}]` : '';
  const from = figures.start.toFixed(2).padStart(6);
  const to = figures.end.toFixed(2).padEnd(6);
  const rate = bits(figures.bits_per_second, style.unit);
  return `${id}${role} ${from}-${to} sec  ${bytes(figures.bytes)}  ${rate}/sec`;
}

function udpFigures(figures: IperfFigures): string {
  const { jitter_ms = 0, lost_packets = 0, packets = 0, lost_percent = 0 } = figures;
  const percent = Number(lost_percent.toPrecision(2));
  return `${jitter_ms.toFixed(3)} ms  ${lost_packets}/${packets} (${percent}%)`;
}
