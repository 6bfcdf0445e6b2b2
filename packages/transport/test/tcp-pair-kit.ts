import {
  ADDRESS_B,
  createTcpPair,
  type StreamPlan,
  type TcpPair,
  type TcpPairOptions,
  type TcpPairSide,
  type TraceRecorder,
} from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';

export const PORT = 80;
export const SERVER = { address: ADDRESS_B, port: PORT };
const ANY = { address: UNSPECIFIED_IPV4, port: PORT };

/** A {@link TcpPairSide}, and the differences of its stream. */
type TransferSide = Partial<TcpPairSide> & { readonly stream?: StreamPlan };

/** Differences from a plain transfer both ways over a perfect wire. */
export interface TransferOptions extends Omit<TcpPairOptions, 'a' | 'b'> {
  readonly client?: TransferSide;
  readonly server?: TransferSide;
  /** Octets from the client, and octets from the server. */
  readonly up: number;
  readonly down: number;
  /** Pause between the offer of a connection and its accept. */
  readonly acceptAfterMs?: number;
}

/**
 * A client that connects to a server. Both send a pattern, check the received one, and half-close.
 */
export function createTransfer(
  seed: number,
  { client = {}, server = {}, up, down, acceptAfterMs, ...options }: TransferOptions,
  recorder?: TraceRecorder,
): TcpPair {
  const [upSeed, downSeed] = [seed * 2 + 1, seed * 2 + 2];
  const clientStream: StreamPlan = {
    send: up,
    sendSeed: upSeed,
    expect: down,
    expectSeed: downSeed,
    ...client.stream,
  };
  const serverStream: StreamPlan = {
    send: down,
    sendSeed: downSeed,
    expect: up,
    expectSeed: upSeed,
    ...server.stream,
  };
  return createTcpPair(
    seed,
    {
      ...options,
      a: { connect: [{ remote: SERVER, stream: clientStream }], ...client },
      b: { listen: [{ local: ANY, acceptAfterMs, stream: () => serverStream }], ...server },
    },
    recorder,
  );
}

/** Longest virtual time of a run: far more than any of these transfers needs. */
const LONGEST_MS = 4 * 3600 * 1000;

/**
 * Runs to the end and requires what holds for every transfer over a wire that is not cut: both
 * sides got all octets (checked by the applications), both closed with `finished`, no timer runs,
 * only the listener is left, and some counters are 0.
 */
export function runTransfer(transfer: TcpPair, up: number, down: number): void {
  const { pair, cores, applications } = transfer;
  const idle = pair.run(pair.nowMs + LONGEST_MS);
  require(idle, `timers still run after ${LONGEST_MS} ms`);
  const [client, server] = applications;
  require(client.streams.length === 1, `the client has no connection: ${client.closedEarly}`);
  require(server.streams.length === 1, `the server has ${server.streams.length} connections`);
  for (const [name, stream, octets, sent] of [
    ['client', client.streams[0]!, down, up],
    ['server', server.streams[0]!, up, down],
  ] as const) {
    require(stream.receivedOctets ===
      octets, `${name}: ${stream.receivedOctets} of ${octets} came`);
    require(stream.sentOctets === sent, `${name}: ${stream.sentOctets} of ${sent} sent`);
    const { reason = 'nothing', detail = '' } = stream.closed ?? {};
    require(reason === 'finished', `${name}: closed for ${reason} ${detail}`);
  }
  for (const [side, core] of cores.entries()) {
    require(core.nextDeadlineMs() === Infinity, `side ${side}: a timer runs`);
    const left = core.sockets().filter((socket) => socket.state !== 'LISTEN');
    require(left.length === 0, `side ${side}: sockets left: ${JSON.stringify(left)}`);
    // RSTs are allowed: after LAST-ACK a late segment is answered by one (RFC 9293 3.10.7.1).
    for (const name of ['TcpEstabResets', 'TCPAbortOnTimeout', 'TcpInErrs'] as const) {
      require(core.counters[name] === 0, `side ${side}: ${name} is ${core.counters[name]}`);
    }
  }
}

export function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
