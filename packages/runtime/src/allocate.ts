import { type Allocate, createAllocate } from '@strata/wire';

/**
 * An allocator for a core. The memory is not filled with zeros, because the core writes all of it.
 */
export function createCoreAllocate(): Allocate {
  return createAllocate((octets) => Buffer.allocUnsafeSlow(octets).buffer);
}
