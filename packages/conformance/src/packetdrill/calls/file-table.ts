import type { OpenFile } from './calls.ts';
import { DatagramSocket } from './datagram-socket.ts';
import type { SocketPort } from './socket-port.ts';
import { StreamSocket } from './stream-socket.ts';

/** A script's open files, by the script's file descriptors. */
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

  /** The socket with this descriptor. */
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

  /** Makes the sockets check for new data and new room. */
  refresh(): void {
    for (const file of this.#files.values()) if (file instanceof StreamSocket) file.refresh();
  }

  /** The place of a wrong octet that was read from a stream. Undefined if there is none. */
  outOfPlace(): number | undefined {
    for (const file of this.#files.values()) {
      if (file instanceof StreamSocket && file.outOfPlace !== undefined) return file.outOfPlace;
    }
    return undefined;
  }
}
