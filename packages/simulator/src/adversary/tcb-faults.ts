import type { Tcb, TcpState } from '@strata/transport';

/**
 * Invariants of a connection's control block. They hold between any two inputs, whatever the peer
 * sends.
 */

/** Ranges allowed beyond one for each segment sent or received. */
const SPARE_RANGES = 64;

/**
 * The faults of a connection; empty if there are none. Call it when all output of the core has been
 * polled. `mayShrink`: `tcp_shrink_window` is on, so accepted data may lie beyond the window.
 */
export function tcbFaults(tcb: Tcb, mayShrink: boolean): string[] {
  const faults: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) faults.push(what);
  };
  sendFaults(tcb, expect);
  scoreboardFaults(tcb, expect);
  receiveFaults(tcb, mayShrink, expect);
  timerFaults(tcb, expect);
  return faults;
}

type Expect = (holds: boolean, what: string) => void;

const diff = (a: number, b: number) => (a - b) | 0;
const isUint32 = (value: number) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;

function sendFaults(tcb: Tcb, expect: Expect): void {
  const { send, congestion } = tcb;
  for (const name of ['sndUna', 'sndNxt', 'rcvNxt', 'rcvAdv', 'sndWl1', 'sndWl2'] as const) {
    expect(isUint32(tcb[name]), `${name} is no sequence number: ${tcb[name]}`);
  }
  const inFlight = diff(tcb.sndNxt, tcb.sndUna);
  expect(inFlight >= 0, `SND.UNA lies ${-inFlight} beyond SND.NXT`);
  expect(tcb.sndWnd >= 0 && tcb.sndWnd <= 0xffff * 2 ** 14, `SND.WND is ${tcb.sndWnd}`);
  expect(send.startOffset <= send.endOffset, 'the send buffer ends before it starts');
  expect(
    tcb.sendCreditOctets === 0 || send.endOffset <= tcb.sendCreditOctets,
    `${send.endOffset} octets written with a credit of ${tcb.sendCreditOctets}`,
  );
  const end = (tcb.sendStartSequence + send.endOffset - send.startOffset) >>> 0;
  const beyond = diff(tcb.sndNxt, end);
  expect(beyond <= (tcb.finSent ? 1 : 0), `SND.NXT lies ${beyond} beyond what was written`);
  expect(!tcb.finSent || tcb.finQueued, 'FIN was sent that nobody asked for');
  expect(!tcb.finSent || beyond === 1, `FIN was sent, but SND.NXT lies ${beyond} beyond the data`);
  const { cwnd, ssthresh } = congestion;
  expect(cwnd >= 1 && Number.isFinite(cwnd), `the congestion window is ${cwnd}`);
  expect(cwnd < 2 ** 31, `the congestion window is ${cwnd}: it grew without bound`);
  expect(ssthresh > 0, `ssthresh is ${ssthresh}`);
  expect(tcb.sndMss >= 1 && tcb.sndMss <= 0xffff, `the segment size is ${tcb.sndMss}`);
}

function scoreboardFaults(tcb: Tcb, expect: Expect): void {
  const queue = tcb.retransmission;
  let at = tcb.sndUna;
  let [lost, resent, sacked, waiting] = [0, 0, 0, 0];
  for (let i = queue.head; i < queue.ranges.length; i += 1) {
    const range = queue.ranges[i]!;
    const octets = diff(range.endSequence, range.sequence);
    expect(
      range.sequence === at,
      `range ${i} begins ${diff(range.sequence, at)} off the one before`,
    );
    expect(octets > 0, `range ${i} holds ${octets} octets`);
    expect(!(range.sacked && range.lost), `range ${i} is SACKed and lost`);
    if (range.lost && !range.resent) waiting += octets;
    if (range.lost) lost += octets;
    if (range.resent) resent += octets;
    if (range.sacked) sacked += octets;
    at = range.endSequence;
  }
  expect(at === tcb.sndNxt, `what is in flight ends ${diff(at, tcb.sndNxt)} off SND.NXT`);
  expect(lost === queue.lostOctets, `${lost} octets are lost, not ${queue.lostOctets}`);
  expect(resent === queue.resentOctets, `${resent} octets are resent, not ${queue.resentOctets}`);
  expect(sacked === queue.sackedOctets, `${sacked} octets are SACKed, not ${queue.sackedOctets}`);
  expect(waiting === queue.waitingOctets, `${waiting} octets wait, not ${queue.waitingOctets}`);
  const count = queue.ranges.length - queue.head;
  const explained = tcb.statistics.segmentsOut + tcb.statistics.segmentsIn;
  expect(count <= explained + SPARE_RANGES, `${count} ranges in flight`);
}

function receiveFaults(tcb: Tcb, mayShrink: boolean, expect: Expect): void {
  const { receive } = tcb;
  const announced = diff(tcb.rcvAdv, tcb.rcvNxt);
  expect(mayShrink || announced >= 0, `the window's edge lies ${-announced} behind RCV.NXT`);
  expect(diff(tcb.rcvNxt, tcb.lastAckSent) >= 0, 'what was acknowledged lies beyond RCV.NXT');
  const inOrder = receive.inOrder.reduce((sum, piece) => sum + piece.byteLength, 0);
  expect(inOrder === receive.inOrderOctets, `${inOrder} octets wait, not ${receive.inOrderOctets}`);
  let [at, outOfOrder] = [tcb.rcvNxt, 0];
  for (const block of receive.outOfOrder) {
    const gap = diff(block.sequence, at);
    expect(gap > 0, `a block beyond a hole begins ${-gap} before the one in front of it ends`);
    const octets = diff(block.endSequence, block.sequence);
    const kept = block.pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    expect(octets > 0 && kept === octets, `a block of ${octets} octets holds ${kept}`);
    outOfOrder += octets;
    at = block.endSequence;
  }
  expect(
    outOfOrder === receive.outOfOrderOctets,
    `${outOfOrder} octets lie beyond holes, not ${receive.outOfOrderOctets}`,
  );
  expect(
    mayShrink || receive.outOfOrder.length === 0 || diff(tcb.rcvAdv, at) >= 0,
    'octets beyond the window were kept',
  );
  if (tcb.state !== 'SYN-SENT' && !tcb.orphaned) streamFaults(tcb, expect);
}

/** Checks that the octets delivered and the octets waiting are all octets received in order. */
function streamFaults(tcb: Tcb, expect: Expect): void {
  const came = diff(tcb.rcvNxt, tcb.irs) - 1 - (tcb.finReceived ? 1 : 0);
  const known = tcb.deliveredOctets + tcb.receive.inOrderOctets;
  // Urgent octets that were delivered out of band are not part of the stream (RFC 6093).
  const holds = tcb.urgent.rcvState === 'none' ? known === came : known <= came;
  expect(holds, `${came} octets came in order, ${known} were delivered or wait`);
}

/** States in which data or FIN may be unacknowledged or unsent. */
const SENDING: readonly TcpState[] = [
  'ESTABLISHED',
  'FIN-WAIT-1',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
];

function timerFaults(tcb: Tcb, expect: Expect): void {
  const { deadlines, rto } = tcb;
  for (const [name, deadline] of Object.entries(deadlines)) {
    expect(!Number.isNaN(deadline) && deadline !== -Infinity, `the ${name} timer is ${deadline}`);
  }
  expect(rto.rtoMs > 0 && rto.rtoMs < 1e9, `the retransmission timeout is ${rto.rtoMs} ms`);
  expect(rto.backoff >= 0 && rto.backoff <= 1000, `backed off ${rto.backoff} times`);
  const first = Math.min(...Object.values(deadlines));
  const isOpening = tcb.state === 'SYN-SENT' || tcb.state === 'SYN-RECEIVED';
  expect(!isOpening || first < Infinity, `${tcb.state} without a timer`);
  if (SENDING.includes(tcb.state)) {
    const waits =
      tcb.sndUna !== tcb.sndNxt || tcb.send.endOffset > tcb.send.startOffset || tcb.finQueued;
    expect(!waits || first < Infinity, 'something waits for the peer, and no timer runs');
  }
  const leavesAlone = tcb.state === 'FIN-WAIT-2' && tcb.orphaned;
  expect(!leavesAlone || first < Infinity, 'FIN-WAIT-2 that nobody listens to, without a timer');
  const isDone = tcb.state === 'TIME-WAIT' || tcb.state === 'CLOSED';
  expect(isDone || tcb.ackOwed !== 'now', 'an acknowledgment that is due now was not sent');
  expect(
    isDone || tcb.ackOwed !== 'delayed' || deadlines.delayedAck < Infinity,
    'an acknowledgment is owed, and no timer runs for it',
  );
}

/** The transitions of RFC 9293 3.3.2, figure 5. Each state may also become CLOSED. */
const NEXT_STATES: Readonly<Record<TcpState, readonly TcpState[]>> = {
  CLOSED: [],
  LISTEN: ['SYN-RECEIVED', 'SYN-SENT'],
  'SYN-SENT': ['SYN-RECEIVED', 'ESTABLISHED'],
  'SYN-RECEIVED': ['ESTABLISHED', 'FIN-WAIT-1'],
  ESTABLISHED: ['FIN-WAIT-1', 'CLOSE-WAIT'],
  'FIN-WAIT-1': ['FIN-WAIT-2', 'CLOSING', 'TIME-WAIT'],
  'FIN-WAIT-2': ['TIME-WAIT'],
  'CLOSE-WAIT': ['LAST-ACK'],
  CLOSING: ['TIME-WAIT'],
  'LAST-ACK': [],
  'TIME-WAIT': [],
};

/**
 * Whether one input may bring a connection from `from` to `to`; an input may cause several
 * transitions.
 */
export function mayBecome(from: TcpState, to: TcpState): boolean {
  if (from === to || to === 'CLOSED') return true;
  return NEXT_STATES[from].some((next) => mayBecome(next, to));
}
