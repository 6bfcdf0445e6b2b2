import type { Socket } from '@strata/sockets';
import type { ToolIo } from '../tool.ts';
import { crlfTransform } from './crlf.ts';
import type { NcParsed } from './options.ts';

/**
 * Carries standard input to the connection, and the connection's data to standard output, until
 * both directions have ended; or as the options say. Resolves at the end, whatever ended it: what
 * was carried is what counts, as with nc.
 */
export function relay(socket: Socket, options: NcParsed, io: ToolIo): Promise<void> {
  return new Promise((resolve) => {
    const { stdin, stdout } = io;
    const timers: NodeJS.Timeout[] = [];
    const input = options.noInput ? undefined : options.crlf ? stdin.pipe(crlfTransform()) : stdin;
    let isInputOver = input === undefined || input.readableEnded || input.destroyed;
    let isNetworkOver = false;
    let packets = 0;
    const finish = () => {
      for (const timer of timers) clearTimeout(timer);
      input?.off('data', onInput).off('end', onInputEnd).off('error', onInputEnd);
      input?.pause();
      io.signal.removeEventListener('abort', finish);
      stdout.off('drain', onRoom);
      socket.off('data', onData).off('drain', onSent).off('end', onNetworkEnd);
      socket.off('close', finish).off('timeout', finish);
      socket.on('error', () => undefined);
      // Data that waits here still goes out.
      socket.destroySoon();
      resolve();
    };
    const onInput = (data: Buffer) => {
      if (!socket.write(data)) input?.pause();
    };
    const onSent = () => input?.resume();
    const onInputEnd = () => {
      isInputOver = true;
      if (isNetworkOver) return finish();
      if (options.shutdown) socket.end();
      if (options.quitSeconds !== undefined) {
        // The time counts from when the data has been taken.
        const after = options.quitSeconds * 1000;
        socket.write('', () => timers.push(setTimeout(finish, after)));
      }
    };
    const onData = (data: Buffer) => {
      packets += 1;
      if (!stdout.write(data)) socket.pause();
      if (packets === options.receiveLimit) finish();
    };
    const onRoom = () => socket.resume();
    const onNetworkEnd = () => {
      isNetworkOver = true;
      // A listening nc is done when its peer is; a client still sends what it has to send.
      if (isInputOver || options.listen) finish();
    };
    socket.on('data', onData).on('drain', onSent).on('end', onNetworkEnd);
    socket.on('close', finish).on('error', () => undefined);
    stdout.on('drain', onRoom);
    io.signal.addEventListener('abort', finish);
    if (options.timeoutSeconds !== undefined) {
      socket.setTimeout(options.timeoutSeconds * 1000);
      socket.on('timeout', finish);
    }
    if (isInputOver && input !== undefined) onInputEnd();
    else input?.on('data', onInput).on('end', onInputEnd).on('error', onInputEnd);
    // Both were paused, by their maker or by a relay before this one.
    socket.resume();
    input?.resume();
    if (io.signal.aborted || socket.destroyed) finish();
  });
}
