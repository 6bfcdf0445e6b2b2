import fc from 'fast-check';
import {
  appendToSend,
  copySent,
  releaseSent,
  sendBufferOctets,
  viewSent,
} from '../src/tcp/send/send-buffer.ts';
import { createSendBuffer } from '../src/tcp/state/send.ts';

const octetAt = (offset: number) => (offset * 31 + 7) & 0xff;

function octets(from: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => octetAt(from + index));
}

describe('the send buffer', () => {
  it('returns the written octets from any offset, while acknowledged ones are released', () => {
    const steps = fc.array(
      fc.record({
        write: fc.integer({ min: 0, max: 300 }),
        release: fc.integer({ min: 0, max: 200 }),
        from: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const buffer = createSendBuffer();
        for (const step of all) {
          appendToSend(buffer, octets(buffer.endOffset, step.write), true);
          const release = Math.min(step.release, sendBufferOctets(buffer));
          releaseSent(buffer, buffer.startOffset + release);
          const held = sendBufferOctets(buffer);
          const from = buffer.startOffset + Math.floor(step.from * held);
          const length = Math.floor(step.length * (buffer.endOffset - from));
          const into = new Uint8Array(length + 3);
          if (length > 0) copySent(buffer, from, length, into, 3);
          expect(into.subarray(3)).toEqual(octets(from, length));
          const { parts } = viewSent(buffer, from, length);
          expect(Buffer.concat(parts)).toEqual(Buffer.from(octets(from, length)));
        }
      }),
    );
  });

  it('gives PSH only for octets in which a write ends (RFC 9293 3.9.1.2)', () => {
    const buffer = createSendBuffer();
    appendToSend(buffer, octets(0, 10), true);
    appendToSend(buffer, octets(10, 10), false);
    appendToSend(buffer, octets(20, 10), true);
    const into = new Uint8Array(30);
    expect(copySent(buffer, 0, 9, into, 0)).toBe(false);
    expect(copySent(buffer, 0, 10, into, 0)).toBe(true);
    expect(copySent(buffer, 10, 10, into, 0)).toBe(false);
    expect(copySent(buffer, 10, 19, into, 0)).toBe(false);
    expect(copySent(buffer, 10, 20, into, 0)).toBe(true);
  });
});
