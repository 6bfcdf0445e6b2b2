import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import type { TapError } from '@strata/tap';
import { defaultConfig } from '../src/config/index.ts';
import { SILENT, TapPort, withNetns } from '../src/index.ts';

const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8' });

describe('A TAP device in a namespace that has routes', () => {
  const netns = `strata-rt-${process.pid}-${randomInt(1e6)}`;
  const tap = withNetns(defaultConfig(), netns).wires['lan']!.tap!;
  const port = () => new TapPort({ tap, field: 'wires.lan.tap', interfaceIndex: 1, log: SILENT });

  function refusal(): TapError {
    try {
      port().close();
    } catch (error) {
      return error as TapError;
    }
    throw new Error('the device was opened');
  }

  beforeEach(() => {
    ip('netns', 'add', netns);
    ip('-n', netns, 'tuntap', 'add', 'other0', 'mode', 'tap');
    ip('-n', netns, 'link', 'set', 'other0', 'up');
  });

  afterEach(() => {
    ip('netns', 'delete', netns);
  });

  it.each([
    ['that has its network', '192.0.2.9/24', '192.0.2.0/24'],
    ['that has a part of its network', '192.0.2.130/25', '192.0.2.128/25'],
    ['that has more than its network', '192.0.9.1/16', '192.0.0.0/16'],
  ])('is not opened beside an interface %s', (_, address, route) => {
    ip('-n', netns, 'addr', 'add', address, 'dev', 'other0');
    const error = refusal();
    expect(error.code).toBe('TAP_ROUTE_IN_USE');
    expect(error.message).toBe(
      `TAP device strata0 would take the traffic of network namespace ${netns} to 192.0.2.0/24, which has a route to ${route} by other0: ` +
        'choose another network (wires.lan.tap.address), or a network namespace (--netns NAME)',
    );
    expect(ip('-n', netns, 'link')).not.toContain('strata0');
  });

  it('is not opened if its network is on the loopback interface: all its addresses are then the host', () => {
    ip('-n', netns, 'link', 'set', 'lo', 'up');
    ip('-n', netns, 'addr', 'add', '192.0.2.77/24', 'dev', 'lo');
    expect(refusal().message).toContain('to 192.0.2.0/24, which is 192.0.2.0/24 itself: choose');
  });

  it('is opened beside other networks and a default route', () => {
    ip('-n', netns, 'addr', 'add', '198.51.100.9/24', 'dev', 'other0');
    ip('-n', netns, 'route', 'add', 'default', 'via', '198.51.100.1');
    const opened = port();
    expect(ip('-n', netns, 'route')).toContain('192.0.2.0/24 dev strata0');
    opened.close();
  });

  it('is not opened if an interface has its name, and the error says where to change the name', () => {
    ip('-n', netns, 'tuntap', 'add', 'strata0', 'mode', 'tun');
    const error = refusal();
    expect(error.code).toBe('TAP_NAME_IN_USE');
    expect(error.message).toContain('the name is wires.lan.tap.name of the config; --netns NAME');
  });
});
