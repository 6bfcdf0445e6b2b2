import { established, lastAck, timeWait } from '@strata/simulator';
import type { HandoverRecord, PlainMessage } from '@strata/transport';
import { decodeHandover, encodeHandover } from '../../src/index.ts';
import {
  bindDatagramSocket,
  DATAGRAM_SOCKET,
  drain,
  listenTogether,
  makeCore,
} from './other-sockets.ts';

const all = () => true;

/** The records of an established connection. The first is its listener's. */
function records(): HandoverRecord[] {
  const peer = established();
  peer.write(100);
  return peer.core.takeOut(all, peer.nowMs);
}

function connection(): HandoverRecord {
  return records().find((record) => record.connection !== undefined)!;
}

function changed(changes: PlainMessage): HandoverRecord {
  const { version, connection: plain } = connection();
  return { version, connection: { ...plain, ...changes } };
}

/**
 * The outcome of a record in a fresh core. The core must be unchanged unless it took the record.
 */
function outcomeOf(record: HandoverRecord, core = makeCore()): string {
  const before = JSON.stringify(core.sockets(0));
  const [result] = core.takeIn([record], 5000);
  if (result!.outcome !== 'taken') {
    expect(JSON.stringify(core.sockets(0))).toBe(before);
    expect(core.pollNetworkRequest()).toBeUndefined();
    expect(core.pollIndication()).toBeUndefined();
    expect(result!.detail).not.toBe('');
  }
  return result!.outcome;
}

describe('a record that cannot be taken', () => {
  it('is taken if nothing is wrong with it', () => {
    expect(outcomeOf(connection())).toBe('taken');
  });

  it.each([0, 1, 99])('is refused if it has version %i', (version) => {
    expect(outcomeOf({ ...connection(), version })).toBe('version not readable');
    expect(outcomeOf(decodeHandover(encodeHandover({ ...connection(), version })))).toBe(
      'version not readable',
    );
  });

  it('is refused if it has an unknown field', () => {
    expect(outcomeOf(changed({ colour: 3 }))).toBe('field not known');
    const inDepth = changed({ rto: { srttMs: 1, colour: 3 } });
    expect(outcomeOf(inDepth)).toBe('field not known');
  });

  it('is refused if its bytes have an unknown field, at any depth', () => {
    const bytes = encodeHandover({ version: 2, stack: { nextEphemeral: 5 } });
    // Field 100, a varint.
    const more = Uint8Array.of(0xa0, 0x06, 1);
    expect(outcomeOf(decodeHandover(Uint8Array.of(...bytes, ...more)))).toBe('field not known');
    const stack = Uint8Array.of(0x08, 5, ...more);
    const nested = Uint8Array.of(0x08, 2, 0x3a, stack.byteLength, ...stack);
    expect(outcomeOf(decodeHandover(nested))).toBe('field not known');
  });

  it.each<[string, PlainMessage]>([
    ['a number that is not finite', { rto: { srttMs: Number.NaN, rtoMs: 200 } }],
    ['a sequence number of more than 32 bits', { sndUna: 2 ** 32 }],
    ['a state that does not exist', { state: 77 }],
    ['a connection in LISTEN', { state: 1 }],
    ['no socket id', { socket: 0 }],
    ['text for a number', { peerMss: 'large' }],
    ['SND.NXT beyond what is in flight', { sndNxt: 5 }],
    ['data in flight without its octets', { retransmission: {} }],
    ['written data without its octets', { send: {} }],
    ['a hole before RCV.NXT', { receive: { outOfOrder: [{ pieces: [Uint8Array.of(1)] }] } }],
    ['an empty block', { receive: { outOfOrder: [{ sequence: 9 }] } }],
    ['a shift of more than 14', { rcvWndShift: 15 }],
    ['a congestion control that does not exist', { congestion: { name: 'bbr', cwnd: 1 } }],
    ['congestion control without its numbers', { congestion: { name: 'cubic', cwnd: 1 } }],
  ])('is refused if it has %s', (_, changes) => {
    expect(outcomeOf(changed(changes))).toBe('malformed');
  });

  it('is refused if it has no message, or two', () => {
    expect(outcomeOf({ version: 2 })).toBe('malformed');
    expect(outcomeOf({ ...connection(), stack: {} })).toBe('malformed');
  });

  it('is refused if its address is not one of the stack', () => {
    expect(outcomeOf(changed({ local: { address: 0x0a000001, port: 80 } }))).toBe(
      'address not available',
    );
  });

  it.each([
    ['a connection', () => established()],
    ['a connection in LAST-ACK', () => lastAck()],
    ['TIME-WAIT', () => timeWait()],
  ])('is refused if the core has it already: %s', (_, build) => {
    const peer = build();
    const core = makeCore();
    const copies = peer.core.exportSockets(({ kind }) => kind !== 'listener', peer.nowMs);
    expect(copies.length).toBeGreaterThan(0);
    for (const copy of copies) {
      expect(outcomeOf(copy, core)).toBe('taken');
      expect(outcomeOf(copy, core)).toMatch(/^(socket|address) in use$/);
    }
  });

  it('is refused if another socket has its address', () => {
    const core = makeCore();
    const one = connection();
    expect(outcomeOf(one, core)).toBe('taken');
    const { version, connection: plain } = one;
    const another = { version, connection: { ...plain, socket: 6400 } };
    expect(outcomeOf(another, core)).toBe('address in use');
  });

  it('is refused if it is a listener and another one has the port', () => {
    const core = makeCore();
    const [listener] = records();
    expect(outcomeOf(listener!, core)).toBe('taken');
    expect(outcomeOf(listener!, core)).toBe('socket in use');
    const members = [{ socket: 4096, backlog: 1 }];
    const another = { version: 2, listener: { ...listener!.listener, members } };
    expect(outcomeOf(another, core)).toBe('address in use');
  });

  it('is taken if it is a listener that shares the port', () => {
    const [one, other] = [makeCore(), makeCore()];
    listenTogether(one, 1000);
    for (const socket of [64, 128]) {
      for (const { outcome } of other.takeIn(one.takeOut(socket, 1000), 1000)) {
        expect(outcome).toBe('taken');
      }
    }
    expect(one.sockets().filter(({ state }) => state === 'LISTEN')).toEqual([]);
    expect(other.sockets().filter(({ state }) => state === 'LISTEN')).toHaveLength(2);
  });

  it('is refused if it is a UDP socket and another one has the port', () => {
    const core = makeCore();
    bindDatagramSocket(core, 1000);
    drain(core);
    const [copy] = core.exportSockets(DATAGRAM_SOCKET, 1000);
    const { version, datagramSocket } = copy!;
    expect(outcomeOf(copy!, core)).toBe('socket in use');
    const another = { ...datagramSocket, socket: 8192, reuseAddress: false };
    expect(outcomeOf({ version, datagramSocket: another }, core)).toBe('address in use');
  });

  it('can be taken back into its old core', () => {
    const peer = established();
    peer.write(100);
    peer.sent();
    const before = peer.core.sockets(peer.nowMs);
    const taken = peer.core.takeOut(all, peer.nowMs);
    expect(peer.core.sockets()).toEqual([]);
    for (const { outcome } of peer.core.takeIn(taken, peer.nowMs)) expect(outcome).toBe('taken');
    expect(peer.core.sockets(peer.nowMs)).toEqual(before);
    expect(peer.sent()).toEqual([]);
  });
});
