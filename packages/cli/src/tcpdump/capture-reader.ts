import { CliError } from '../failure.ts';
import type { CapturedPacket } from './captured-packet.ts';
import { PcapReader } from './pcap-reader.ts';
import { PcapngReader } from './pcapng-reader.ts';

/** Reads a capture file of any format that tcpdump and Wireshark write, piece by piece. */
export class CaptureReader {
  readonly #name: string;
  #start: Buffer = Buffer.alloc(0);
  #reader: PcapReader | PcapngReader | undefined;

  /** `name`: of the file, for messages. */
  constructor(name: string) {
    this.#name = name;
  }

  /** The packets that `piece` completes. Throws CliError if it is no capture, or damaged. */
  push(piece: Uint8Array): CapturedPacket[] {
    try {
      if (this.#reader !== undefined) return this.#reader.push(piece);
      this.#start = Buffer.concat([this.#start, piece]);
      if (this.#start.byteLength < 4) return [];
      this.#reader = this.#choose();
      return this.#reader.push(this.#start);
    } catch (error) {
      if (error instanceof RangeError) throw new CliError(`${this.#name}: ${error.message}`);
      throw error;
    }
  }

  /** Throws CliError if the file ends in the middle of a packet. */
  end(): void {
    if (this.#reader === undefined) throw this.#notACapture();
    if (this.#reader.pendingOctets > 0) {
      throw new CliError(`${this.#name}: the file ends in the middle of a packet`);
    }
  }

  #choose(): PcapReader | PcapngReader {
    if (PcapngReader.accepts(this.#start)) return new PcapngReader();
    if (PcapReader.accepts(this.#start)) return new PcapReader();
    throw this.#notACapture();
  }

  #notACapture(): CliError {
    return new CliError(
      `${this.#name} is no capture: expected a file of tcpdump -w, strata tcpdump -w or Wireshark (pcap or pcapng)`,
    );
  }
}
