import { mainRoutes, type ShownRoute } from '../ip/show-routes.ts';
import type { AskedStack } from '../ip/stack.ts';

/** A row of the routing table as net-tools shows it. */
export interface RouteRow {
  readonly destination: string;
  readonly gateway: string;
  readonly genmask: string;
  readonly flags: string;
  readonly metric: number;
  readonly iface: string;
}

/** The table main. A route that refuses has neither gateway nor interface. */
export async function routeRows(stack: AskedStack, numeric: boolean): Promise<RouteRow[]> {
  const routes = mainRoutes(await stack.routes(), await stack.interfaces());
  return routes.map((route) => toRow(route, numeric));
}

function toRow(route: ShownRoute, numeric: boolean): RouteRow {
  const { type, to, via, device, metric, prefixLength } = route;
  const isRejected = type === 'unreachable' || type === 'prohibit';
  const address = to === 'default' ? '0.0.0.0' : to.split('/')[0]!;
  const flags = `U${via === undefined ? '' : 'G'}${prefixLength === 32 ? 'H' : ''}`;
  return {
    destination: to === 'default' && !numeric ? 'default' : address,
    gateway: isRejected ? '-' : (via ?? '0.0.0.0'),
    genmask: maskOf(prefixLength),
    flags: isRejected ? '!' : flags,
    metric,
    iface: isRejected ? '-' : (device ?? '*'),
  };
}

export function maskOf(prefixLength: number): string {
  const bits = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

const TITLE = 'Kernel IP routing table';

/** `route`. */
export function formatRoute(rows: readonly RouteRow[]): string {
  const head = 'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface';
  const lines = rows.map((row) => {
    const references = row.flags === '!' ? '-' : '0';
    const counts = `${String(row.metric).padEnd(6)} ${references.padEnd(2)} ${'0'.padStart(7)}`;
    return `${columns(row)} ${counts} ${row.iface}`;
  });
  return `${[TITLE, head, ...lines].join('\n')}\n`;
}

/** `netstat -r`. */
export function formatNetstatRoute(rows: readonly RouteRow[]): string {
  const head = 'Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface';
  const lines = rows.map((row) => {
    const sign = row.flags === '!' ? '-' : '0';
    return `${columns(row)} ${sign.padStart(5)} ${sign.padEnd(6)} ${sign.padStart(5)} ${row.iface}`;
  });
  return `${[TITLE, head, ...lines].join('\n')}\n`;
}

function columns({ destination, gateway, genmask, flags }: RouteRow): string {
  return `${destination.padEnd(15)} ${gateway.padEnd(15)} ${genmask.padEnd(15)} ${flags.padEnd(5)}`;
}
