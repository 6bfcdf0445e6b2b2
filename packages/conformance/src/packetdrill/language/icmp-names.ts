/** Scripts' names of ICMP types and codes (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1). */

interface IcmpType {
  readonly type: number;
  readonly codes: Readonly<Record<string, number>>;
}

const TYPES: Readonly<Record<string, IcmpType>> = {
  echo_reply: { type: 0, codes: {} },
  unreachable: {
    type: 3,
    codes: {
      net_unreachable: 0,
      host_unreachable: 1,
      protocol_unreachable: 2,
      port_unreachable: 3,
      frag_needed: 4,
      source_route_failed: 5,
      net_unknown: 6,
      host_unknown: 7,
      source_host_isolated: 8,
      net_prohibited: 9,
      host_prohibited: 10,
      net_unreachable_for_tos: 11,
      host_unreachable_for_tos: 12,
      packet_filtered: 13,
      precedence_violation: 14,
      precedence_cutoff: 15,
    },
  },
  source_quench: { type: 4, codes: {} },
  redirect: { type: 5, codes: {} },
  echo_request: { type: 8, codes: {} },
  time_exceeded: { type: 11, codes: { exc_ttl: 0, exc_fragtime: 1 } },
  parameter_problem: { type: 12, codes: {} },
};

/** The type and code of these names. Undefined if they are unknown. */
export function icmpTypeAndCode(
  typeName: string,
  codeName: string | undefined,
): { type: number; code: number } | undefined {
  const found = TYPES[typeName];
  if (found === undefined) return undefined;
  if (codeName === undefined) return { type: found.type, code: 0 };
  const code = found.codes[codeName];
  return code === undefined ? undefined : { type: found.type, code };
}

/** The names of a type and code, or the numbers. */
export function icmpText(type: number, code: number): string {
  for (const [name, entry] of Object.entries(TYPES)) {
    if (entry.type !== type) continue;
    const codeName = Object.entries(entry.codes).find(([, number]) => number === code)?.[0];
    return `icmp ${name} ${codeName ?? (code === 0 ? '' : `code ${code}`)}`.trimEnd();
  }
  return `icmp type ${type} code ${code}`;
}
