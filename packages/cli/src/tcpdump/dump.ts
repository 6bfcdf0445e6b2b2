/** How the octets of a packet are printed: tcpdump's -x, -xx, -X, -XX, -A. */
export type DumpStyle = 'none' | 'x' | 'xx' | 'X' | 'XX' | 'A' | 'AA';

const OCTETS_A_LINE = 16;

/** The octets as hexadecimal and text, as tcpdump prints them: lines that begin with a tab. */
export function dumpHex(bytes: Uint8Array, withText: boolean): string {
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += OCTETS_A_LINE) {
    const line = bytes.subarray(at, at + OCTETS_A_LINE);
    let hex = '';
    for (let i = 0; i < line.byteLength; i += 2) {
      hex += ` ${Buffer.from(line.subarray(i, i + 2)).toString('hex')}`;
    }
    text += `\n\t0x${at.toString(16).padStart(4, '0')}: ${hex}`;
    if (withText) text += `${' '.repeat(41 - hex.length)} ${printable(line)}`;
  }
  return text;
}

/** The octets as text, as -A prints them: newlines stay, what cannot be printed is a dot. */
export function dumpText(bytes: Uint8Array): string {
  let text = '\n';
  for (let at = 0; at < bytes.byteLength; at += 1) {
    const octet = bytes[at]!;
    // A carriage return is a dot where at least two octets follow and the next is no newline, as
    // tcpdump's ascii_print() has it.
    if (octet === 13 && (at + 2 >= bytes.byteLength || bytes[at + 1] === 10)) continue;
    text +=
      octet === 10 || octet === 9
        ? String.fromCharCode(octet)
        : octet === 32
          ? ' '
          : printable([octet]);
  }
  return text;
}

function printable(octets: Iterable<number>): string {
  let text = '';
  for (const octet of octets) text += octet > 32 && octet < 127 ? String.fromCharCode(octet) : '.';
  return text;
}
