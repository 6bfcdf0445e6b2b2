const POLYNOMIAL = 0xedb88320;
const SLICES = 8;

/**
 * Eight tables of 256 entries, one after the other. Table `n` holds the CRC of each octet followed
 * by `n` zero octets.
 */
const TABLE = buildTable();

function buildTable(): Uint32Array {
  const table = new Uint32Array(256 * SLICES);
  for (let octet = 0; octet < 256; octet += 1) {
    let crc = octet;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    table[octet] = crc;
  }
  for (let at = 256; at < table.length; at += 1) {
    const previous = table[at - 256]!;
    table[at] = (previous >>> 8) ^ table[previous & 255]!;
  }
  return table;
}

/**
 * The CRC-32 of IEEE 802.3 3.2.9 (zlib has the same), 0 to 2^32 - 1. `initial`: the CRC of the
 * preceding octets, to continue it. The algorithm is slicing-by-8: eight octets a step, about 1 ns
 * an octet.
 */
export function crc32(bytes: Uint8Array, initial = 0): number {
  const table = TABLE;
  let crc = ~initial;
  let at = 0;
  for (const end = bytes.byteLength - 7; at < end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      table[1792 + (crc & 255)]! ^
      table[1536 + ((crc >>> 8) & 255)]! ^
      table[1280 + ((crc >>> 16) & 255)]! ^
      table[1024 + (crc >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!;
  }
  for (; at < bytes.byteLength; at += 1) {
    crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 255]!;
  }
  return ~crc >>> 0;
}
