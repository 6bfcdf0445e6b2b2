import { type IcmpMessage, type IpAddress, Ipv4Packet, isParseError, knobsOf } from '@strata/wire';
import type { InterfaceConfig } from '../config.ts';
import type { NetworkContext } from '../context.ts';
import { shareSubnet } from '../interfaces.ts';
import { done, drop } from '../outcomes.ts';
import { takeProbeError } from '../probe/take-probe-error.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { findPath } from '../routing/paths.ts';
import { MIN_QUOTED_PAYLOAD_OCTETS } from './take-error.ts';

/**
 * RFC 1122 3.2.2.2: a redirect is followed only if the gateway in use sent it and if it names a
 * gateway on the same link. (Linux also follows it to another subnet's gateway if `shared_media`
 * is 1.)
 */
export function takeRedirect(
  context: NetworkContext,
  packet: Ipv4Packet,
  message: IcmpMessage,
  interfaceIndex: number,
  nowMs: number,
): NetworkOutcome {
  const { exceptions, interfaces, conf } = context;
  const quoted = Ipv4Packet.parseQuoted(message.payload);
  const isOurs =
    !isParseError(quoted) &&
    quoted.payload.byteLength >= MIN_QUOTED_PAYLOAD_OCTETS &&
    interfaces.isOwn(quoted.source);
  if (isOurs && knobsOf(conf, interfaceIndex).accept_redirects !== 0) {
    const { source, destination } = quoted;
    const { code, gateway, type } = message;
    takeProbeError(context, quoted, { type, code, gateway }, packet, nowMs);
    const path = findPath(context, source, destination, 0, nowMs);
    if (
      typeof path !== 'string' &&
      path.cast === 'unicast' &&
      path.interface.index === interfaceIndex &&
      path.nextHop === packet.source &&
      path.nextHop !== destination &&
      interfaces.isNeighbour(gateway, path.interface) &&
      mayLeadTo(context, gateway, packet.source, path.interface)
    ) {
      exceptions.redirect(destination, gateway, nowMs);
      return done(context, 'delivered', 'strata/REDIRECT_FOLLOWED');
    }
  }
  return drop(context, 'strata/REDIRECT_IGNORED');
}

/**
 * With `shared_media` 0 the new gateway must be in the old one's subnet, and with
 * `secure_redirects` 1 also the gateway of a default route.
 */
function mayLeadTo(
  { conf, routes }: NetworkContext,
  gateway: IpAddress,
  from: IpAddress,
  by: InterfaceConfig,
): boolean {
  const { secure_redirects, shared_media } = knobsOf(conf, by.index);
  if (shared_media !== 0) return true;
  if (!shareSubnet(by, gateway, from)) return false;
  return secure_redirects === 0 || routes.hasDefaultGateway(gateway, by.index);
}
