const BYTES = ['Bytes', 'KBytes', 'MBytes', 'GBytes', 'TBytes'];
const BITS = ['bits', 'Kbits', 'Mbits', 'Gbits', 'Tbits'];

/** Octets as iperf3 prints them, in units of 1,024: ` 531 MBytes`. */
export function bytes(octets: number): string {
  return adapted(octets, 1024, BYTES);
}

/** Bits in units of 1,000, or of a given one (`k`, `m`, `g`, `t`): `4.38 Gbits`. */
export function bits(perSecond: number, unit?: string): string {
  const at = unit === undefined ? undefined : 'bkmgt'.indexOf(unit.toLowerCase());
  return adapted(perSecond, 1000, BITS, at === -1 ? undefined : at);
}

function adapted(value: number, base: number, units: readonly string[], fixed?: number): string {
  let unit = 0;
  let shown = value;
  const most = units.length - 1;
  while (fixed === undefined ? shown >= base && unit < most : unit < fixed) {
    shown /= base;
    unit += 1;
  }
  // Three digits.
  const digits = shown < 9.995 ? 2 : shown < 99.95 ? 1 : 0;
  return `${shown.toFixed(digits).padStart(4)} ${units[unit]}`;
}
