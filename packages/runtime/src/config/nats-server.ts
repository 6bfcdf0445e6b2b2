import { parsePort } from './parse-port.ts';

/**
 * Whether the text is the address of a NATS server: `127.0.0.1:4222`, with or without `nats://` or
 * `tls://`.
 */
export function isNatsServer(text: string): boolean {
  const port = /^(?:(?:nats|tls):\/\/)?[^\s/:]+(?::(\d{1,5}))?\/?$/.exec(text);
  return port !== null && (port[1] === undefined || parsePort(port[1], 1) !== undefined);
}
