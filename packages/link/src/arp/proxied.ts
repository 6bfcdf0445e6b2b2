import type { Arp } from '@strata/wire';
import type { LinkContext } from '../context.ts';
import type { LinkInterface } from '../interface/interface.ts';
import { routeTo } from '../interface/link-routes.ts';

/**
 * Whether link answers for an address of another station: the interface forwards, and packets to
 * the address leave through another interface (`proxy_arp`, or a proxy address that a person has
 * set), or through the same one (`proxy_arp_pvlan`, RFC 3069).
 */
export function isProxied(
  { routes }: LinkContext,
  link: LinkInterface,
  { senderAddress, targetAddress }: Arp,
): boolean {
  if (routes === undefined || !routes.forwarding.includes(link.index)) return false;
  const route = routeTo(routes, targetAddress);
  if (route === undefined || !route.isUnicast) return false;
  if (route.interfaces.includes(link.index)) {
    return link.conf.proxy_arp_pvlan !== 0 && senderAddress !== targetAddress;
  }
  return link.conf.proxy_arp !== 0 || link.proxies.has(targetAddress);
}
