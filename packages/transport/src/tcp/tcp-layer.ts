import type { NetworkErrorIndication, NetworkSegmentIndication } from '@strata/network';
import { flowKey, isMulticastIpv4, isParseError, TcpSegment } from '@strata/wire';
import type { TransportContext } from '../context.ts';
import { dropTcp } from '../outcomes.ts';
import type { EphemeralPorts } from '../ports.ts';
import { arrivesInSynSent } from './arrive/arrives-syn-sent.ts';
import { arrivesInSynchronized } from './arrive/arrives-synchronized.ts';
import { applyIcmpError } from './arrive/icmp-error.ts';
import { type ArrivedSegment, arrivedSegment } from './arrive/segment.ts';
import {
  abortConnection,
  closeConnection,
  enterTimeWait,
  finishConnection,
  removeIfDone,
} from './open-close/connection-end.ts';
import {
  arriveOnRequest,
  arriveWithoutConnection,
  handleRequestError,
  offer,
} from './open-close/passive-open.ts';
import { synAckDue } from './open-close/syn-queue.ts';
import { arriveInTimeWait, timeWaitDue } from './open-close/time-wait.ts';
import { output } from './send/output.ts';
import { refuseSegment } from './send/reset.ts';
import type { Tcb } from './state/tcb.ts';
import { createTcpTables, type TcpLayer } from './tcp-tables.ts';
import { runTimers } from './timers/run-timers.ts';

/**
 * All TCP connections of a stack: brings segments to their connection, and runs the timers.
 * passive-open.ts opens connections of listeners, tcp-requests.ts serves the application,
 * connection-end.ts and time-wait.ts end connections.
 */
export function createTcpLayer(transport: TransportContext, ports: EphemeralPorts): TcpLayer {
  const tables = createTcpTables(ports);
  const tcp: TcpLayer = {
    ...transport,
    tables,
    wake: (tcb) => wake(tcp, tcb),
    abort: (tcb, nowMs, reset, reason, detail) =>
      abortConnection(tcp, tcb, nowMs, reset, reason, detail),
    close: (tcb, on, reason, detail) => closeConnection(tcp, tcb, on, reason, detail),
    enterTimeWait: (tcb, on, nowMs) => enterTimeWait(tcp, tcb, on, nowMs),
    finish: (tcb, on) => finishConnection(tcp, tcb, on),
    offer: (tcb) => offer(tcp, tcb),
    refuse: (segment, reset) => refuseSegment(transport, segment, reset),
    mayChallenge: (nowMs) => tables.challenges.take(transport, nowMs),
  };
  return tcp;
}

export function handleTcpSegment(
  tcp: TcpLayer,
  indication: NetworkSegmentIndication,
  nowMs: number,
): void {
  const { counters } = tcp;
  counters.TcpInSegs += 1;
  const view = TcpSegment.parse(indication.segment);
  if (isParseError(view)) return dropTcp(tcp, 'PKT_TOO_SMALL');
  if (
    indication.checksum === 'complete' &&
    !view.hasValidChecksum(indication.source, indication.destination)
  ) {
    return dropTcp(tcp, 'TCP_CSUM');
  }
  // RFC 9293 3.9.2.3, MUST-57: drop segments to or from multicast and broadcast addresses.
  if (indication.cast !== 'unicast' || isMulticastIpv4(indication.destination)) {
    return dropTcp(tcp, 'strata/TCP_NOT_UNICAST');
  }
  arrive(tcp, arrivedSegment(view, indication), nowMs);
}

export function handleTcpError(
  tcp: TcpLayer,
  indication: NetworkErrorIndication,
  nowMs: number,
): void {
  const { source, destination, quoted } = indication;
  if (quoted.byteLength < 8) return dropTcp(tcp, 'strata/ICMP_TOO_SHORT');
  const localPort = (quoted[0]! << 8) | quoted[1]!;
  const remotePort = (quoted[2]! << 8) | quoted[3]!;
  const found = tcp.tables.connections.get(
    flowKey(source, localPort),
    flowKey(destination, remotePort),
  );
  if (found === undefined) return dropTcp(tcp, 'NO_SOCKET');
  if (found.kind === 'time-wait') return dropTcp(tcp, 'TCP_CLOSE');
  if (found.kind === 'request') return handleRequestError(tcp, found, indication);
  concern(tcp, found);
  applyIcmpError(tcp, found, indication, nowMs);
  settle(tcp, found, nowMs);
}

/** Runs the timers that expire at or before `nowMs`. */
export function handleTcpTimeout(tcp: TcpLayer, nowMs: number): void {
  const { timers } = tcp.tables;
  // At most one timer run for each entry: an item that is due again at once waits for the next
  // call, so that it cannot delay the others.
  for (let left = timers.size; left > 0; left -= 1) {
    const item = timers.takeDue(nowMs);
    if (item === undefined) return;
    if (item.kind === 'time-wait') timeWaitDue(tcp, item, nowMs);
    else if (item.kind === 'request') synAckDue(tcp, item, nowMs);
    else {
      runTimers(tcp, item, nowMs);
      settle(tcp, item, nowMs);
    }
  }
}

/** Runs output() for the connections that had an event. */
export function flushTcp(tcp: TcpLayer, nowMs: number): void {
  const { awake } = tcp.tables;
  for (const tcb of awake) {
    awake.delete(tcb);
    const { outcomes } = tcp;
    if (outcomes.isOn) {
      outcomes.resume(tcb, nowMs);
      outcomes.concern(tcb.socket);
    }
    settle(tcp, tcb, nowMs);
  }
}

function settle(tcp: TcpLayer, tcb: Tcb, nowMs: number): void {
  output(tcp, tcb, nowMs);
  removeIfDone(tcp, tcb, nowMs);
  if (tcb.state !== 'CLOSED') tcp.tables.timers.schedule(tcb);
}

function arrive(tcp: TcpLayer, segment: ArrivedSegment, nowMs: number): void {
  const { source, sourcePort, destination, destinationPort } = segment;
  const found = tcp.tables.connections.get(
    flowKey(destination, destinationPort),
    flowKey(source, sourcePort),
  );
  if (found === undefined) return arriveWithoutConnection(tcp, segment, nowMs);
  if (found.kind === 'request') {
    return arriveOnRequest(tcp, found, segment, nowMs);
  }
  if (found.kind === 'time-wait') {
    const isNew = arriveInTimeWait(tcp, found, segment, nowMs);
    return isNew ? arriveWithoutConnection(tcp, segment, nowMs, found.sndNxt) : undefined;
  }
  concern(tcp, found);
  if (found.state === 'SYN-SENT') arrivesInSynSent(tcp, found, segment, nowMs);
  else arrivesInSynchronized(tcp, found, segment, nowMs);
  wake(tcp, found);
}

function wake(tcp: TcpLayer, tcb: Tcb): void {
  tcp.tables.awake.add(tcb);
  const { outcomes } = tcp;
  if (outcomes.isOn) outcomes.keep(tcb);
}

/** Tells the observer which connection the segment concerns. */
function concern(tcp: TcpLayer, tcb: Tcb): void {
  const { outcomes } = tcp;
  if (outcomes.isOn) outcomes.concern(tcb.socket);
}
