import { Transform } from 'node:stream';

const CR = 0x0d;
const LF = 0x0a;

/** Puts a CR before each LF that has none. */
export function crlfTransform(): Transform {
  let last = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const out: number[] = [];
      for (const octet of chunk) {
        if (octet === LF && last !== CR) out.push(CR);
        out.push(octet);
        last = octet;
      }
      done(null, Buffer.from(out));
    },
  });
}
