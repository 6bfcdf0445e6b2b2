import fc from 'fast-check';
import {
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  pcapngInterface,
  pcapngPacket,
  pcapngSectionHeader,
} from '../src/index.ts';
import { CAPTURED } from './captured.ts';
import { ascii, counting, fromHex } from './support.ts';

interface Block {
  readonly type: number;
  readonly body: DataView;
  options(from: number): Map<number, Uint8Array>;
}

/** Reads blocks as the draft defines them, and fails if a length is wrong. */
function readBlocks(...parts: Uint8Array[]): Block[] {
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  const view = new DataView(bytes.buffer);
  const blocks: Block[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const octets = view.getUint32(at + 4, true);
    expect(octets % 4).toBe(0);
    expect(view.getUint32(at + octets - 4, true)).toBe(octets);
    const body = new DataView(bytes.buffer, at + 8, octets - 12);
    blocks.push({
      type: view.getUint32(at, true),
      body,
      options: (from) => readOptions(body, from),
    });
    at += octets;
  }
  return blocks;
}

function readOptions(body: DataView, from: number): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  for (let at = from; at < body.byteLength; ) {
    const code = body.getUint16(at, true);
    const octets = body.getUint16(at + 2, true);
    if (code === 0) {
      expect([octets, at + 4]).toEqual([0, body.byteLength]);
      return options;
    }
    options.set(code, new Uint8Array(body.buffer, body.byteOffset + at + 4, octets).slice());
    at += 4 + ((octets + 3) & ~3);
  }
  expect(options.size).toBe(0);
  return options;
}

describe('pcapng', () => {
  it('starts with a section header, in the byte order of its magic', () => {
    const [block] = readBlocks(pcapngSectionHeader('strata'));
    expect(block!.type).toBe(0x0a0d0d0a);
    expect(block!.body.getUint32(0, true)).toBe(0x1a2b3c4d);
    expect([block!.body.getUint16(4, true), block!.body.getUint16(6, true)]).toEqual([1, 0]);
    expect(block!.body.getBigInt64(8, true)).toBe(-1n);
    expect(block!.options(16).get(4)).toEqual(ascii('strata'));
  });

  it('describes an interface: link type, name, resolution, frame check sequence', () => {
    const [plain, full] = readBlocks(
      pcapngInterface({ name: 'tap0', linkType: LINKTYPE_ETHERNET, timestampDigits: 6 }),
      pcapngInterface({
        name: 'wire',
        description: 'ä wire',
        linkType: LINKTYPE_RAW,
        timestampDigits: 9,
        fcsOctets: 4,
        snapLengthOctets: 96,
      }),
    );
    expect([plain!.type, plain!.body.getUint16(0, true), plain!.body.getUint32(4, true)]).toEqual([
      1, 1, 0,
    ]);
    expect([...plain!.options(8)]).toEqual([
      [2, ascii('tap0')],
      [9, Uint8Array.of(6)],
    ]);
    expect([full!.body.getUint16(0, true), full!.body.getUint32(4, true)]).toEqual([101, 96]);
    expect([...full!.options(8)]).toEqual([
      [2, ascii('wire')],
      [3, fromHex('c3a42077697265')],
      [9, Uint8Array.of(9)],
      [13, Uint8Array.of(4)],
    ]);
  });

  it('writes a packet with its time, lengths, comment and direction', () => {
    const [block] = readBlocks(
      pcapngPacket(
        {
          captureInterface: 2,
          epochMs: 1_700_000_000_123.456,
          bytes: CAPTURED.push.subarray(0, 61),
          originalOctets: 71,
          direction: 'outbound',
          comment: 'retransmitted: RTO',
        },
        6,
      ),
    );
    const { body, type } = block!;
    expect([type, body.getUint32(0, true)]).toEqual([6, 2]);
    const time = (BigInt(body.getUint32(4, true)) << 32n) | BigInt(body.getUint32(8, true));
    expect(time).toBe(1_700_000_000_123_456n);
    expect([body.getUint32(12, true), body.getUint32(16, true)]).toEqual([61, 71]);
    expect(new Uint8Array(body.buffer, body.byteOffset + 20, 61)).toEqual(
      CAPTURED.push.subarray(0, 61),
    );
    expect([...block!.options(84)]).toEqual([
      [1, ascii('retransmitted: RTO')],
      [2, Uint8Array.of(2, 0, 0, 0)],
    ]);
  });

  it.each([
    [{}, undefined],
    [{ direction: 'inbound', isVerified: true }, Uint8Array.of(1, 4, 0, 0)],
    [{ direction: 'outbound', isSuperSegment: true }, Uint8Array.of(2, 8, 0, 0)],
    [{ isSuperSegment: true, isVerified: true }, Uint8Array.of(0, 12, 0, 0)],
  ] as const)('says in the flags of a packet what was offloaded: %j', (more, flags) => {
    const record = { captureInterface: 0, epochMs: 0, bytes: new Uint8Array(4), ...more };
    expect(readBlocks(pcapngPacket(record, 6))[0]!.options(24).get(2)).toEqual(flags);
  });

  it('writes any time exactly, to the microsecond and nearly to the nanosecond', () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
    fc.assert(
      fc.property(seconds, fc.nat(999), fc.nat(999), (s, ms, us) => {
        const epochMs = s * 1_000 + ms + us / 1_000;
        const exact = BigInt(s) * 1_000_000n + BigInt(ms * 1_000 + us);
        for (const digits of [6, 9] as const) {
          const packet = pcapngPacket(
            { captureInterface: 0, epochMs, bytes: new Uint8Array(0) },
            digits,
          );
          const { body } = readBlocks(packet)[0]!;
          const time = (BigInt(body.getUint32(4, true)) << 32n) | BigInt(body.getUint32(8, true));
          const off = time - exact * (digits === 6 ? 1n : 1_000n);
          // A double holds today's milliseconds to about 250 ns.
          expect(digits === 6 ? off === 0n : off >= -500n && off <= 500n).toBe(true);
        }
      }),
    );
  });

  it('pads packets and options of any length', () => {
    for (let octets = 0; octets < 300; octets += 1) {
      const bytes = counting(octets);
      const comment = 'x'.repeat(octets % 7);
      const record = {
        captureInterface: 0,
        epochMs: 0,
        bytes,
        comment,
        direction: 'inbound',
      } as const;
      const [block] = readBlocks(pcapngPacket(record, 6));
      const options = block!.options(20 + ((octets + 3) & ~3));
      expect([options.get(1), options.get(2)]).toEqual([ascii(comment), Uint8Array.of(1, 0, 0, 0)]);
    }
  });

  it('writes comments in UTF-8, cut between characters at 65,535 octets', () => {
    const text = 'aé€😀\ud800';
    const record = { captureInterface: 0, epochMs: 0, bytes: new Uint8Array(0) };
    const short = readBlocks(pcapngPacket({ ...record, comment: text }, 6))[0]!
      .options(20)
      .get(1)!;
    expect(new TextDecoder().decode(short)).toBe('aé€😀\ufffd');
    const long = '€'.repeat(30_000);
    const cut = readBlocks(pcapngPacket({ ...record, comment: long }, 6))[0]!
      .options(20)
      .get(1)!;
    expect(cut.byteLength).toBe(65_535);
    expect(new TextDecoder('utf-8', { fatal: true }).decode(cut)).toBe('€'.repeat(21_845));
  });
});
