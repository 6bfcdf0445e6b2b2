/** Turns the routes of a lab's hosts and routers, which may name neighbours, into the config's. */
import { formatIpv4, parseIpv4 } from '@strata/wire';
import { destinationField } from '../config/fields.ts';
import type { Path } from '../config/problems/faults.ts';
import { hint } from '../config/problems/similar-names.ts';
import type { AddressedWire } from './addressing.ts';
import { type LabCheck, type NodeEntry, nodesOf } from './context.ts';
import type { LabRoute } from './schema.ts';

/** A route as a config file has it, and its place in the lab file. */
export interface PlacedRoute {
  readonly path: Path;
  readonly route: Readonly<Record<string, unknown>>;
}

/** The routes of a host or router. A route that cannot be resolved is refused and left out. */
export function routesOf(
  check: LabCheck,
  { name, node, path }: NodeEntry,
  wires: readonly AddressedWire[],
): PlacedRoute[] {
  const places: { readonly path: Path; readonly route: LabRoute }[] = [];
  if (node.gateway !== undefined) {
    const route = { to: 'default', via: node.gateway, metric: 0, type: 'unicast' } as const;
    places.push({ path: [...path, 'gateway'], route });
  }
  node.routes.forEach((route, index) => {
    places.push({ path: [...path, 'routes', index], route });
  });
  return places.flatMap((place) => {
    const isGateway = place.path.at(-1) === 'gateway';
    const to = destinationOf(check, [...place.path, 'to'], place.route.to, wires);
    const via =
      place.route.via === undefined
        ? undefined
        : gatewayOf(
            check,
            isGateway ? place.path : [...place.path, 'via'],
            place.route.via,
            name,
            wires,
          );
    if (to === undefined || (place.route.via !== undefined && via === undefined)) return [];
    return [
      { path: place.path, route: { ...place.route, to, ...(via === undefined ? {} : { via }) } },
    ];
  });
}

function destinationOf(
  check: LabCheck,
  path: Path,
  to: string,
  wires: readonly AddressedWire[],
): string | undefined {
  const wire = wires.find(({ name }) => name === to);
  if (wire !== undefined) return `${formatIpv4(wire.network.address)}/${wire.network.prefixLength}`;
  if (destinationField.safeParse(to).success) return to;
  const names = wires.map(({ name }) => name);
  check.refuse(
    path,
    `'${to}' should be 'default', a network such as 198.51.100.0/24 with no bit set behind the prefix, or a switch or link of the lab: ${names.join(', ')}${hint(to, names)}`,
  );
  return undefined;
}

/** The gateway's address. A name is that of a neighbour: a station of a wire that both share. */
function gatewayOf(
  check: LabCheck,
  path: Path,
  via: string,
  node: string,
  wires: readonly AddressedWire[],
): string | undefined {
  if (parseIpv4(via) !== undefined) return via;
  const near = wires.filter(({ addresses }) => addresses.has(node));
  const shared = near.filter(({ addresses }) => addresses.has(via));
  const [first, second] = shared;
  if (via !== node && first !== undefined && second === undefined) {
    return formatIpv4(first.addresses.get(via)!.address);
  }
  if (via !== node && first !== undefined) {
    const choices = shared.map(
      ({ name, addresses }) => `${formatIpv4(addresses.get(via)!.address)} on ${name}`,
    );
    check.refuse(path, `${via} has several addresses: should be one of ${choices.join(', ')}`);
    return undefined;
  }
  const neighbours = [...new Set(near.flatMap(({ addresses }) => [...addresses.keys()]))].filter(
    (name) => name !== node,
  );
  const isNode = nodesOf(check.lab).some(({ name }) => name === via);
  if (isNode && near.some((wire) => check.isDoubtful([...wire.path, 'ends']))) return undefined;
  check.refuse(
    path,
    `'${via}' should be an address or the name of a neighbour: ${neighbours.join(', ')}${hint(via, neighbours)}`,
  );
  return undefined;
}
