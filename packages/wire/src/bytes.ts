/** The 16-bit number in network order at `offset`. The caller has checked the length. */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

/** The 32-bit unsigned number in network order at `offset`. The caller has checked the length. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset]! << 24) |
      (bytes[offset + 1]! << 16) |
      (bytes[offset + 2]! << 8) |
      bytes[offset + 3]!) >>>
    0
  );
}

/** The 48-bit unsigned number in network order at `offset`. The caller has checked the length. */
export function readUint48(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset) * 0x100000000 + readUint32(bytes, offset + 2);
}

/** Writes the low 16 bits of `value` in network order at `offset`. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Writes the low 32 bits of `value` in network order at `offset`. */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** Writes the low 48 bits of `value` in network order at `offset`. */
export function writeUint48(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, Math.floor(value / 0x100000000));
  writeUint32(bytes, offset + 2, value % 0x100000000);
}
