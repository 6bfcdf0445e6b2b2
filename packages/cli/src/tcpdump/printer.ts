import { Flows, LINKTYPE_ETHERNET, type PrintOptions, printFrame, printPacket } from '@strata/wire';
import type { CapturedPacket } from './captured-packet.ts';
import { Clock, type TimeStyle } from './clock.ts';
import { type DumpStyle, dumpHex, dumpText } from './dump.ts';

const ETHERNET_HEADER_OCTETS = 14;

export interface PrinterOptions extends PrintOptions {
  readonly time: TimeStyle;
  readonly dump: DumpStyle;
  /** Whether a count stands before each line. */
  readonly numbered: boolean;
  /** Whether the interface and the direction stand before each packet, as tcpdump -i any does. */
  readonly interfaces: boolean;
}

/** Prints packets as tcpdump(8) does. */
export class Printer {
  readonly #options: PrinterOptions;
  readonly #clock: Clock;
  readonly #flows = new Flows();
  #count = 0;

  constructor(options: PrinterOptions) {
    this.#options = options;
    this.#clock = new Clock(options.time);
  }

  /** The lines of one packet, with a newline at the end. */
  print(packet: CapturedPacket): string {
    const { numbered, interfaces, dump } = this.#options;
    this.#count += 1;
    const number = numbered ? `${String(this.#count).padStart(5)}  ` : '';
    const time = this.#clock.print(packet.epochMs);
    const place = interfaces ? placeOf(packet) : '';
    const { text, isUnknown } = this.#describe(packet);
    const octets =
      isUnknown && dump === 'none' ? dumpHex(payloadOf(packet), true) : this.#dump(packet);
    return `${number}${time}${place}${text}${octets}\n`;
  }

  /** What the packet is, without time and octets. */
  describe(packet: CapturedPacket): string {
    return this.#describe(packet).text;
  }

  #describe({ bytes, linkType, lengthOctets }: CapturedPacket) {
    if (linkType === LINKTYPE_ETHERNET) {
      return printFrame(bytes, lengthOctets, this.#options, this.#flows);
    }
    return { text: printPacket(bytes, this.#options, this.#flows), isUnknown: false };
  }

  #dump(packet: CapturedPacket): string {
    switch (this.#options.dump) {
      case 'none':
        return '';
      case 'x':
      case 'X':
        return dumpHex(payloadOf(packet), this.#options.dump === 'X');
      case 'xx':
      case 'XX':
        return dumpHex(packet.bytes, this.#options.dump === 'XX');
      case 'A':
        return dumpText(payloadOf(packet));
      case 'AA':
        return dumpText(packet.bytes);
    }
  }
}

function payloadOf({ bytes, linkType }: CapturedPacket): Uint8Array {
  return linkType === LINKTYPE_ETHERNET ? bytes.subarray(ETHERNET_HEADER_OCTETS) : bytes;
}

function placeOf({ interfaceName, direction }: CapturedPacket): string {
  const way = direction === undefined ? '' : direction === 'in' ? 'In  ' : 'Out ';
  return interfaceName === '' ? way : `${interfaceName} ${way}`;
}
