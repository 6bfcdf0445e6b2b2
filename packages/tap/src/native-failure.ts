import { getSystemErrorName } from 'node:util';
import { TapError, type TapErrorCode } from './errors.ts';

/** The addon's error when the system refuses a step. See native/failure.c. */
interface NativeFailure extends Error {
  readonly step: string;
  /** A positive errno. */
  readonly errno: number;
  /** The kernel's message, or an empty string. */
  readonly detail: string;
}

/** The device that a step was for. */
export interface FailureContext {
  /** The interface's name, or the requested pattern. */
  readonly name: string;
  readonly netns: string | undefined;
}

/** A code, and advice on what to do. The first rule that matches the step and the errno applies. */
interface Rule {
  readonly step: RegExp;
  readonly errors: readonly string[];
  readonly code: TapErrorCode;
  readonly advice: (context: FailureContext) => string;
}

const DENIED = ['EPERM', 'EACCES'];

const RULES: readonly Rule[] = [
  {
    step: /^open \/dev\/net\/tun$/,
    errors: ['ENOENT', 'ENXIO', 'ENODEV'],
    code: 'TAP_NO_DEVICE_NODE',
    advice: () =>
      'the TUN/TAP driver has no device node here: load it (modprobe tun), make the node ' +
      '(mkdir -p /dev/net && mknod /dev/net/tun c 10 200), or, for a container, start it with ' +
      '--device /dev/net/tun',
  },
  {
    step: /^open \/dev\/net\/tun$/,
    errors: DENIED,
    code: 'TAP_PERMISSION',
    advice: () =>
      'this process may not open /dev/net/tun: run as root, make it readable and ' +
      'writable for this user, or start the container with --device /dev/net/tun',
  },
  {
    step: /network namespace|\/run\/netns/,
    errors: [...DENIED, 'EROFS'],
    code: 'TAP_PERMISSION',
    advice: () =>
      'network namespaces need CAP_SYS_ADMIN and a writable /run/netns: run as root, or open the ' +
      'device without a namespace',
  },
  {
    step: /network namespace|\/run\/netns/,
    errors: ['EINVAL', 'ENOENT', 'ENOTDIR', 'EEXIST'],
    code: 'TAP_NAMESPACE',
    advice: ({ netns }) =>
      `/run/netns/${netns} exists but is not a network namespace: remove it (ip netns delete ${netns})`,
  },
  {
    step: /^TUNSETIFF$/,
    errors: ['EBUSY', 'EEXIST'],
    code: 'TAP_NAME_IN_USE',
    advice: () =>
      'the name belongs to another interface, to a device of another process, or to a ' +
      'persistent one with another number of queues: choose another name, or remove it (ip link delete)',
  },
  {
    step: /^(TUNSETIFF|TUNSETVNETHDRSZ|TUNSETVNETLE|TUNSETOFFLOAD|TUNSETCARRIER)$/,
    errors: ['EINVAL', 'ENOTTY', 'ENOSYS', 'EOPNOTSUPP'],
    code: 'TAP_NOT_SUPPORTED',
    advice: () =>
      'this kernel lacks a requested feature: Linux 4.20 or later has all of them; without ' +
      'offload, queues and virtioHeader an older one is enough',
  },
  {
    step: /^add address$/,
    errors: ['EEXIST'],
    code: 'TAP_ADDRESS_IN_USE',
    advice: () => 'the interface has this address already',
  },
  {
    step: /^remove address$/,
    errors: ['EADDRNOTAVAIL'],
    code: 'TAP_NO_SUCH_ADDRESS',
    advice: () => 'the interface does not have this address with this prefix length',
  },
  {
    step: /^use closed device$/,
    errors: ['EBADF'],
    code: 'TAP_CLOSED',
    advice: () => 'open the device again with openTap()',
  },
  {
    step: /./,
    errors: DENIED,
    code: 'TAP_PERMISSION',
    advice: () =>
      'TAP devices need CAP_NET_ADMIN: run as root, give it to the program (setcap ' +
      'cap_net_admin+ep), or start the container with --cap-add NET_ADMIN',
  },
  {
    step: /./,
    errors: ['ENODEV', 'EBADFD', 'ENXIO'],
    code: 'TAP_REMOVED',
    advice: () => 'the interface was deleted: close the device',
  },
  {
    step: /./,
    errors: ['EINVAL', 'ERANGE', 'EADDRNOTAVAIL'],
    code: 'TAP_INVALID_OPTION',
    advice: () => 'the kernel refuses the value',
  },
];

function isNativeFailure(error: unknown): error is NativeFailure {
  return typeof (error as Partial<NativeFailure> | undefined)?.step === 'string';
}

/** The TapError for an error of the addon. Any other error is returned unchanged. */
export function explain(error: unknown, context: FailureContext): unknown {
  if (!isNativeFailure(error)) return error;
  const errno = getSystemErrorName(-error.errno);
  const rule = RULES.find(({ step, errors }) => step.test(error.step) && errors.includes(errno));
  const where = context.netns === undefined ? '' : ` in network namespace ${context.netns}`;
  const words = error.detail === '' ? '' : ` (${error.detail})`;
  const advice = rule === undefined ? '' : `: ${rule.advice(context)}`;
  return new TapError(
    rule?.code ?? 'TAP_SYSTEM',
    `TAP device ${context.name}${where}: ${error.step}: ${errno}${words}${advice}`,
    errno,
    { cause: error },
  );
}
