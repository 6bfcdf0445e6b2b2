import { createServer, type Socket as HostSocket, type Server } from 'node:net';
import type { Counters, ForwardConfig, Health, Logger, Running } from '@strata/runtime';
import { type Socket, type Stack, shareImmutable } from '@strata/sockets';
import { formatIpv4 } from '@strata/wire';

/** A running forward of a host's port. */
export interface RunningForward extends Running {
  /** The port that it listens on. */
  readonly port: number;
}

/**
 * Forwards connections to a port of the host through a stack. Rejects with the system's error if it
 * cannot listen.
 */
export async function startForward(
  { listen, to }: ForwardConfig,
  stack: Stack,
  log: Logger,
): Promise<RunningForward> {
  const open = new Set<HostSocket>();
  const counts = { accepted: 0, failed: 0 };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    counts.accepted += 1;
    open.add(near);
    near.once('close', () => open.delete(near));
    const host = formatIpv4(to.address);
    const far = stack.net.connect({ host, port: to.port, allowHalfOpen: true, noDelay: true });
    far.once('error', (error) => {
      counts.failed += 1;
      log.debug({ err: error }, 'a forwarded connection failed');
    });
    join(near, far);
  });
  await listenOn(server, listen.host, listen.port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    health: (): Health => ({ ok: server.listening, reasons: [] }),
    counters: (): Counters => ({ ...counts, open: open.size }),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Joins two connections: data, the end of each side (half-close), and errors as a reset. */
function join(near: HostSocket, far: Socket): void {
  // Node allocates new memory for each read, and does not write to it again.
  near.on('data', shareImmutable);
  near.pipe(far);
  far.pipe(near);
  near.once('error', () => far.resetAndDestroy());
  far.once('error', () => near.resetAndDestroy());
  // One side may close without an end or an error: then the other side is closed too.
  near.once('close', () => {
    if (!far.destroyed && !near.readableEnded) far.destroy();
  });
  far.once('close', () => {
    if (!near.destroyed && !far.readableEnded) near.destroy();
  });
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
