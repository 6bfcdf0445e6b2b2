import { findOptions, joinOptions, RECORD_ROUTE, TIMESTAMP } from '../options/ipv4-options.ts';
import { type Recorder, record, recordOrOverflow } from '../options/record.ts';

/**
 * The options of an echo reply: record route and timestamp of the request, with this host's entry
 * (RFC 1122 3.2.2.6). If there is room the host is recorded twice, as Linux does: once where the
 * request arrived (ip_options_compile()), once where the reply leaves (ip_options_echo()). The
 * length is a multiple of four octets. Undefined: no options. `options`: the request's, well
 * formed. `sourceRoute`: that of the reply.
 */
export function echoOptions(
  options: Uint8Array,
  host: Recorder,
  sourceRoute?: Uint8Array,
): Uint8Array | undefined {
  const echoed: Uint8Array[] = findOptions(options, [RECORD_ROUTE, TIMESTAMP]).map((found) => {
    const option = found.slice();
    recordOrOverflow(option, host);
    record(option, host);
    return option;
  });
  if (sourceRoute !== undefined) echoed.push(sourceRoute);
  return joinOptions(echoed);
}
