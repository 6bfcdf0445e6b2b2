/** The words that scripts have for fields of a packet, to read and to write. */
import {
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
} from '@strata/wire';

/** The letters of the control bits, in the order in which they are written. */
const FLAG_LETTERS: readonly (readonly [string, number])[] = [
  ['S', TCP_SYN],
  ['F', TCP_FIN],
  ['R', TCP_RST],
  ['P', TCP_PSH],
  ['U', TCP_URG],
  ['E', TCP_ECE],
  ['W', TCP_CWR],
  ['.', TCP_ACK],
];

/** No control bit. */
const NO_FLAGS = '-';

/** Control bits as in scripts: `S.`, `FP.`, `-`. */
export function flagsText(flags: number): string {
  const letters = FLAG_LETTERS.map(([letter, bit]) => ((flags & bit) === 0 ? '' : letter));
  return letters.join('') || NO_FLAGS;
}

/** The control bit of a letter; 0 for `-`; undefined: no such letter. */
export function flagOf(letter: string): number | undefined {
  if (letter === NO_FLAGS) return 0;
  return FLAG_LETTERS.find(([known]) => known === letter)?.[1];
}

/** The ECN codepoints, in the order of their values. */
const ECN_NAMES: readonly string[] = ['noecn', 'ect1', 'ect0', 'ce'];
/** Either of the two ECT codepoints. */
const EITHER_ECT = 'ect01';

export function ecnText(ecn: number | 'ect'): string {
  return `[${ecn === 'ect' ? EITHER_ECT : ECN_NAMES[ecn]}]`;
}

/** The codepoint with this name; undefined: none. */
export function ecnOf(name: string): number | 'ect' | undefined {
  if (name === EITHER_ECT) return 'ect';
  const at = ECN_NAMES.indexOf(name);
  return at < 0 ? undefined : at;
}
