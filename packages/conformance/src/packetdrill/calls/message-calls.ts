import { ScriptFailure } from '../language/errors.ts';
import type { Expression } from '../language/script.ts';
import type { CallArguments } from './arguments.ts';
import { failed, immediate, type PendingCall } from './calls.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { StreamSocket } from './stream-socket.ts';

type Socket = StreamSocket | DatagramSocket;

/** Supported flags of send. */
const SEND_FLAGS = new Set(['MSG_DONTWAIT', 'MSG_MORE', 'MSG_OOB', 'MSG_NOSIGNAL']);
const RECEIVE_FLAGS = new Set(['MSG_DONTWAIT', 'MSG_PEEK', 'MSG_NOSIGNAL']);

function checked(args: CallArguments, index: number, known: ReadonlySet<string>) {
  const flags = args.flags(index);
  for (const flag of flags) if (!known.has(flag)) throw args.unsupported(`the flag ${flag}`);
  return flags;
}

/** write, send, sendto. `flagsAt` is the index of the flags argument; -1 for none. */
export function send(args: CallArguments, socket: Socket, flagsAt: number): PendingCall {
  if (args.isNull(1)) return immediate(failed('EFAULT'));
  const to = args.name === 'sendto' ? args.address(4) : undefined;
  const isOpen = args.name === 'sendto' && to === undefined && !args.isNull(4);
  return sendOctets(args, socket, args.integer(2), flagsAt, to, isOpen);
}

function sendOctets(
  args: CallArguments,
  socket: Socket,
  octets: number,
  flagsAt: number,
  to: ReturnType<CallArguments['address']>,
  isOpen: boolean,
): PendingCall {
  const flags = checked(args, flagsAt, SEND_FLAGS);
  if (socket instanceof DatagramSocket) {
    return socket.send(octets, to ?? (isOpen ? socket.openAddress : undefined));
  }
  return socket.write(octets, {
    dontWait: flags.has('MSG_DONTWAIT'),
    more: flags.has('MSG_MORE'),
    urgent: flags.has('MSG_OOB'),
  });
}

/** read, recv, recvfrom */
export function receive(args: CallArguments, socket: Socket, flagsAt: number): PendingCall {
  if (args.isNull(1)) return immediate(failed('EFAULT'));
  return receiveOctets(args, socket, args.integer(2), flagsAt);
}

function receiveOctets(
  args: CallArguments,
  socket: Socket,
  octets: number,
  flagsAt: number,
): PendingCall {
  const flags = args.flags(flagsAt);
  if (flags.has('MSG_OOB') && socket instanceof StreamSocket) return socket.readUrgent();
  checked(args, flagsAt, RECEIVE_FLAGS);
  const dontWait = flags.has('MSG_DONTWAIT');
  return socket.read(octets, { dontWait, peek: flags.has('MSG_PEEK') });
}

/** Octets of `[{..., 100}, {..., 200}]`. */
function vectorOctets(args: CallArguments, vector: Expression): number {
  return args
    .items(vector)
    .map((item) => args.integerOf(args.struct(item).get('1') ?? item))
    .reduce((sum, octets) => sum + octets, 0);
}

export function writeVector(args: CallArguments, socket: Socket): PendingCall {
  return sendOctets(args, socket, vectorOctets(args, args.at(1)), -1, undefined, false);
}

export function readVector(args: CallArguments, socket: Socket): PendingCall {
  return receiveOctets(args, socket, vectorOctets(args, args.at(1)), -1);
}

function messageOctets(args: CallArguments): number {
  const vector = args.struct(args.at(1)).get('msg_iov');
  if (vector === undefined) throw args.unsupported('a message without msg_iov');
  return vectorOctets(args, vector);
}

export function sendMessage(args: CallArguments, socket: Socket): PendingCall {
  const control = args.struct(args.at(1)).get('msg_control');
  if (control !== undefined && args.items(control).length > 0) {
    throw args.unsupported('control messages');
  }
  return sendOctets(args, socket, messageOctets(args), 2, undefined, true);
}

export function receiveMessage(args: CallArguments, socket: Socket): PendingCall {
  const call = receiveOctets(args, socket, messageOctets(args), 2);
  return {
    attempt: () => {
      const result = call.attempt();
      if (result !== undefined && result.value >= 0) checkControl(args, socket);
      return result;
    },
  };
}

/**
 * Checks the control messages received. TCP_CM_INQ (octets left to read) is the only one supported.
 */
function checkControl(args: CallArguments, socket: Socket): void {
  const control = args.struct(args.at(1)).get('msg_control');
  if (control === undefined) return;
  for (const item of args.items(control)) {
    const fields = args.struct(item);
    const type = fields.get('cmsg_type');
    const data = fields.get('cmsg_data');
    if (type?.kind !== 'word' || type.name !== 'TCP_CM_INQ' || data === undefined) {
      throw args.unsupported('control messages other than TCP_CM_INQ');
    }
    if (!socket.tellsUnread) {
      throw new ScriptFailure(args.line, 'recvmsg: TCP_INQ is off: there is no TCP_CM_INQ');
    }
    const left = socket.unreadHint();
    if (left !== args.integerOf(data)) {
      throw new ScriptFailure(
        args.line,
        `recvmsg: TCP_CM_INQ is ${left}, not ${args.integerOf(data)}`,
      );
    }
  }
}
