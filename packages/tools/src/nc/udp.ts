import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatagramSocket, RemoteInfo, Stack } from '@strata/sockets';
import { ToolError, type ToolIo } from '../tool.ts';
import { closeDatagramSocket } from '../tracked-stack.ts';
import type { NcParsed } from './options.ts';
import { whyNot } from './tcp.ts';

/** Largest part of standard input that makes one datagram, octets: as nc reads it. */
const MAX_PART_OCTETS = 16_384;
/** How long a scan waits for an ICMP error, and how often it sends. */
const PROBES = 4;
const PROBE_MS = 250;

/** Sends standard input as datagrams to each port in turn, or only looks. True: one was open. */
export async function sendAll(
  stack: Stack,
  host: string,
  ports: Iterable<number>,
  options: NcParsed,
  io: ToolIo,
): Promise<boolean> {
  let isOpen = false;
  for (const port of ports) {
    if (io.signal.aborted) break;
    const socket = await open(stack, options.sourceAddress, options.sourcePort ?? 0, options);
    socket.connect(port, host);
    const failure = { code: '' };
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure.code = error.code ?? error.message;
    });
    await once(socket, 'connect');
    if (options.scan) await probe(socket, failure, io);
    if (failure.code !== '') {
      await io.event({ kind: 'failed', host, port, udp: true, code: failure.code });
    } else {
      isOpen = true;
      await io.event({ kind: 'connected', host, port, udp: true });
      if (!options.scan) await relayDatagrams(socket, options, io);
    }
    closeDatagramSocket(socket);
  }
  return isOpen;
}

/** A port is open as long as no ICMP error says otherwise. */
async function probe(socket: DatagramSocket, failure: { code: string }, io: ToolIo): Promise<void> {
  for (let i = 0; i < PROBES && failure.code === '' && !io.signal.aborted; i += 1) {
    socket.send('X');
    const answered = once(socket, 'message').catch(() => undefined);
    await Promise.race([sleep(PROBE_MS), answered]);
  }
}

/** Waits for a datagram, and talks to its sender; with `keep` takes those of all senders. */
export async function listenDatagrams(
  stack: Stack,
  host: string | undefined,
  port: number,
  options: NcParsed,
  io: ToolIo,
): Promise<void> {
  const socket = await open(stack, host, port, options);
  const local = socket.address();
  await io.event({ kind: 'listening', host: local.address, port: local.port, udp: true });
  if (options.keep) return relayDatagrams(socket, { ...options, noInput: true }, io);
  const first = once(socket, 'message', { signal: io.signal }).catch(() => undefined);
  const message = (await first) as [Buffer, RemoteInfo] | undefined;
  if (message === undefined) return;
  const [data, from] = message;
  socket.connect(from.port, from.address);
  socket.on('error', () => undefined);
  await io.event({ kind: 'received', host: from.address, port: from.port });
  io.stdout.write(data);
  if (options.receiveLimit !== 1) await relayDatagrams(socket, options, io, 1);
}

async function open(
  stack: Stack,
  address: string | undefined,
  port: number,
  { broadcast }: NcParsed,
): Promise<DatagramSocket> {
  const socket = stack.dgram.createSocket('udp4');
  if (broadcast) socket.setBroadcast(true);
  socket.bind(port, address);
  await once(socket, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new ToolError(`nc: ${whyNot(error, port)}`);
  });
  return socket;
}

/** Each part of standard input is a datagram, each datagram's data goes to standard output. */
function relayDatagrams(
  socket: DatagramSocket,
  options: NcParsed,
  io: ToolIo,
  alreadyReceived = 0,
): Promise<void> {
  return new Promise((resolve) => {
    const { stdin, stdout } = io;
    let received = alreadyReceived;
    let idle: NodeJS.Timeout | undefined;
    const timers: NodeJS.Timeout[] = [];
    const finish = () => {
      clearTimeout(idle);
      for (const timer of timers) clearTimeout(timer);
      stdin.off('data', onInput).off('end', onInputEnd);
      stdin.pause();
      io.signal.removeEventListener('abort', finish);
      socket.off('message', onMessage).off('close', finish);
      resolve();
    };
    const touch = () => {
      if (options.timeoutSeconds === undefined) return;
      clearTimeout(idle);
      idle = setTimeout(finish, options.timeoutSeconds * 1000);
    };
    const onInput = (data: Buffer) => {
      touch();
      for (let at = 0; at < data.byteLength; at += MAX_PART_OCTETS) {
        socket.send(data.subarray(at, at + MAX_PART_OCTETS));
      }
    };
    const onInputEnd = () => {
      if (options.quitSeconds !== undefined) {
        timers.push(setTimeout(finish, options.quitSeconds * 1000));
      }
    };
    const onMessage = (data: Buffer) => {
      touch();
      received += 1;
      // A full output drops nothing: datagrams of a person's size, and no way to slow the peer.
      stdout.write(data);
      if (received === options.receiveLimit) finish();
    };
    socket.on('message', onMessage).on('close', finish);
    io.signal.addEventListener('abort', finish);
    touch();
    if (!options.noInput) {
      if (stdin.readableEnded) onInputEnd();
      else stdin.on('data', onInput).on('end', onInputEnd);
    }
    if (io.signal.aborted) finish();
  });
}
