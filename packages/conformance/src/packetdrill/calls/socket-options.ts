import type { TcpSocketOptions } from '@strata/transport';
import { ScriptFailure } from '../language/errors.ts';
import type { CallArguments } from './arguments.ts';
import { type CallResult, done, failed } from './calls.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { ERRNO_NUMBERS } from './errno.ts';
import type { StreamSocket } from './stream-socket.ts';

/** Translates an option of a TCP socket to the transport boundary. */
type StreamOption = (value: number, socket: StreamSocket) => TcpSocketOptions;

const STREAM_OPTIONS: Readonly<Record<string, StreamOption>> = {
  SO_RCVBUF: (value) => ({ receiveBufferOctets: Math.max(2304, value) }),
  SO_REUSEADDR: (value) => ({ reuseAddress: value !== 0 }),
  SO_MAX_PACING_RATE: (value) => ({ maxPacingRateOctetsPerSecond: value }),
  SO_KEEPALIVE: (value) => ({ keepAlive: value !== 0 }),
  SO_OOBINLINE: (value) => ({ urgentInline: value !== 0 }),
  TCP_NODELAY: (value) => ({ noDelay: value !== 0 }),
  TCP_CORK: (value) => ({ cork: value !== 0 }),
  TCP_MAXSEG: (value) => ({ maximumSegmentSizeOctets: value }),
  TCP_KEEPIDLE: (value) => ({ keepAliveIdleMs: value * 1000 }),
  TCP_KEEPINTVL: (value) => ({ keepAliveIntervalMs: value * 1000 }),
  TCP_KEEPCNT: (value) => ({ keepAliveProbes: value }),
  TCP_SYNCNT: (value) => ({ synRetries: value }),
  TCP_USER_TIMEOUT: (value) => ({ userTimeoutMs: value }),
  IP_TOS: (value) => ({ tos: value & 0xfc }),
  IP_TTL: (value) => ({ ttl: value }),
};

/** Options without an effect that a script could see here. */
const WITHOUT_EFFECT = new Set([
  'SO_PRIORITY',
  'SO_MARK',
  'IP_FREEBIND',
  // DF is not compared.
  'IP_MTU_DISCOVER',
]);

/** setsockopt of a TCP socket. */
export function setStreamOption(args: CallArguments, socket: StreamSocket): CallResult {
  const name = args.word(2);
  if (WITHOUT_EFFECT.has(name)) return done(0);
  if (name === 'SO_LINGER') return setLinger(args, socket);
  if (name === 'TCP_CONGESTION') return setCongestionControl(args, socket);
  if (name === 'SO_SNDBUF') return setSendBuffer(args, socket);
  if (name === 'SO_REUSEPORT') return setReusePort(args, socket);
  if (name === 'TCP_INQ') return setInq(args, socket);
  if (name === 'TCP_NOTSENT_LOWAT') return setLowMark(args, socket);
  const option = STREAM_OPTIONS[name];
  if (option === undefined) throw args.unsupported(`the option ${name}`);
  const value = args.integerOf(args.boxed(3));
  if (name === 'TCP_MAXSEG' && value !== 0 && (value < 88 || value > 32767)) {
    return failed('EINVAL');
  }
  if (name === 'TCP_USER_TIMEOUT' && value < 0) return failed('EINVAL');
  socket.setOptions(option(value, socket));
  return done(0);
}

function setLinger(args: CallArguments, socket: StreamSocket): CallResult {
  const fields = args.struct(args.boxed(3));
  const value = (name: string) => args.integerOf(fields.get(name) ?? { kind: 'integer', value: 0 });
  if (value('onoff') !== 0 && value('linger') !== 0) {
    throw args.unsupported('close that waits (SO_LINGER with a time)');
  }
  socket.resetsOnClose = value('onoff') !== 0;
  return done(0);
}

/** SO_SNDBUF: Linux doubles it for the overhead. */
function setSendBuffer(args: CallArguments, socket: StreamSocket): CallResult {
  socket.setSendBuffer(Math.max(4608, 2 * args.integerOf(args.boxed(3))));
  return done(0);
}

/** SO_REUSEPORT: listeners that all have it may share a port. */
function setReusePort(args: CallArguments, socket: StreamSocket): CallResult {
  socket.reusePort = args.integerOf(args.boxed(3)) !== 0;
  return done(0);
}

/** TCP_INQ: recvmsg reports the octets left to read. */
function setInq(args: CallArguments, socket: StreamSocket): CallResult {
  const value = args.integerOf(args.boxed(3));
  if (value !== 0 && value !== 1) return failed('EINVAL');
  socket.tellsUnread = value === 1;
  return done(0);
}

/** TCP_NOTSENT_LOWAT: the socket accepts no more data while this many octets are unsent. */
function setLowMark(args: CallArguments, socket: StreamSocket): CallResult {
  socket.notSentLowMark = args.integerOf(args.boxed(3));
  return done(0);
}

function setCongestionControl(args: CallArguments, socket: StreamSocket): CallResult {
  const value = args.boxed(3);
  if (value.kind !== 'string') throw args.unsupported('a name is expected');
  socket.setOptions({ congestionControl: value.text });
  return done(0);
}

/** setsockopt of a UDP socket. */
export function setDatagramOption(args: CallArguments, socket: DatagramSocket): CallResult {
  const name = args.word(2);
  const value = args.integerOf(args.boxed(3));
  switch (name) {
    case 'SO_REUSEADDR':
      socket.reuseAddress = value !== 0;
      return done(0);
    case 'SO_BROADCAST':
      socket.broadcast = value !== 0;
      return done(0);
    case 'SO_RCVBUF':
      socket.receiveBufferOctets = value;
      return done(0);
    default:
      throw args.unsupported(`the option ${name} of UDP`);
  }
}

/** getsockopt. Compares the result with the script's. */
export function getOption(args: CallArguments, socket: StreamSocket | DatagramSocket): CallResult {
  const name = args.word(2);
  const expected = args.boxed(3);
  const value = readOption(args, name, socket);
  if (expected.kind === 'anything') return done(0);
  const wanted = expected.kind === 'string' ? expected.text : args.integerOf(expected);
  if (wanted !== value) {
    throw new ScriptFailure(args.line, `getsockopt: ${name} is ${value}, not ${wanted}`);
  }
  return done(0);
}

function readOption(
  args: CallArguments,
  name: string,
  socket: StreamSocket | DatagramSocket,
): number | string {
  if (name === 'SO_ERROR') {
    const error = socket.takeError();
    return error === undefined ? 0 : (ERRNO_NUMBERS[error] ?? -1);
  }
  if (socket instanceof DatagramSocket) throw args.unsupported(`the option ${name} of UDP`);
  const { options } = socket;
  switch (name) {
    case 'SO_SNDBUF':
      return socket.sendBufferOctets ?? socket.sysctl.tcp_wmem[1];
    case 'SO_RCVBUF':
      return 2 * (options.receiveBufferOctets ?? socket.sysctl.tcp_rmem[1] / 2);
    case 'SO_KEEPALIVE':
      return options.keepAlive ? 1 : 0;
    case 'TCP_NODELAY':
      return options.noDelay ? 1 : 0;
    case 'TCP_CORK':
      return options.cork ? 1 : 0;
    case 'TCP_MAXSEG':
      return socket.info()?.tcp?.mssOctets ?? options.maximumSegmentSizeOctets ?? 536;
    case 'TCP_CONGESTION':
      return socket.info()?.tcp?.congestionControl ?? socket.sysctl.tcp_congestion_control;
    case 'TCP_NOTSENT_LOWAT':
      return socket.notSentLowMark;
    case 'TCP_USER_TIMEOUT':
      return options.userTimeoutMs ?? 0;
    default:
      throw args.unsupported(`the option ${name}`);
  }
}
