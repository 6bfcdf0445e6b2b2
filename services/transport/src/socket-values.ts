import type { SocketInfo as ControlSocket, SocketState, TcpFigures } from '@strata/contract';
import type { SocketInfo, TcpInfo } from '@strata/transport';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '@strata/wire';

/** What the contract says where there is no threshold yet. */
const NO_THRESHOLD = 0xffffffff;

/** The core's view of a socket as the contract has it. */
export function toControlSocket(info: SocketInfo): ControlSocket {
  return {
    socket: info.socket,
    protocol: info.protocol === 'tcp' ? PROTOCOL_TCP : PROTOCOL_UDP,
    state: info.state === 'UNCONN' ? 'UNCONNECTED' : (info.state as SocketState),
    local: info.local,
    remote: info.remote,
    receiveQueue: info.receiveQueueOctets,
    sendQueue: info.sendQueueOctets,
    endpoint: info.endpoint,
    tcp: info.tcp === undefined ? undefined : toFigures(info.tcp),
  };
}

function toFigures(tcp: TcpInfo): TcpFigures {
  return {
    sndUna: tcp.sndUna,
    sndNxt: tcp.sndNxt,
    sndWnd: tcp.sendWindowOctets,
    rcvNxt: tcp.rcvNxt,
    rcvWnd: tcp.receiveWindowOctets,
    srttMs: Math.max(0, tcp.srttMs),
    rttvarMs: tcp.rttvarMs,
    rtoMs: tcp.rtoMs,
    cwndOctets: tcp.cwndOctets,
    ssthreshOctets: tcp.ssthreshOctets < 0 ? NO_THRESHOLD : tcp.ssthreshOctets,
    mss: tcp.mssOctets,
    sendWindowScale: tcp.sendWindowShift,
    receiveWindowScale: tcp.receiveWindowShift,
    windowScaling: tcp.windowScaling,
    timestamps: tcp.timestamps,
    sack: tcp.sack,
    ecn: false,
    congestionControl: tcp.congestionControl,
    congestionState: tcp.phase,
    acknowledgedOctets: tcp.acknowledgedOctets,
    inFlightOctets: tcp.inFlightOctets,
    sendableOctets: tcp.sendableOctets,
    unsendableOctets: tcp.notSendableOctets,
    receivedOctets: tcp.receivedOctets,
    segmentsIn: tcp.segmentsIn,
    segmentsOut: tcp.segmentsOut,
    retransmittedSegments: tcp.retransmissions,
    retries: tcp.retries,
    timer: tcp.timer,
    timerMs: Math.max(0, tcp.timerMs),
  };
}
