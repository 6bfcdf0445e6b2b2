import fc from 'fast-check';
import { compileFilter, FilterError } from '../src/index.ts';
import { captured, FRAMES, packet, tcp } from './frames.ts';

/** The names of the matching frames. */
function matches(expression: string): string {
  const filter = compileFilter(expression);
  const names = Object.keys(FRAMES).filter((name) => filter(captured(FRAMES[name]!)));
  return names.join(' ');
}

const ALL = Object.keys(FRAMES).join(' ');
const except = (...names: string[]) =>
  Object.keys(FRAMES)
    .filter((name) => !names.includes(name))
    .join(' ');

// biome-ignore format: a table reads best with one row a line
describe('A filter', () => {
  it.each([
    ['', ALL],
    ['tcp', 'syn data rst options tcp6 fragment6'],
    ['udp', 'dns multicast first later'],
    ['icmp', 'ping pong'],
    ['arp', 'request reply'],
    ['ip6', 'tcp6 fragment6'],
    ['ip and not udp and not tcp', 'ping pong'],
    ['ip proto \\icmp', 'ping pong'],
    ['ip proto 17', 'dns multicast first later'],
    ['proto 6', 'syn data rst options tcp6 fragment6'],
    ['ip6 proto 6', 'tcp6 fragment6'],
    ['ether proto 0x88cc', 'lldp'],
    ['ether proto \\arp', 'request reply'],
  ])('by protocol: %s', (expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });

  it.each([
    ['host 198.51.100.9', 'rst dns'],
    ['src host 198.51.100.9', 'rst'],
    ['dst 198.51.100.9', 'dns'],
    ['src or dst host 198.51.100.9', 'rst dns'],
    ['src and dst host 192.0.2.1', ''],
    ['src 192.0.2.2', 'data pong'],
    ['ip host 192.0.2.1 and host 192.0.2.2 and tcp', 'syn data options'],
    ['arp host 192.0.2.2', 'request reply'],
    ['net 198.51.100', 'rst dns'],
    ['net 198.51.100.0/24', 'rst dns'],
    ['dst net 192.0.2.0 mask 255.255.255.254 and tcp', 'data'],
    ['net 224', 'multicast'],
    ['ether dst ff:ff:ff:ff:ff:ff', 'request'],
    ['ether src 02:00:00:00:00:02', ''],
    ['ether host 02-00-00-00-00-02 and arp', 'reply'],
    ['broadcast', 'request'],
    ['multicast', 'multicast request'],
    ['ip multicast', 'multicast'],
  ])('by address: %s', (expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });

  it.each([
    ['port 80', 'syn data options tcp6'],
    ['tcp src port 80', 'data'],
    ['tcp dst port http', 'syn options tcp6'],
    ['port domain', 'dns'],
    ['udp port 9', 'first'],
    ['port 53 or 443', 'rst dns'],
    ['tcp port (443 or 22)', 'rst options'],
    ['portrange 20-60', 'options dns'],
    ['src portrange 0-79', 'options multicast first'],
  ])('by port: %s', (expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });

  it.each([
    ['tcp[13] & 2 != 0', 'syn'],
    ['tcp[tcpflags] & (tcp-syn|tcp-rst) != 0', 'syn rst'],
    ['tcp[tcpflags] == tcp-push|tcp-ack', 'data'],
    ['icmp[icmptype] == icmp-echo', 'ping'],
    ['icmp[icmptype] != icmp-echo', 'pong'],
    ['ip[8] < 2', 'multicast'],
    ['ip[6:2] & 0x1fff != 0', 'later'],
    ['ip[0] & 0xf > 5', 'options'],
    ['tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)', 'data'],
    ['arp[6:2] == 2', 'reply'],
    ['ether[0] & 1 = 1', 'multicast request'],
    ['udp[4:2] * 2 >= 2 * 28', 'dns first'],
    ['len - 14 > 100', 'data'],
    ['less 42', except('syn', 'data', 'rst', 'options', 'dns', 'first', 'tcp6', 'fragment6', 'lldp')],
    ['greater 100', 'data'],
    ['len % 2 = 1', ''],
    ['ip[8] / 0 = 0', ''],
  ])('by number: %s', (expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });

  it.each([
    ['and and or bind alike, from left to right', 'arp or tcp and port 443', 'rst'],
    ['a name takes over the qualifiers before it', 'src host 198.51.100.9 or 192.0.2.2', 'data rst pong'],
    ['not binds closest', 'not tcp and not udp and not arp', 'ping pong lldp'],
    ['signs stand for words', '!tcp && !udp && (arp || icmp)', 'ping pong request reply'],
    ['case does not matter', 'TCP And Port 443', 'rst'],
    ['a packet without the header that a comparison reads does not match', 'not tcp[13] & 2 != 0', except('syn')],
  ])('%s', (_, expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });

  it('is false as a whole if it reads beyond the captured octets', () => {
    const short = { bytes: FRAMES['syn']!.subarray(0, 30), lengthOctets: 54 };
    for (const expression of ['port 80', 'not port 80', 'tcp[13] = 2', 'not tcp[13] = 2']) {
      expect(compileFilter(expression)(short)).toBe(false);
    }
    expect(compileFilter('tcp and greater 54')(short)).toBe(true);
  });

  it('compares the direction if the capture has one', () => {
    const frame = captured(FRAMES['syn']!);
    const counts = (['in', 'out', undefined] as const).map((direction) =>
      ['inbound', 'outbound'].map((word) => compileFilter(word)({ ...frame, direction })),
    );
    expect(counts).toEqual([[true, false], [false, true], [false, false]]);
  });

  it('reads packets without a frame around them', () => {
    const bytes = Uint8Array.from(
      Buffer.from(packet({ source: '192.0.2.1', destination: '192.0.2.2', protocol: 6, payload: tcp(1, 80, 2) }), 'hex'),
    );
    for (const [expression, expected] of [['tcp port 80', true], ['host 192.0.2.2', true], ['udp', false], ['arp', false]] as const) {
      expect(compileFilter(expression, 'raw')(captured(bytes))).toBe(expected);
    }
    expect(() => compileFilter('ether host 02:00:00:00:00:01', 'raw')).toThrow('needs frames');
  });
});

// biome-ignore format: a table reads best with one row a line
describe('An expression that is wrong', () => {
  it.each([
    ['tcp prot 80', 4, 'prot is not an IPv4 address such as 192.0.2.1'],
    ['port', 4, 'expected an address, port or protocol, not the end'],
    ['port 70000', 5, '70000 is not a port: expected a number up to 65535, or http'],
    ['tcp udp', 4, 'udp is not an IPv4 address'],
    ['port 80 port', 8, 'expected and, or or the end, not "port"'],
    ['port nonsense', 5, 'nonsense is not a port'],
    ['udp port http', 9, 'http is a port of tcp, not udp'],
    ['host example.org', 5, 'example.org is not an IPv4 address such as 192.0.2.1 (names are not looked up)'],
    ['net 192.0.2.1/24', 4, '192.0.2.1 has bits set beyond its mask'],
    ['net 192.0.2.0/33', 14, '33 is not a number from 0 to 32'],
    ['icmp port 80', 0, 'icmp has no ports'],
    ['tcp host 192.0.2.1', 0, 'tcp has no addresses'],
    ['ether host 192.0.2.1', 11, '192.0.2.1 is not a MAC address'],
    ['(tcp', 4, 'expected ), not the end'],
    ['tcp and', 7, 'expected an address, port or protocol, not the end'],
    ['tcp[13', 6, 'expected ], not the end'],
    ['tcp[0:3] = 1', 6, 'expected a size of 1, 2 or 4 octets, not "3"'],
    ['host[0] = 1', 0, 'the octets of host cannot be read'],
    ['tcp[13] >', 9, 'expected a number, not the end'],
    ['vlan 5', 0, 'vlan is not supported: Strata has no VLANs'],
    ['ip broadcast', 3, 'ip broadcast is not supported'],
    ['ip proto 256', 9, '256 is not a protocol: expected 0 to 255'],
    ['tcp ; udp', 4, 'unexpected character ";"'],
  ])('is refused: %s', (expression, position, message) => {
    const caught = (() => {
      try {
        compileFilter(expression);
      } catch (error) {
        return error as FilterError;
      }
      return undefined;
    })();
    expect(caught).toBeInstanceOf(FilterError);
    expect(caught!.message).toContain(message);
    expect(caught!.message).toContain(`  ${expression}\n  ${' '.repeat(position)}^`);
    expect(caught!.position).toBe(position);
  });

  it('throws only FilterError, for any text', () => {
    const word = fc.constantFrom('tcp', 'port', '80', 'host', '192.0.2.1', 'and', 'or', 'not', '(', ')', '[', ']', ':', '13', '&', '!=', 'len', '-', 'src', 'net', '10', '/', '8', 'mask', 'ether', 'proto', '\\ip', '20-25', 'broadcast', 'less');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        try {
          const filter = compileFilter(words.join(' '));
          for (const bytes of Object.values(FRAMES)) filter(captured(bytes.subarray(0, 40)));
        } catch (error) {
          if (!(error instanceof FilterError)) throw error;
        }
      }),
      { seed: 20261126, numRuns: 5000 },
    );
  });
});
