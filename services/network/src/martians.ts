import type { NetworkCore } from '@strata/network';
import type { Logger } from '@strata/runtime';
import { formatIpv4, formatMac } from '@strata/wire';

/** Writes the packets with impossible addresses to the log (`log_martians`), as Linux words it. */
export function logMartians(core: NetworkCore, log: Logger): void {
  for (let it = core.pollMartian(); it !== undefined; it = core.pollMartian()) {
    const { destination, interfaceIndex, reason, source, sourceMac } = it;
    const by = core.addresses().find(({ index }) => index === interfaceIndex);
    const what = reason === 'IP_INVALID_DEST' ? 'destination' : 'source';
    const one = what === 'source' ? source : destination;
    const other = what === 'source' ? destination : source;
    const way = what === 'source' ? 'to' : 'from';
    log.warn(
      { reason, sourceMac: formatMac(sourceMac) },
      `martian ${what} ${formatIpv4(one)} ${way} ${formatIpv4(other)}, on dev ${by?.name ?? interfaceIndex}`,
    );
  }
}
