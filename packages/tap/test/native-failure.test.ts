import { constants } from 'node:os';
import { TapError } from '../src/errors.ts';
import { explain } from '../src/native-failure.ts';

const { errno } = constants;
const CONTEXT = { name: 'tap7', netns: 'lab' };

function failure(step: string, number: number, detail = ''): Error {
  return Object.assign(new Error(step), { step, errno: number, detail });
}

describe('explain', () => {
  it.each([
    ['open /dev/net/tun', 'ENOENT', 'TAP_NO_DEVICE_NODE', /mknod.*--device \/dev\/net\/tun/],
    ['open /dev/net/tun', 'ENODEV', 'TAP_NO_DEVICE_NODE', /modprobe tun/],
    ['open /dev/net/tun', 'EACCES', 'TAP_PERMISSION', /run as root/],
    ['open /dev/net/tun', 'EPERM', 'TAP_PERMISSION', /--device \/dev\/net\/tun/],
    ['TUNSETIFF', 'EPERM', 'TAP_PERMISSION', /CAP_NET_ADMIN/],
    ['TUNSETIFF', 'EBUSY', 'TAP_NAME_IN_USE', /another name/],
    ['TUNSETIFF', 'EINVAL', 'TAP_NOT_SUPPORTED', /kernel lacks/],
    ['TUNSETOFFLOAD', 'EINVAL', 'TAP_NOT_SUPPORTED', /kernel lacks/],
    ['create /run/netns', 'EACCES', 'TAP_PERMISSION', /CAP_SYS_ADMIN/],
    ['unshare network namespace', 'EPERM', 'TAP_PERMISSION', /CAP_SYS_ADMIN/],
    ['enter network namespace', 'EINVAL', 'TAP_NAMESPACE', /ip netns delete lab/],
    ['add address', 'EEXIST', 'TAP_ADDRESS_IN_USE', /already/],
    ['remove address', 'EADDRNOTAVAIL', 'TAP_NO_SUCH_ADDRESS', /does not have/],
    ['set MTU', 'ENODEV', 'TAP_REMOVED', /deleted/],
    ['set MTU', 'EINVAL', 'TAP_INVALID_OPTION', /refuses/],
    ['watch device', 'ENOMEM', 'TAP_SYSTEM', /ENOMEM/],
  ] as const)('gives %s: %s the code %s and says what to do', (step, name, code, advice) => {
    const error = explain(failure(step, errno[name]), CONTEXT) as TapError;
    expect(error).toBeInstanceOf(TapError);
    expect(error.code).toBe(code);
    expect(error.errno).toBe(name);
    expect(error.message).toMatch(advice);
    expect(error.message).toContain(`tap7 in network namespace lab: ${step}: ${name}`);
  });

  it('keeps the message of the kernel and the cause', () => {
    const cause = failure('set MTU', errno.EINVAL, 'mtu greater than device maximum');
    const error = explain(cause, { name: 'tap7', netns: undefined }) as TapError;
    expect(error.message).toContain('EINVAL (mtu greater than device maximum)');
    expect(error.message).not.toContain('namespace');
    expect(error.cause).toBe(cause);
  });

  it('returns other errors unchanged', () => {
    const bug = new TypeError('wrong arguments');
    expect(explain(bug, CONTEXT)).toBe(bug);
  });
});
