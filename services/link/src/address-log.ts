import type { LinkCore, LinkEvent } from '@strata/link';
import type { Logger, Output } from '@strata/runtime';
import { formatIpv4, formatMac } from '@strata/wire';

/** Tells people of addresses that another station has too, and of those that are now in use. */
export function toLog(core: LinkCore, nameOf: (index: number) => string, log: Logger): Output {
  return () => {
    for (let event = core.pollEvent(); event; event = core.pollEvent()) {
      tell(event, nameOf(event.interfaceIndex), log);
    }
  };
}

function tell({ kind, address, rival }: LinkEvent, name: string, log: Logger): void {
  const fields = {
    interface: name,
    address: formatIpv4(address),
    ...(rival === undefined ? {} : { rival: formatMac(rival) }),
  };
  switch (kind) {
    case 'conflict':
      log.warn(fields, 'another station uses an address of ours; we keep it (see arp_defend)');
      return;
    case 'duplicate':
      log.error(fields, 'another station has an address of ours; we do not use it');
      return;
    case 'preferred':
      log.info(fields, 'no other station has the address; it is in use');
  }
}
