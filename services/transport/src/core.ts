import { randomBytes } from 'node:crypto';
import { shardOfFlow } from '@strata/contract';
import { type Config, createRandom, interfacesOf, stackOf, sysctlFor } from '@strata/runtime';
import { type LocalAddress, TransportCore, type TransportSysctl } from '@strata/transport';

/** Octets of data in one segment PDU: a whole super-segment where nothing is encoded, what suits NATS otherwise. */
const MEMORY_PDU_OCTETS = 65000;
const NATS_PDU_OCTETS = 16384;

/** The transport core of a stack of the config. */
export function createCore(config: Config, stack: string, lossless: boolean): TransportCore {
  const sysctl = sysctlFor('transport', stackOf(config, stack).sysctl);
  return new TransportCore(
    {
      addresses: addressesOf(config, stack),
      sysctl: sysctl as Partial<TransportSysctl>,
      secret: randomBytes(16),
      maxPduOctets: lossless ? MEMORY_PDU_OCTETS : NATS_PDU_OCTETS,
      shardOf: shardOfFlow,
    },
    createRandom(),
  );
}

/** The stack's own addresses, in the order of its interfaces. */
function addressesOf(config: Config, stack: string): LocalAddress[] {
  return interfacesOf(config, stack).flatMap(({ mtu, config: { addresses } }) =>
    addresses.map(({ address, prefixLength }) => ({ address, prefixLength, mtuOctets: mtu })),
  );
}
