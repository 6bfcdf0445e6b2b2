import { type Config, interfacesOf, type ResolvedInterface } from '@strata/runtime';
import { ApiError } from '@strata/service-console';
import { formatIpv4, type IpAddress } from '@strata/wire';
import type { FloodPath } from './syn.ts';

/**
 * The way from a node to a target on one of its wires. Throws ApiError if there is none, or if
 * somebody outside of the lab is on the wire.
 */
export function findFloodPath(
  config: Config,
  node: string,
  target: IpAddress,
  port: number,
): { readonly path: FloodPath; readonly wire: string } {
  for (const own of interfacesOf(config, node)) {
    const { wire } = own.config;
    const other = wire === undefined ? undefined : stationOn(config, wire, target);
    if (wire === undefined || other === undefined) continue;
    refuseOutside(config, wire);
    return { wire, path: { source: own.mac, destination: other.mac, target, port } };
  }
  throw new ApiError(
    400,
    `${formatIpv4(target)} is on no wire of ${node}: a flood goes to a neighbour only.`,
  );
}

function stationOn(
  config: Config,
  wire: string,
  address: IpAddress,
): ResolvedInterface | undefined {
  const all = Object.keys(config.stacks).flatMap((stack) => interfacesOf(config, stack));
  return all.find(
    (entry) =>
      entry.config.wire === wire && entry.config.addresses.some((own) => own.address === address),
  );
}

function refuseOutside({ wires }: Config, wire: string): void {
  const { tap, udp } = wires[wire]!;
  const other = tap === undefined ? (udp === undefined ? undefined : 'a udp') : 'a tap';
  if (other === undefined) return;
  throw new ApiError(400, `${wire} has ${other}: a flood stays inside of a lab.`);
}
