import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { openTap, TapError, type TapErrorCode, tapAvailable } from '../src/index.ts';
import {
  cleanUp,
  describeLink,
  freshName,
  ip,
  namespaces,
  openHere,
  requirePrivileges,
  runChild,
  startIn,
  until,
} from './kernel.ts';

beforeAll(requirePrivileges);
afterEach(cleanUp);

const withCode = (code: TapErrorCode) => expect.objectContaining({ name: 'TapError', code });

describe('openTap', () => {
  it('makes the namespace, visible to ip netns, and the interface in it with all options', () => {
    const device = openHere({
      name: 'lab0',
      mac: '02:00:00:00:00:07',
      mtu: 9000,
      addresses: ['192.0.2.1/24', '198.51.100.1/31'],
      backlogFrames: 123,
    });
    const netns = device.netns!;
    expect(device.createdNamespace).toBe(true);
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).toContain(netns);
    const link = describeLink(netns, 'lab0');
    expect(link).toMatchObject({
      ifindex: device.ifIndex,
      mtu: 9000,
      txqlen: 123,
      address: '02:00:00:00:00:07',
      addr_info: [
        { family: 'inet', local: '192.0.2.1', prefixlen: 24, broadcast: '192.0.2.255' },
        { family: 'inet', local: '198.51.100.1', prefixlen: 31 },
      ],
      linkinfo: {
        info_kind: 'tun',
        info_data: { type: 'tap', pi: false, vnet_hdr: true, persist: false },
      },
    });
    expect(link?.flags).toContain('UP');
    expect(device.name).toBe('lab0');
    expect(device.mac).toBe('02:00:00:00:00:07');
    expect(device.mtu).toBe(9000);
    expect(device.isUp && device.carrier).toBe(true);
  });

  it('lets the kernel choose the number in the name', () => {
    const netns = freshName();
    const names = [openHere({ netns }), openHere({ netns })].map(({ name }) => name);
    expect(names).toEqual(['strata0', 'strata1']);
  });

  it('sets the loopback up in a namespace that it made', () => {
    const device = openHere();
    expect(describeLink(device.netns!, 'lo')?.flags).toContain('UP');
  });

  it('has no IPv6 address unless asked for', () => {
    const families = (netns: string) =>
      describeLink(netns, 'lab0')?.addr_info?.map(({ family }) => family);
    expect(families(openHere({ name: 'lab0' }).netns!)).toEqual([]);
    expect(families(openHere({ name: 'lab0', ipv6: true }).netns!)).toEqual(['inet6']);
  });

  it('has no IPv6 address where /proc/sys is read-only, as in a container', () => {
    const readOnly =
      'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"';
    const { output } = runChild(['unshare', '-mn', 'sh', '-c', readOnly, '-'], 'open', {
      name: 'lab0',
    });
    expect(JSON.parse(output)).toMatchObject([{ inet6_addr_gen_mode: 'none' }]);
  });

  it('makes the interface in its own namespace if none is given, and leaves its thread there', () => {
    const { code, output } = runChild(['unshare', '-n'], 'open', { name: 'lab0' });
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject([{ ifname: 'lab0' }]);
    openHere({ name: 'lab0' });
    expect(() => execFileSync('ip', ['link', 'show', 'lab0'], { stdio: 'pipe' })).toThrow(/exist/);
  });

  it('joins an existing namespace and a persistent device; both stay when it closes', () => {
    const netns = freshName();
    execFileSync('ip', ['netns', 'add', netns]);
    try {
      ip(netns, 'tuntap', 'add', 'lab0', 'mode', 'tap');
      const device = openTap({ netns, name: 'lab0' });
      expect(device).toMatchObject({ createdNamespace: false, persistent: true });
      device.close();
      expect(describeLink(netns, 'lab0')).toBeDefined();
    } finally {
      execFileSync('ip', ['netns', 'delete', netns]);
    }
  });

  it('reports a name in use: by our own device, by several queues, and by another interface', () => {
    const netns = freshName();
    openHere({ netns, name: 'lab0' });
    openHere({ netns, name: 'lab1', queues: 2 });
    for (const options of [{ name: 'lab0' }, { name: 'lab1', queues: 2 }, { name: 'lo' }]) {
      expect(() => openTap({ netns, ...options })).toThrow(withCode('TAP_NAME_IN_USE'));
    }
    expect(describeLink(netns, 'lab1')?.linkinfo?.info_data['numqueues']).toBe(2);
  });

  it('reports that a file in /run/netns is not a namespace', () => {
    const netns = freshName();
    mkdirSync('/run/netns', { recursive: true });
    writeFileSync(`/run/netns/${netns}`, '');
    try {
      expect(() => openTap({ netns })).toThrow(withCode('TAP_NAMESPACE'));
    } finally {
      rmSync(`/run/netns/${netns}`);
    }
  });

  it('leaves nothing behind when it fails half-way', () => {
    const netns = freshName();
    const descriptors = openDescriptors();
    const twice = ['192.0.2.1/24', '192.0.2.1/24'];
    expect(() => openTap({ netns, addresses: twice })).toThrow(withCode('TAP_ADDRESS_IN_USE'));
    expect(namespaces()).not.toContain(netns);
    const other = openHere();
    const before = describeNames(other.netns!);
    expect(() => openTap({ netns: other.netns!, addresses: twice })).toThrow(TapError);
    expect(() => openTap({ netns: other.netns!, name: 'lo' })).toThrow(TapError);
    expect(describeNames(other.netns!)).toEqual(before);
    other.close();
    expect(openDescriptors()).toEqual(descriptors);
  });
});

/**
 * This process's open descriptors of TAP devices. Read in this process, since others come and go
 * while a program would look.
 */
function openDescriptors(): string[] {
  const targets = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The descriptor of the directory listing itself, or one that another thread has closed.
      return [];
    }
  });
  return targets.flatMap((it) => it.match(/\/dev\/net\/tun|net:\[\d+\]|\/run\/netns/g) ?? []);
}

function describeNames(netns: string): string[] {
  return (JSON.parse(ip(netns, '-j', 'link')) as { ifname: string }[]).map(({ ifname }) => ifname);
}

describe('close', () => {
  it('removes the interface and the namespace that it made, at once and only once', () => {
    const device = openHere({ addresses: ['192.0.2.1/24'] });
    const netns = device.netns!;
    device.close();
    expect(namespaces()).not.toContain(netns);
    expect(device.closed).toBe(true);
    device.close();
    expect(device.mtu).toBe(1500);
    expect(device.mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    expect(device.counters().txFrames).toBe(0);
    expect(() => device.setUp(true)).toThrow(withCode('TAP_CLOSED'));
    expect(() => device.write([])).toThrow(withCode('TAP_CLOSED'));
  });

  it('removes the interface while programs still run in the namespace', () => {
    const device = openHere();
    const netns = device.netns!;
    const program = startIn(netns, 'sleep', '60');
    const inNamespace = () =>
      execFileSync('nsenter', ['-t', `${program.pid}`, '-n', 'ip', '-j', 'link'], {
        encoding: 'utf8',
      });
    return until('the program runs in the namespace', () => inNamespace().includes('strata0')).then(
      () => {
        device.close();
        expect(inNamespace()).not.toContain('strata0');
        expect(namespaces()).not.toContain(netns);
      },
    );
  });

  it('does not remove a namespace that somebody else has made with the same name since', () => {
    const device = openHere();
    const netns = device.netns!;
    execFileSync('ip', ['netns', 'delete', netns]);
    execFileSync('ip', ['netns', 'add', netns]);
    device.close();
    expect(namespaces()).toContain(netns);
    execFileSync('ip', ['netns', 'delete', netns]);
  });

  it('works in an exit handler, also if the device alone kept the process running', () => {
    for (const task of ['close-at-exit', 'unref']) {
      const netns = freshName();
      expect(runChild([], task, { netns })).toMatchObject({ code: 0, errors: '' });
      expect(namespaces()).not.toContain(netns);
    }
  });

  it('happens, with the namespace, when a worker thread with an open device ends', () => {
    const netns = freshName();
    expect(runChild([], 'worker', { netns })).toEqual({ code: 0, output: 'ended\n', errors: '' });
    expect(namespaces()).not.toContain(netns);
  });

  it('frees everything, however often', () => {
    const netns = openHere().netns!;
    const descriptors = openDescriptors();
    for (let round = 0; round < 50; round++) {
      const device = openTap({ netns, queues: 2 });
      device.onFrames(() => undefined);
      device.close();
    }
    expect(openDescriptors()).toEqual(descriptors);
    expect(describeNames(netns)).toEqual(['lo', 'strata0']);
  });

  it('is done by the kernel if the process ends without it', () => {
    const netns = freshName();
    const holder = openHere({ netns });
    expect(runChild([], 'end-without-close', { netns, name: 'lab0' }).code).toBe(0);
    expect(describeNames(netns)).toEqual(['lo', holder.name]);
  });
});

describe('without permissions', () => {
  const without = (capability: string) => [
    ...['setpriv', `--bounding-set=-${capability}`, `--inh-caps=-${capability}`],
  ];

  it('says which capability a TAP device needs', () => {
    const { code, output } = runChild(without('net_admin'), 'open');
    expect(code).toBe(3);
    expect(JSON.parse(output)).toMatchObject({
      code: 'TAP_PERMISSION',
      message: expect.stringContaining('CAP_NET_ADMIN'),
    });
  });

  it('says which capability a namespace needs, and leaves none behind', () => {
    const netns = freshName();
    const { output } = runChild(without('sys_admin'), 'open', { netns });
    expect(JSON.parse(output)).toMatchObject({
      code: 'TAP_PERMISSION',
      message: expect.stringContaining('CAP_SYS_ADMIN'),
    });
    expect(namespaces()).not.toContain(netns);
  });

  it('says how to get /dev/net/tun if it is missing', () => {
    const hide = 'mount -t tmpfs none /dev/net && exec "$@"';
    const { output } = runChild(['unshare', '-m', 'sh', '-c', hide, '-'], 'open');
    expect(JSON.parse(output)).toMatchObject({
      code: 'TAP_NO_DEVICE_NODE',
      message: expect.stringContaining('--device /dev/net/tun'),
    });
  });

  it('tapAvailable reports the same beforehand', () => {
    expect(tapAvailable()).toEqual({ available: true });
    const { output } = runChild(without('net_admin'), 'available');
    expect(JSON.parse(output)).toEqual({
      available: false,
      reason: expect.stringContaining('CAP_NET_ADMIN'),
    });
  });
});
