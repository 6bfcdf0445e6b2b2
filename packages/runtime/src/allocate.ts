import { type Allocate, createAllocate } from '@strata/wire';

/**
 * An allocator for a core: its memory is not filled with zeros first, since who allocates writes
 * all of it.
 */
export function createCoreAllocate(): Allocate {
  return createAllocate((octets) => Buffer.allocUnsafeSlow(octets).buffer);
}
