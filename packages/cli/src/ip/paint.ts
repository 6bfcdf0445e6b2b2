/** What iproute2 colours with -c. */
type Part = 'interface' | 'mac' | 'address' | 'up' | 'down';

const CODES: Readonly<Record<Part, string>> = {
  interface: '36',
  mac: '33',
  address: '35',
  up: '32',
  down: '31',
};

export type Paint = (part: Part, text: string) => string;

/** Colours parts of lines, or leaves them as they are. */
export function painter(color: boolean): Paint {
  return (part, text) => (color ? `\x1b[${CODES[part]}m${text}\x1b[0m` : text);
}
