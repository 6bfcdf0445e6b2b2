import type { OpenFile } from './calls.ts';
import { DatagramSocket } from './datagram-socket.ts';
import type { SocketPort } from './socket-port.ts';
import { StreamSocket } from './stream-socket.ts';

/** The files that a script has open, by the numbers that the script gives them. */
export class FileTable {
  readonly port: SocketPort;
  readonly #files = new Map<number, OpenFile>();

  constructor(port: SocketPort) {
    this.port = port;
  }

  set(fd: number, file: OpenFile): void {
    this.#files.set(fd, file);
  }

  get(fd: number): OpenFile | undefined {
    return this.#files.get(fd);
  }

  /** The socket of this number. */
  socket(fd: number): StreamSocket | DatagramSocket | undefined {
    const file = this.#files.get(fd);
    return file instanceof StreamSocket || file instanceof DatagramSocket ? file : undefined;
  }

  close(fd: number): boolean {
    const file = this.#files.get(fd);
    this.#files.delete(fd);
    file?.close();
    return file !== undefined;
  }

  /** Has the sockets look whether something came. */
  refresh(): void {
    for (const file of this.#files.values()) if (file instanceof StreamSocket) file.refresh();
  }

  /** The place of an octet that a stream had where another belongs. */
  outOfPlace(): number | undefined {
    for (const file of this.#files.values()) {
      if (file instanceof StreamSocket && file.outOfPlace !== undefined) return file.outOfPlace;
    }
    return undefined;
  }
}
