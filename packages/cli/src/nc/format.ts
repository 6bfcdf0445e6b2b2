import { PORTS } from '@strata/filter/names';
import { type NcEvent, systemMessage } from '@strata/tools';

/** A line of nc -v. Undefined: nc says nothing of it. */
export function formatNcEvent(event: NcEvent, numeric: boolean): string | undefined {
  switch (event.kind) {
    case 'listening':
      return `${event.udp ? 'Bound' : 'Listening'} on ${event.host} ${event.port}`;
    case 'received':
      return `Connection received on ${event.host} ${event.port}`;
    case 'connected': {
      const protocol = event.udp ? 'udp' : 'tcp';
      const name = numeric ? undefined : portName(event.port, protocol);
      return `Connection to ${event.host} ${event.port} port [${protocol}/${name ?? '*'}] succeeded!`;
    }
    case 'failed': {
      const protocol = event.udp ? 'udp' : 'tcp';
      const how = event.code === 'EINPROGRESS' ? 'timed out' : 'failed';
      const where = `connect to ${event.host} port ${event.port} (${protocol})`;
      return `nc: ${where} ${how}: ${systemMessage(event.code)}`;
    }
  }
}

function portName(port: number, protocol: 'tcp' | 'udp'): string | undefined {
  for (const [name, known] of PORTS) {
    if (known.port === port && known.protocols.includes(protocol)) return name;
  }
  return undefined;
}

/** The ports of `7`, `http` or `1-1024`. Undefined: it is none of these. */
export function parsePorts(text: string): [number, number] | undefined {
  const named = PORTS.get(text);
  if (named !== undefined) return [named.port, named.port];
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const range: [number, number] = [Number(first), Number(last)];
  const isValid = range.every((port) => port >= 0 && port <= 65_535);
  return isValid ? [Math.min(...range), Math.max(...range)] : undefined;
}
