import { formatIpv4, isMulticastIpv4, isUnspecified } from '@strata/wire';
import type { TransportContext } from '../context.ts';
import type { SocketAddress, SocketId } from '../tcp/state/socket.ts';
import type { UdpSocketState } from '../udp/udp-socket.ts';
import type { UdpTable } from '../udp/udp-table.ts';
import { CONNECTION } from './connection-fields.ts';
import type { Struct } from './kinds.ts';
import { HandoverError, malformed, type PlainMessage } from './plain.ts';
import {
  HANDOVER_VERSION,
  type HandoverOutcome,
  type HandoverRecord,
  type HandoverResult,
  type HandoverSelection,
} from './record.ts';
import { CONNECTION_REQUEST, DATAGRAM_SOCKET, LISTENER, STACK, TIME_WAIT } from './table-fields.ts';
import type { ChosenListener, TcpHandover } from './tcp-handover.ts';
import { read, write } from './walk.ts';

type Chosen = ReturnType<TcpHandover['where']>[number] | ChosenDatagramSocket;

interface ChosenDatagramSocket {
  readonly kind: 'datagram socket';
  readonly state: UdpSocketState;
}

/** Thrown inside for an outcome other than `taken`. */
class Refusal extends Error {
  readonly outcome: HandoverOutcome;

  constructor(outcome: HandoverOutcome, detail: string) {
    super(detail);
    this.outcome = outcome;
  }
}

/** The names of a record's messages. */
type Content = Exclude<keyof HandoverRecord, 'version'>;

/**
 * Takes sockets out of a stack, and takes in those of another: see {@link TransportCore.takeOut}.
 */
export class Handover {
  readonly #context: TransportContext;
  readonly #tcp: TcpHandover;
  readonly #udp: UdpTable;

  constructor(context: TransportContext, tcp: TcpHandover, udp: UdpTable) {
    this.#context = context;
    this.#tcp = tcp;
    this.#udp = udp;
  }

  copy(which: HandoverSelection, nowMs: number): HandoverRecord[] {
    return this.#choose(which).map((chosen) => recordOf(chosen, nowMs));
  }

  takeOut(which: HandoverSelection, nowMs: number): HandoverRecord[] {
    const chosen = this.#choose(which);
    const records = chosen.map((one) => recordOf(one, nowMs));
    for (const one of chosen) {
      if (one.kind === 'datagram socket') this.#udp.remove(one.state);
      else this.#tcp.release(one);
    }
    return records;
  }

  stack(nowMs: number): HandoverRecord {
    return { version: HANDOVER_VERSION, stack: write(STACK, this.#tcp.stack(), nowMs) };
  }

  takeIn(record: HandoverRecord, baseMs: number): HandoverResult {
    try {
      this.#takeIn(record, baseMs);
      return { outcome: 'taken', detail: '' };
    } catch (error) {
      if (error instanceof Refusal) return { outcome: error.outcome, detail: error.message };
      if (error instanceof HandoverError) return { outcome: error.fault, detail: error.message };
      throw error;
    }
  }

  #choose(which: HandoverSelection): Chosen[] {
    if (typeof which === 'number') {
      const state = this.#udp.get(which);
      return state === undefined ? this.#tcp.ofSocket(which) : [{ kind: 'datagram socket', state }];
    }
    const chosen: Chosen[] = this.#tcp.where(which);
    for (const state of this.#udp.all()) {
      const { socket, local } = state;
      if (which({ kind: 'datagram socket', socket, local, remote: undefined, shard: undefined })) {
        chosen.push({ kind: 'datagram socket', state });
      }
    }
    return chosen;
  }

  #takeIn(record: HandoverRecord, baseMs: number): void {
    const { version, ...contents } = record;
    if (version !== HANDOVER_VERSION) {
      throw new Refusal(
        'version not readable',
        `version ${version}; read here: ${HANDOVER_VERSION}`,
      );
    }
    const there = Object.entries(contents).filter(([, message]) => message !== undefined);
    for (const [name] of there) {
      if (!Object.hasOwn(this.#takers, name)) throw new HandoverError('field not known', name);
    }
    const [content] = there;
    if (content === undefined || there.length > 1)
      throw malformed('the record needs exactly one message');
    this.#takers[content[0] as Content](content[1] as PlainMessage, baseMs);
  }

  readonly #takers: Readonly<Record<Content, (plain: PlainMessage, baseMs: number) => void>> = {
    connection: (plain, baseMs) => {
      const tcb = read(CONNECTION, plain, baseMs);
      this.#checkSocket(tcb.socket);
      this.#checkOwn(tcb.local);
      if (tcb.state === 'LISTEN') throw malformed('a connection in LISTEN');
      if (tcb.state !== 'TIME-WAIT' && tcb.state !== 'CLOSED') {
        this.#checkPair(tcb.local, tcb.remote);
      }
      this.#tcp.restoreConnection(tcb);
    },
    request: (plain, baseMs) => {
      const request = read(CONNECTION_REQUEST, plain, baseMs);
      this.#checkOwn(request.local);
      this.#checkPair(request.local, request.remote);
      this.#tcp.restoreRequest(request);
    },
    timeWait: (plain, baseMs) => {
      const wait = read(TIME_WAIT, plain, baseMs);
      this.#checkOwn(wait.local);
      this.#checkPair(wait.local, wait.remote);
      this.#tcp.restoreTimeWait(wait);
    },
    listener: (plain, baseMs) => {
      const listener = read(LISTENER, plain, baseMs);
      const { local, reusePort, members } = listener;
      if (members.length === 0) throw malformed('a listener without a member');
      for (const { socket } of members) this.#checkSocket(socket);
      if (!isUnspecified(local.address)) this.#checkOwn(local);
      if (this.#tcp.isListenerInTheWay(local, reusePort)) throw inUse(local);
      this.#tcp.restoreListener(listener);
    },
    datagramSocket: (plain, baseMs) => {
      const state = read(DATAGRAM_SOCKET, plain, baseMs);
      this.#checkSocket(state.socket);
      this.#checkBound(state.local);
      if (this.#udp.conflicts(state.local, state.reuseAddress)) throw inUse(state.local);
      this.#udp.add(state);
    },
    stack: (plain, baseMs) => this.#tcp.restoreStack(read(STACK, plain, baseMs)),
  };

  #checkSocket(socket: SocketId): void {
    if (socket === 0) throw malformed('a socket without an id');
    if (!this.#tcp.isTaken(socket) && this.#udp.get(socket) === undefined) return;
    throw new Refusal('socket in use', `socket ${socket}`);
  }

  #checkOwn({ address }: SocketAddress): void {
    if (this.#context.addresses.owns(address)) return;
    throw new Refusal(
      'address not available',
      `${formatIpv4(address)} is not an address of this stack`,
    );
  }

  #checkBound(local: SocketAddress): void {
    const { address } = local;
    if (isUnspecified(address) || isMulticastIpv4(address)) return;
    if (!this.#context.addresses.isBroadcast(address)) this.#checkOwn(local);
  }

  #checkPair(local: SocketAddress, remote: SocketAddress): void {
    if (this.#tcp.isPairTaken(local, remote)) throw inUse(local);
  }
}

function inUse({ address, port }: SocketAddress): Refusal {
  return new Refusal('address in use', `${formatIpv4(address)}:${port}`);
}

function recordOf(chosen: Chosen, nowMs: number): HandoverRecord {
  const as = <State>(struct: Struct<State>, state: State) => write(struct, state, nowMs);
  const version = HANDOVER_VERSION;
  switch (chosen.kind) {
    case 'connection':
      return { version, connection: as(CONNECTION, chosen) };
    case 'request':
      return { version, request: as(CONNECTION_REQUEST, chosen) };
    case 'time-wait':
      return { version, timeWait: as(TIME_WAIT, chosen) };
    case 'listener':
      return { version, listener: as(LISTENER, (chosen satisfies ChosenListener).state) };
    case 'datagram socket':
      return { version, datagramSocket: as(DATAGRAM_SOCKET, chosen.state) };
  }
}
