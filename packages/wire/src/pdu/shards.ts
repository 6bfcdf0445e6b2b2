/**
 * Shards of a stack: flows are spread over them, and each has one owner. A socket's id carries its
 * shard in its low six bits.
 */
export const SHARDS = 64;
