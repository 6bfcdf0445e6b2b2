import { ScriptFailure } from '../language/errors.ts';
import type { CallArguments } from './arguments.ts';
import { type CallResult, done, failed, immediate, type PendingCall } from './calls.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { Epoll } from './epoll.ts';
import type { FileTable } from './file-table.ts';
import {
  readVector,
  receive,
  receiveMessage,
  send,
  sendMessage,
  writeVector,
} from './message-calls.ts';
import { epollControl, epollWait, poll } from './poll-calls.ts';
import { getOption, setDatagramOption, setStreamOption } from './socket-options.ts';
import { StreamSocket } from './stream-socket.ts';

type Socket = StreamSocket | DatagramSocket;
type Call = (args: CallArguments, files: FileTable) => PendingCall;

/** Starts a call. Throws ScriptUnsupportedError for a call that is missing here. */
export function startCall(args: CallArguments, files: FileTable): PendingCall {
  const call = CALLS[args.name];
  if (call === undefined) throw args.unsupported('this call');
  return call(args, files);
}

const CALLS: Readonly<Record<string, Call>> = {
  socket: (args, files) => immediate(openSocket(args, files)),
  bind: onSocket((args, files, socket) =>
    immediate(socket.bind(args.address(1) ?? files.port.localAddress)),
  ),
  listen: onStream((args, _files, socket) => immediate(socket.listen(args.integer(1)))),
  accept: onStream(accept),
  accept4: onStream(accept),
  connect: onSocket((args, files, socket) =>
    socket.connect(args.address(1) ?? files.port.remoteAddress),
  ),
  read: onSocket((args, _files, socket) => receive(args, socket, -1)),
  readv: onSocket((args, _files, socket) => readVector(args, socket)),
  recv: onSocket((args, _files, socket) => receive(args, socket, 3)),
  recvfrom: onSocket((args, _files, socket) => receive(args, socket, 3)),
  recvmsg: onSocket((args, _files, socket) => receiveMessage(args, socket)),
  write: onSocket((args, _files, socket) => send(args, socket, -1)),
  writev: onSocket((args, _files, socket) => writeVector(args, socket)),
  send: onSocket((args, _files, socket) => send(args, socket, 3)),
  sendto: onSocket((args, _files, socket) => send(args, socket, 3)),
  sendmsg: onSocket((args, _files, socket) => sendMessage(args, socket)),
  shutdown: onStream((args, _files, socket) => immediate(shutdown(args, socket))),
  close: (args, files) => immediate(files.close(args.integer(0)) ? done(0) : failed('EBADF')),
  setsockopt: onSocket((args, _files, socket) =>
    immediate(
      socket instanceof StreamSocket
        ? setStreamOption(args, socket)
        : setDatagramOption(args, socket),
    ),
  ),
  getsockopt: onSocket((args, _files, socket) => immediate(getOption(args, socket))),
  fcntl: onSocket((args, _files, socket) => immediate(fcntl(args, socket))),
  ioctl: onSocket((args, _files, socket) => immediate(ioctl(args, socket))),
  poll,
  epoll_create: (args, files) => immediate(openEpoll(args, files)),
  epoll_create1: (args, files) => immediate(openEpoll(args, files)),
  epoll_ctl: epollControl,
  epoll_wait: epollWait,
};

function onSocket(
  call: (args: CallArguments, files: FileTable, socket: Socket) => PendingCall,
): Call {
  return (args, files) => {
    const fd = args.integer(0);
    const socket = files.socket(fd);
    if (socket !== undefined) return call(args, files, socket);
    return immediate(failed(files.get(fd) === undefined ? 'EBADF' : 'ENOTSOCK'));
  };
}

function onStream(
  call: (args: CallArguments, files: FileTable, socket: StreamSocket) => PendingCall,
): Call {
  return onSocket((args, files, socket) =>
    socket instanceof StreamSocket
      ? call(args, files, socket)
      : immediate(failed(args.name === 'shutdown' ? 'ENOTCONN' : 'EOPNOTSUPP')),
  );
}

/** The number that the script gives to a new file. */
function newFd(args: CallArguments): number {
  const { result } = args.call;
  return result.kind === 'integer' && result.value >= 0 ? result.value : 1000;
}

function openSocket(args: CallArguments, files: FileTable): CallResult {
  if (args.isGiven(0) && args.word(0) !== 'AF_INET') throw args.unsupported(args.word(0));
  const type = args.flags(1);
  const protocol = args.at(2);
  const name = protocol.kind === 'word' ? protocol.name : '';
  const isStream = type.has('SOCK_STREAM');
  if (!isStream && !type.has('SOCK_DGRAM')) throw args.unsupported([...type].join('|'));
  if (/^IPPROTO_(MPTCP|SCTP|ICMP|RAW)$/.test(name)) throw args.unsupported(name);
  if (name === (isStream ? 'IPPROTO_UDP' : 'IPPROTO_TCP')) return failed('EPROTONOSUPPORT');
  const socket = isStream ? new StreamSocket(files.port) : new DatagramSocket(files.port);
  socket.nonBlocking = type.has('SOCK_NONBLOCK');
  files.set(newFd(args), socket);
  files.port.flows.startAnew();
  return done(newFd(args));
}

function openEpoll(args: CallArguments, files: FileTable): CallResult {
  files.set(newFd(args), new Epoll());
  return done(newFd(args));
}

function accept(args: CallArguments, files: FileTable, socket: StreamSocket): PendingCall {
  return socket.accept((accepted) => {
    accepted.nonBlocking = args.flags(3).has('SOCK_NONBLOCK');
    files.set(newFd(args), accepted);
    return done(newFd(args));
  });
}

function shutdown(args: CallArguments, socket: StreamSocket): CallResult {
  const how = args.word(1);
  if (!/^SHUT_(RD|WR|RDWR)$/.test(how)) return failed('EINVAL');
  return socket.shutdown(how !== 'SHUT_WR', how !== 'SHUT_RD');
}

const O_RDWR = 0x2;
const O_NONBLOCK = 0x800;

function fcntl(args: CallArguments, socket: Socket): CallResult {
  const command = args.word(1);
  if (command === 'F_GETFL') return done(O_RDWR | (socket.nonBlocking ? O_NONBLOCK : 0));
  if (command !== 'F_SETFL') throw args.unsupported(command);
  socket.nonBlocking = args.flags(2).has('O_NONBLOCK');
  return done(0);
}

/** ioctl(fd, SIOCINQ, [octets]), SIOCOUTQ, SIOCOUTQNSD */
function ioctl(args: CallArguments, socket: Socket): CallResult {
  const request = args.word(1);
  const expected = args.integerOf(args.boxed(2));
  const value = ioctlValue(args, request, socket);
  if (value !== expected) {
    throw new ScriptFailure(args.line, `ioctl: ${request} is ${value}, not ${expected}`);
  }
  return done(0);
}

function ioctlValue(args: CallArguments, request: string, socket: Socket): number {
  if (request === 'SIOCINQ' || request === 'FIONREAD') return socket.available();
  const info = socket instanceof StreamSocket ? socket.info() : undefined;
  if (request === 'SIOCOUTQ') return info?.sendQueueOctets ?? 0;
  if (request === 'SIOCOUTQNSD') {
    return info?.tcp === undefined ? 0 : info.tcp.sendableOctets + info.tcp.notSendableOctets;
  }
  throw args.unsupported(request);
}
