import { readIpv4, readUint32 } from '@strata/wire';
import type { Places } from './places.ts';

const DAY_MS = 86_400_000;
/** A time of the router counts as right within so many milliseconds. */
const NEAR_MS = 60_000;

/** The options of a packet as text. Times that the router wrote just now are `now`. */
export function optionsText(options: Uint8Array, places: Places): string {
  const texts: string[] = [];
  for (let at = 0; at < options.byteLength; ) {
    const type = options[at]!;
    if (type === 0) break;
    const length = type === 1 ? 1 : (options[at + 1] ?? 0);
    if (length < (type === 1 ? 1 : 2) || at + length > options.byteLength) {
      texts.push(`malformed ${hex(options.subarray(at))}`);
      break;
    }
    texts.push(optionText(options.subarray(at, at + length), places));
    at += length;
  }
  return texts.join(', ');
}

function optionText(option: Uint8Array, places: Places): string {
  switch (option[0]) {
    case 1:
      return 'nop';
    case 7:
      return `RR${addresses(option, places)}`;
    case 68:
      return `TS ${option[3]! >>> 4}/${option[3]! & 15}${entries(option, places)}`;
    case 131:
      return `LSRR${addresses(option, places)}`;
    case 137:
      return `SSRR${addresses(option, places)}`;
    default:
      return hex(option);
  }
}

/** The addresses; `^` stands where the pointer is. */
function addresses(option: Uint8Array, places: Places): string {
  let text = '';
  for (let at = 3; at + 4 <= option.byteLength; at += 4) {
    text += `${option[2] === at + 1 ? ' ^' : ' '}${places.name(readIpv4(option, at))}`;
  }
  return option[2]! > option.byteLength ? `${text} ^` : text;
}

function entries(option: Uint8Array, places: Places): string {
  const hasAddresses = (option[3]! & 15) !== 0;
  let text = '';
  for (let at = 4; at + (hasAddresses ? 8 : 4) <= option.byteLength; ) {
    text += option[2] === at + 1 ? ' ^' : ' ';
    if (hasAddresses) {
      text += `${places.name(readIpv4(option, at))}@`;
      at += 4;
    }
    text += timeText(readUint32(option, at));
    at += 4;
  }
  return option[2]! > option.byteLength ? `${text} ^` : text;
}

function timeText(time: number): string {
  const awayMs = Math.abs(time - (Date.now() % DAY_MS));
  return Math.min(awayMs, DAY_MS - awayMs) < NEAR_MS ? 'now' : String(time);
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}
