import type { SocketAddress, SocketId } from './pdu.ts';
import type { TransportSysctl } from './sysctl.ts';
import { inFlightOctets } from './tcp/recovery/in-flight.ts';
import { backedOffRto } from './tcp/rto.ts';
import { sendBufferOctets } from './tcp/send-buffer.ts';
import { seqDiff } from './tcp/sequence.ts';
import { endOfSendSequence, type RecoveryPhase, type Tcb, type TcpState } from './tcp/tcb.ts';
import type { TcpLayer } from './tcp/tcp-layer.ts';
import { nextDeadline } from './tcp/timers.ts';
import { receiveWindow } from './tcp/window.ts';
import type { UdpLayer } from './udp/udp-layer.ts';

/** A socket as `ss` shows it. */
export interface SocketInfo {
  readonly protocol: 'tcp' | 'udp';
  /** `UNCONN` for UDP, as `ss` says. */
  readonly state: TcpState | 'UNCONN';
  /** 0 where there is none: not yet (SYN-RECEIVED of a listener), or no longer (TIME-WAIT: the addresses are not free yet). */
  readonly socket: SocketId;
  readonly endpoint: string;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Octets that wait for the application, or connections that wait for accept. */
  readonly receiveQueueOctets: number;
  /** Octets that the peer has not acknowledged, or a listener's backlog. */
  readonly sendQueueOctets: number;
  readonly tcp: TcpInfo | undefined;
}

/** What is known of a connection; times in milliseconds. */
export interface TcpInfo {
  /** Sequence variables (RFC 9293 3.3.1). */
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly rcvNxt: number;
  readonly congestionControl: string;
  readonly mssOctets: number;
  readonly rtoMs: number;
  /** -1 before the first measurement. */
  readonly srttMs: number;
  readonly rttvarMs: number;
  readonly cwndOctets: number;
  /** -1 while there was no loss. */
  readonly ssthreshOctets: number;
  readonly phase: RecoveryPhase;
  readonly windowScaling: boolean;
  readonly sendWindowShift: number;
  readonly receiveWindowShift: number;
  readonly sack: boolean;
  readonly timestamps: boolean;
  /** The four kinds of octets of the send window: acknowledged, in flight, that may be sent, that may not be sent yet. */
  readonly acknowledgedOctets: number;
  readonly inFlightOctets: number;
  readonly sendableOctets: number;
  readonly notSendableOctets: number;
  readonly sendWindowOctets: number;
  readonly receiveWindowOctets: number;
  readonly receivedOctets: number;
  readonly segmentsIn: number;
  readonly segmentsOut: number;
  readonly retransmissions: number;
  /** How often the oldest was sent again in a row. */
  readonly retries: number;
  readonly duplicateAcks: number;
  readonly outOfOrder: number;
  readonly ageMs: number;
  /** The timer that fires next; empty: none. */
  readonly timer: TimerName | '';
  /** Until then; -1 where none runs. */
  readonly timerMs: number;
}

export type TimerName =
  | 'loss probe'
  | 'reordering'
  | 'retransmission'
  | 'persist'
  | 'delayed ack'
  | 'keepalive'
  | 'cork';

const NO_ADDRESS: SocketAddress = { address: 0, port: 0 };

export function listSockets(
  tcp: TcpLayer,
  udp: UdpLayer,
  sysctl: TransportSysctl,
  nowMs: number,
): SocketInfo[] {
  return [
    ...listListeners(tcp),
    ...listConnections(tcp, sysctl, nowMs),
    ...udp.sockets().map(
      (socket): SocketInfo => ({
        protocol: 'udp',
        state: 'UNCONN',
        socket: socket.socket,
        endpoint: socket.endpoint,
        local: socket.local,
        remote: NO_ADDRESS,
        receiveQueueOctets: socket.queuedOctets,
        sendQueueOctets: 0,
        tcp: undefined,
      }),
    ),
  ];
}

function listListeners(tcp: TcpLayer): SocketInfo[] {
  const infos: SocketInfo[] = [];
  for (const listener of tcp.listeners) {
    for (const member of listener.members) {
      infos.push({
        protocol: 'tcp',
        state: 'LISTEN',
        socket: member.socket,
        endpoint: member.endpoint,
        local: listener.local,
        remote: NO_ADDRESS,
        receiveQueueOctets: member.waiting,
        sendQueueOctets: member.backlog,
        tcp: undefined,
      });
    }
  }
  return infos;
}

function listConnections(tcp: TcpLayer, sysctl: TransportSysctl, nowMs: number): SocketInfo[] {
  const infos: SocketInfo[] = [];
  for (const tcb of tcp.sockets.values()) {
    infos.push({
      protocol: 'tcp',
      state: tcb.state,
      socket: tcb.socket,
      endpoint: tcb.endpoint,
      local: tcb.local,
      remote: tcb.remote,
      receiveQueueOctets: tcb.receive.inOrderOctets,
      sendQueueOctets: sendBufferOctets(tcb.send),
      tcp: tcpInfo(tcb, sysctl, nowMs),
    });
  }
  for (const entry of tcp.connections) {
    if (entry.kind === 'connection') continue;
    infos.push({
      protocol: 'tcp',
      state: entry.kind === 'half-open' ? 'SYN-RECEIVED' : entry.state,
      socket: 0,
      endpoint: '',
      local: entry.local,
      remote: entry.remote,
      receiveQueueOctets: 0,
      sendQueueOctets: 0,
      tcp: undefined,
    });
  }
  return infos;
}

function tcpInfo(tcb: Tcb, sysctl: TransportSysctl, nowMs: number): TcpInfo {
  const { congestion, rto, statistics } = tcb;
  const inFlight = inFlightOctets(tcb);
  const unsent = Math.max(0, seqDiff(endOfSendSequence(tcb), tcb.sndNxt));
  const usable = Math.max(0, tcb.sndWnd - seqDiff(tcb.sndNxt, tcb.sndUna));
  const room = Math.max(0, Math.min(usable, congestion.cwnd - inFlight));
  const deadline = nextDeadline(tcb);
  return {
    sndUna: tcb.sndUna,
    sndNxt: tcb.sndNxt,
    rcvNxt: tcb.rcvNxt,
    congestionControl: congestion.name,
    mssOctets: tcb.sndMss,
    rtoMs: backedOffRto(rto, sysctl.tcp_rto_max_ms),
    srttMs: rto.srttMs,
    rttvarMs: rto.rttvarMs,
    cwndOctets: congestion.cwnd,
    ssthreshOctets: congestion.ssthresh === Infinity ? -1 : congestion.ssthresh,
    phase: tcb.phase,
    windowScaling: tcb.windowScalingOn,
    sendWindowShift: tcb.sndWndShift,
    receiveWindowShift: tcb.rcvWndShift,
    sack: tcb.sackOn,
    timestamps: tcb.timestampsOn,
    acknowledgedOctets: statistics.octetsAcknowledged,
    inFlightOctets: inFlight,
    sendableOctets: Math.min(unsent, room),
    notSendableOctets: unsent - Math.min(unsent, room),
    sendWindowOctets: tcb.sndWnd,
    receiveWindowOctets: receiveWindow(tcb),
    receivedOctets: statistics.octetsReceived,
    segmentsIn: statistics.segmentsIn,
    segmentsOut: statistics.segmentsOut,
    retransmissions: statistics.retransmissions,
    retries: rto.backoff,
    duplicateAcks: statistics.duplicateAcks,
    outOfOrder: statistics.outOfOrder,
    ageMs: nowMs - tcb.createdMs,
    timer: nextTimer(tcb, deadline),
    timerMs: deadline === Infinity ? -1 : Math.max(0, deadline - nowMs),
  };
}

function nextTimer({ deadlines }: Tcb, deadlineMs: number): TimerName | '' {
  if (deadlineMs === Infinity) return '';
  if (deadlines.retransmit === deadlineMs) return 'retransmission';
  if (deadlines.lossProbe === deadlineMs) return 'loss probe';
  if (deadlines.reorder === deadlineMs) return 'reordering';
  if (deadlines.persist === deadlineMs) return 'persist';
  if (deadlines.delayedAck === deadlineMs) return 'delayed ack';
  if (deadlines.keepalive === deadlineMs) return 'keepalive';
  return 'cork';
}
