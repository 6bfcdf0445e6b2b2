import { readFileSync } from 'node:fs';
import { Flows, type PrintOptions, printFrame } from '../src/index.ts';

/** Frames between a Linux host and Strata, and what tcpdump 4.99.3 prints of them with -nn -t. */
const { frames, printed } = JSON.parse(
  readFileSync(new URL('tcpdump-prints.json', import.meta.url), 'utf8'),
) as { frames: readonly string[]; printed: Readonly<Record<string, readonly string[]>> };

const PLAIN: PrintOptions = { ethernet: false, verbose: 0, quick: false, absolute: false };

const OPTIONS: Readonly<Record<string, PrintOptions>> = {
  '': PLAIN,
  '-e': { ...PLAIN, ethernet: true },
  '-v': { ...PLAIN, verbose: 1 },
  '-vv': { ...PLAIN, verbose: 2 },
  '-q': { ...PLAIN, quick: true },
  '-S': { ...PLAIN, absolute: true },
};

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('A frame is printed as tcpdump prints it', () => {
  it.each(Object.keys(printed))('with the options %j', (name) => {
    const flows = new Flows();
    const lines = frames.flatMap((hex) => {
      const bytes = bytesOf(hex);
      return printFrame(bytes, bytes.byteLength, OPTIONS[name]!, flows).text.split('\n');
    });
    expect(lines).toEqual(printed[name]);
  });

  it('also if the capture cut it short at any octet: it is marked, and nothing is thrown', () => {
    for (const hex of frames) {
      const whole = bytesOf(hex);
      for (let octets = 0; octets < whole.byteLength; octets += 1) {
        const cut = whole.subarray(0, octets);
        for (const options of Object.values(OPTIONS)) {
          const { text } = printFrame(cut, whole.byteLength, options, new Flows());
          expect(text.length).toBeGreaterThan(0);
        }
      }
    }
    const { text } = printFrame(bytesOf(frames[0]!).subarray(0, 20), 60, PLAIN, new Flows());
    expect(text).toContain('[|');
  });

  it('with addresses, type and length if its type is unknown', () => {
    const bytes = new Uint8Array(60);
    bytes.set([0x88, 0xcc], 12);
    expect(printFrame(bytes, 60, PLAIN, new Flows())).toEqual({
      text: '00:00:00:00:00:00 > 00:00:00:00:00:00, ethertype Unknown (0x88cc), length 60: ',
      isUnknown: true,
    });
  });
});
