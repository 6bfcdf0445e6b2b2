/** Address translation in the config. */
import { readFileSync } from 'node:fs';
import { parseConfig } from '../src/config/index.ts';
import { ConfigError } from '../src/index.ts';

/** A router with two interfaces, 192.0.2.2 inside and 198.51.100.2 outside. */
const router = (nat: string, sysctl = 'net.ipv4.ip_forward: 1') => `
wires: { in: {}, out: {} }
forwards: []
stacks:
  router:
    interfaces:
      - { name: eth0, wire: in, addresses: [192.0.2.2/24] }
      - { name: eth1, wire: out, addresses: [198.51.100.2/24] }
    sysctl: { ${sysctl} }
    nat: ${nat}
`;

function problemsOf(yaml: string): string[] {
  try {
    parseConfig(yaml, 'test.yaml');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('the nat section of a stack', () => {
  it('is right in docs/router.md', () => {
    const page = readFileSync(new URL('../../../docs/router.md', import.meta.url), 'utf8');
    const [, yaml] = /^```yaml\n([\s\S]*?)^```$/m.exec(page)!;
    expect(problemsOf(yaml!)).toEqual([]);
  });

  it('takes rules for both ways, with defaults', () => {
    const text = `{ masquerade: [ { out: eth1, from: 192.0.2.0/24 } ], forwards: [ { in: eth1, port: 80, to: 192.0.2.9:8080 } ] }`;
    const { nat } = parseConfig(router(text), 'test.yaml').stacks['router']!;
    expect(nat).toMatchObject({
      masquerade: [{ out: 'eth1' }],
      forwards: [{ in: 'eth1', protocol: 'tcp', port: 80 }],
      ports: [61_000, 65_095],
      maxFlows: 65_536,
    });
  });

  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['an unknown interface', router('{ masquerade: [ { out: eth2 } ] }'), "stacks.router.nat.masquerade[0].out: there is no interface eth2; defined: eth0, eth1"],
    ['a source that is no address of the router', router('{ masquerade: [ { out: eth1, to: 198.51.100.9 } ] }'), 'stacks.router.nat.masquerade[0].to: 198.51.100.9 should be an address of this stack'],
    ['a port that is forwarded to the router itself', router('{ forwards: [ { in: eth1, port: 80, to: 192.0.2.2:80 } ] }'), 'stacks.router.nat.forwards[0].to: 192.0.2.2 should be the address of another host'],
    ['ports in the wrong order', router('{ ports: [65000, 61000] }'), 'stacks.router.nat.ports: [ 65000, 61000 ] should be the lowest and the highest port, such as [61000, 65095]'],
    ['a host that does not forward', router('{ masquerade: [ { out: eth1 } ] }', ''), 'stacks.router.nat: only a router translates addresses: the stack should have sysctl: { net.ipv4.ip_forward: 1 }'],
  ])('is refused: %s', (_, yaml, problem) => {
    expect(problemsOf(yaml)).toEqual([problem]);
  });
});
