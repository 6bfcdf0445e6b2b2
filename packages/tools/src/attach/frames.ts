/**
 * The messages between a command and the console that runs its tool. A frame has an octet of type,
 * four octets of length (most significant first) and its payload.
 */

/** Types of frames, by the octet that stands for them. */
const TYPES = [
  // From the command.
  'options',
  'stdin',
  'stdin-end',
  'cancel',
  // From the console.
  'stdout',
  'event',
  'credit',
  'exit',
  'error',
] as const;

export type FrameType = (typeof TYPES)[number];

export interface Frame {
  readonly type: FrameType;
  readonly payload: Buffer;
}

/** The upgrade's name in HTTP (RFC 9110 7.8). */
export const UPGRADE = 'strata-tool';

/** Largest payload, octets. */
export const MAX_PAYLOAD_OCTETS = 65_536;

/** Octets of standard input that the command may send before the console grants more. */
export const STDIN_WINDOW_OCTETS = 262_144;

const HEADER_OCTETS = 5;
const EMPTY = Buffer.alloc(0);

/** The header of a frame. The payload follows it. */
export function frameHeader(type: FrameType, octets: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_OCTETS);
  header[0] = TYPES.indexOf(type);
  header.writeUInt32BE(octets, 1);
  return header;
}

/** A whole frame. Throws RangeError if the payload is too long. */
export function frameOf(type: FrameType, payload: Uint8Array = EMPTY): Buffer {
  if (payload.byteLength > MAX_PAYLOAD_OCTETS) {
    throw new RangeError(
      `${type}: ${payload.byteLength} octets; a frame has ${MAX_PAYLOAD_OCTETS} at most`,
    );
  }
  return Buffer.concat([frameHeader(type, payload.byteLength), payload]);
}

/** A frame with a JSON value. */
export function jsonFrame(type: FrameType, value: unknown): Buffer {
  return frameOf(type, Buffer.from(JSON.stringify(value)));
}

/** Cuts a stream of octets into frames. */
export class FrameReader {
  #waiting: Buffer = EMPTY;

  /**
   * The frames that `data` completes. A payload may be a view of `data`. Throws RangeError for an
   * unknown type or too long a payload.
   */
  push(data: Buffer): Frame[] {
    const bytes = this.#waiting.byteLength === 0 ? data : Buffer.concat([this.#waiting, data]);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.byteLength - at >= HEADER_OCTETS) {
      const type = TYPES[bytes[at]!];
      const octets = bytes.readUInt32BE(at + 1);
      if (type === undefined) throw new RangeError(`there is no frame type ${bytes[at]}`);
      if (octets > MAX_PAYLOAD_OCTETS) throw new RangeError(`a frame of ${octets} octets`);
      const end = at + HEADER_OCTETS + octets;
      if (end > bytes.byteLength) break;
      frames.push({ type, payload: bytes.subarray(at + HEADER_OCTETS, end) });
      at = end;
    }
    this.#waiting = bytes.subarray(at);
    return frames;
  }
}
