import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { Stack } from '@strata/sockets';
import { resolveHost } from '../resolve.ts';
import { ToolError } from '../tool.ts';
import { CurlFailure, failureOf } from './failure.ts';
import type { Transfer } from './transfer.ts';

/** A new connection to the server of a URL, TLS included. Throws CurlFailure. */
export async function connectTo(stack: Stack, url: URL, transfer: Transfer): Promise<Duplex> {
  const { options, figures, io, signal } = transfer;
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const address = await addressOf(url.hostname, port, transfer);
  figures.mark('namelookup');
  await io.event({ kind: 'note', text: `  Trying ${address}:${port}...` });
  const { localAddress, connectTimeoutSeconds } = options;
  const startMs = performance.now();
  const limits = [signal];
  if (connectTimeoutSeconds !== undefined) {
    limits.push(AbortSignal.timeout(Math.max(1, connectTimeoutSeconds * 1000)));
  }
  const limit = AbortSignal.any(limits);
  const socket = stack.net.connect({ host: address, port, localAddress, noDelay: true });
  figures.values.num_connects += 1;
  const after = () => `after ${Math.round(performance.now() - startMs)} ms`;
  try {
    await once(socket, 'connect', { signal: limit });
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    signal.throwIfAborted();
    const where = `Failed to connect to ${url.hostname} port ${port} ${after()}`;
    if (limit.aborted) throw new CurlFailure(28, `${where}: Timeout was reached`);
    const { status, message } = failureOf(error, { isConnected: false, hasResponse: false });
    throw new CurlFailure(status, `${where}: Couldn't connect to server (${message})`);
  }
  figures.mark('connect');
  figures.values.remote_ip = address;
  figures.values.remote_port = port;
  figures.values.local_ip = socket.localAddress ?? '';
  figures.values.local_port = socket.localPort ?? 0;
  const text = `Connected to ${url.hostname} (${address}) port ${port} (#0)`;
  await io.event({ kind: 'note', text });
  return url.protocol === 'https:' ? secure(socket, url, transfer, limit) : socket;
}

/** TLS over the connection. Node's tls takes any stream. */
async function secure(
  socket: Duplex,
  url: URL,
  { options, figures, io, signal }: Transfer,
  limit: AbortSignal,
): Promise<Duplex> {
  const isName = !/^[\d.]+$/.test(url.hostname);
  const tls = tlsConnect({
    socket,
    host: url.hostname,
    ...(isName ? { servername: url.hostname } : {}),
    rejectUnauthorized: !options.insecure,
    ALPNProtocols: ['http/1.1'],
    ...(options.authorities === undefined ? {} : { ca: options.authorities }),
  });
  try {
    await once(tls, 'secureConnect', { signal: limit });
  } catch (error) {
    tls.on('error', () => undefined);
    tls.destroy();
    socket.destroy();
    signal.throwIfAborted();
    if (limit.aborted) throw new CurlFailure(28, 'SSL connection timeout');
    throw failureOf(error, { isConnected: true, hasResponse: false, isTls: true });
  }
  figures.mark('appconnect');
  const text = `SSL connection using ${tls.getProtocol()} / ${tls.getCipher().name}`;
  await io.event({ kind: 'note', text });
  return tls;
}

async function addressOf(host: string, port: number, { options }: Transfer): Promise<string> {
  const given = options.resolve.find(([name, at]) => name === host && at === port);
  if (given !== undefined) return given[2];
  try {
    return await resolveHost(host, 6);
  } catch (error) {
    if (error instanceof ToolError) throw new CurlFailure(6, `Could not resolve host: ${host}`);
    throw error;
  }
}
