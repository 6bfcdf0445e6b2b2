/** `netstat -s`: counters of the MIBs, in words for those of the oldest groups. */

type Rows = readonly (readonly [counter: string, words: string])[];

// The counters that net-tools names in words; `%` stands for the value.
const GROUPS: readonly (readonly [title: string, prefix: string, rows: Rows])[] = [
  [
    'Ip',
    'Ip',
    [
      ['InReceives', '% total packets received'],
      ['InHdrErrors', '% with invalid headers'],
      ['InAddrErrors', '% with invalid addresses'],
      ['ForwDatagrams', '% forwarded'],
      ['InUnknownProtos', '% with unknown protocol'],
      ['InDiscards', '% incoming packets discarded'],
      ['InDelivers', '% incoming packets delivered'],
      ['OutRequests', '% requests sent out'],
      ['OutDiscards', '% outgoing packets dropped'],
      ['OutNoRoutes', '% dropped because of missing route'],
      ['ReasmTimeout', '% fragments dropped after timeout'],
      ['ReasmReqds', '% reassemblies required'],
      ['ReasmOKs', '% packets reassembled ok'],
      ['ReasmFails', '% packet reassemblies failed'],
      ['FragOKs', '% fragments received ok'],
      ['FragFails', '% fragments failed'],
      ['FragCreates', '% fragments created'],
    ],
  ],
  [
    'Icmp',
    'Icmp',
    [
      ['InMsgs', '% ICMP messages received'],
      ['InErrors', '% input ICMP message failed'],
      ['OutMsgs', '% ICMP messages sent'],
      ['OutErrors', '% ICMP messages failed'],
    ],
  ],
  [
    'Tcp',
    'Tcp',
    [
      ['ActiveOpens', '% active connection openings'],
      ['PassiveOpens', '% passive connection openings'],
      ['AttemptFails', '% failed connection attempts'],
      ['EstabResets', '% connection resets received'],
      ['CurrEstab', '% connections established'],
      ['InSegs', '% segments received'],
      ['OutSegs', '% segments sent out'],
      ['RetransSegs', '% segments retransmitted'],
      ['InErrs', '% bad segments received'],
      ['OutRsts', '% resets sent'],
    ],
  ],
  [
    'Udp',
    'Udp',
    [
      ['InDatagrams', '% packets received'],
      ['NoPorts', '% packets to unknown port received'],
      ['InErrors', '% packet receive errors'],
      ['OutDatagrams', '% packets sent'],
      ['RcvbufErrors', '% receive buffer errors'],
      ['SndbufErrors', '% send buffer errors'],
    ],
  ],
  ['TcpExt', 'TcpExt', []],
  ['IpExt', 'IpExt', []],
];

/** Shown although they are 0, as net-tools does. */
const ALWAYS =
  /^(?:Ip(?:InReceives|ForwDatagrams|InDiscards|InDelivers|OutRequests)|Icmp(?:In|Out)(?:Msgs|Errors)|Tcp[A-Z]|Udp[A-Z])/;

/**
 * The groups that -t, -u choose (both or none: all). A counter without words of its own has a line
 * with its name, unless it is 0.
 */
export function formatStatistics(
  counters: ReadonlyMap<string, number>,
  { tcp, udp }: { readonly tcp: boolean; readonly udp: boolean },
): string {
  const isAll = tcp === udp;
  const lines: string[] = [];
  for (const [title, prefix, rows] of GROUPS) {
    const isChosen = (tcp && title.startsWith('Tcp')) || (udp && title === 'Udp');
    if (!isAll && !isChosen) continue;
    lines.push(`${title}:`);
    const worded = new Set(rows.map(([counter]) => `${prefix}${counter}`));
    for (const [counter, words] of rows) {
      const name = `${prefix}${counter}`;
      const value = counters.get(name) ?? 0;
      if (value > 0 || ALWAYS.test(name)) lines.push(`    ${words.replace('%', String(value))}`);
    }
    for (const [name, value] of counters) {
      if (value === 0 || worded.has(name) || groupOf(name) !== title) continue;
      lines.push(`    ${name.slice(prefix.length)}: ${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The longest title that the name begins with. */
function groupOf(name: string): string | undefined {
  return ['TcpExt', 'IpExt', 'Icmp', 'Tcp', 'Udp', 'Ip'].find(
    (title) => name.startsWith(title) && /^[A-Z]/.test(name.slice(title.length)),
  );
}
