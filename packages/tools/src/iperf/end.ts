import { type Figures, figuresOf, sumOf } from './figures.ts';
import type { Total } from './meter.ts';
import type { Results } from './results.ts';

/** A stream, or all of a direction, as its sender and as its receiver saw it. */
export interface Sides {
  readonly sender: Figures;
  readonly receiver: Figures;
}

/**
 * The event at the end of a test: `end` in the shape of iperf3's JSON, and `sides` of each stream.
 * `remote` undefined: it was cut off.
 */
export function endOf(
  totals: readonly Total[],
  udp: boolean,
  cpu: Results['cpu'],
  congestion: string | undefined,
  remote: Results | undefined,
): { readonly kind: 'end'; readonly end: object; readonly sides: readonly Sides[] } {
  const both = totals.map((total, index) => bothSides(total, udp, remote?.streams[index]));
  const [first] = totals;
  const isSame = (index: number) => totals[index]!.figures.sender === first?.figures.sender;
  const ofDirection = (same: boolean, side: 'sender' | 'receiver') =>
    sumOf(both.filter((_, index) => isSame(index) === same).map((one) => one[side]));
  const reverse = totals.some((_, index) => !isSame(index));
  const sums = {
    sum_sent: ofDirection(true, 'sender'),
    sum_received: ofDirection(true, 'receiver'),
    ...(reverse
      ? {
          sum_sent_bidir_reverse: ofDirection(false, 'sender'),
          sum_received_bidir_reverse: ofDirection(false, 'receiver'),
        }
      : {}),
  };
  const isSender = first?.figures.sender ?? true;
  const [sender, receiver] = isSender
    ? [congestion, remote?.congestion]
    : [remote?.congestion, congestion];
  const end = {
    streams: udp
      ? both.map(({ sender: sent, receiver: received }) => ({
          udp: { ...sent, ...udpOf(received), sender: sent.sender },
        }))
      : both,
    ...(udp ? { sum: { ...sums.sum_sent, ...udpOf(sums.sum_received) } } : {}),
    ...sums,
    cpu_utilization_percent: {
      host_total: cpu.total,
      host_user: cpu.user,
      host_system: cpu.system,
      remote_total: remote?.cpu.total ?? 0,
      remote_user: remote?.cpu.user ?? 0,
      remote_system: remote?.cpu.system ?? 0,
    },
    ...(sender === undefined ? {} : { sender_tcp_congestion: sender }),
    ...(receiver === undefined ? {} : { receiver_tcp_congestion: receiver }),
  };
  return { kind: 'end', end, sides: both };
}

/** What a receiver of datagrams knows. */
function udpOf(figures: Figures | undefined): Partial<Figures> {
  if (figures === undefined) return {};
  const { jitter_ms, lost_packets, packets, lost_percent, out_of_order } = figures;
  return {
    ...(jitter_ms === undefined ? {} : { jitter_ms }),
    ...(lost_packets === undefined ? {} : { lost_packets }),
    ...(packets === undefined ? {} : { packets }),
    ...(lost_percent === undefined ? {} : { lost_percent }),
    ...(out_of_order === undefined ? {} : { out_of_order }),
  };
}

/** A stream as its sender and as its receiver saw it. */
function bothSides(
  { figures, tcp }: Total,
  udp: boolean,
  remote: Results['streams'][number] | undefined,
): Sides {
  const mine = { ...figures, ...extremesOf(tcp) };
  const span = { start: 0, end: remote?.seconds || figures.end };
  const counts = remote?.counts ?? {
    octets: 0,
    packets: 0,
    lost: 0,
    outOfOrder: 0,
    jitterSeconds: 0,
  };
  const plain = { socket: figures.socket!, ...figuresOf(span, counts, !figures.sender, udp) };
  const hasRetransmits = remote !== undefined && remote.retransmits >= 0 && !figures.sender && !udp;
  const theirs = hasRetransmits ? { ...plain, retransmits: remote.retransmits } : plain;
  const [sender, receiver] = figures.sender ? [mine, theirs] : [theirs, mine];
  // iperf3's `sender` says in both which role this side has.
  return {
    sender: { ...sender, sender: figures.sender },
    receiver: { ...receiver, sender: figures.sender },
  };
}

function extremesOf(tcp: Total['tcp']): Record<string, number> {
  if (tcp.length === 0) return {};
  const rtts = tcp.map(({ rtt }) => rtt);
  return {
    max_snd_cwnd: Math.max(...tcp.map(({ snd_cwnd }) => snd_cwnd)),
    max_snd_wnd: Math.max(...tcp.map(({ snd_wnd }) => snd_wnd)),
    max_rtt: Math.max(...rtts),
    min_rtt: Math.min(...rtts),
    mean_rtt: Math.round(rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length),
  };
}
