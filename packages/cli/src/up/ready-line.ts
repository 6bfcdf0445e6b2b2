import type { Config } from '@strata/runtime';
import { formatIpv4 } from '@strata/wire';
import type { Composition } from './composition.ts';

/** One line with the addresses that answer. */
export function readyLine(config: Config, { forwards, taps, udps, console }: Composition): string {
  const parts = config.forwards.map(({ listen, to }, index) => {
    const port = forwards[index]?.port ?? listen.port;
    return `http://${listen.host}:${port}/ (${formatIpv4(to.address)}:${to.port})`;
  });
  for (const { wire, name, netns } of taps.taps) {
    const where = netns === undefined ? '' : ` in namespace ${netns}`;
    parts.push(`${addressesOn(config, wire).join(' ')} from the host by ${name}${where}`);
  }
  for (const { wire, host, port } of udps.sockets) {
    const { peer } = config.wires[wire]!.udp!;
    parts.push(`${wire} by UDP ${host}:${port} to ${peer.host}:${peer.port}`);
  }
  parts.push(`console ${console.url}/`);
  return parts.join(', ');
}

/** The stacks' addresses on a wire. */
function addressesOn(config: Config, wire: string): string[] {
  return Object.values(config.stacks).flatMap(({ interfaces }) =>
    interfaces
      .filter((entry) => entry.wire === wire)
      .flatMap(({ addresses }) => addresses.map(({ address }) => formatIpv4(address))),
  );
}
