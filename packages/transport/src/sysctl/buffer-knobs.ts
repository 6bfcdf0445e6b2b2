import { INT_MAX, listKnob, numberKnob, switchKnob } from './knob.ts';

/** Knobs of buffers and windows. */
export const BUFFER_KNOBS = {
  tcp_rmem: listKnob<readonly [number, number, number]>(
    [4096, 131072, 6291456],
    [2304, INT_MAX],
    'octets',
    'new connections',
    'Minimum, initial and maximum receive buffer of a socket without SO_RCVBUF. The advertised window is the share of it that tcp_adv_win_scale leaves. A change of the maximum takes effect at once. Linux uses the minimum when memory is short; here it has no effect.',
  ),
  tcp_wmem: listKnob<readonly [number, number, number]>(
    [4096, 16384, 4194304],
    [2304, INT_MAX],
    'octets',
    'at once',
    'Minimum, initial and maximum send buffer of a socket without SO_SNDBUF; it grows with the congestion window. Linux uses the minimum when memory is short; here it has no effect.',
  ),
  tcp_moderate_rcvbuf: switchKnob(
    1,
    'at once',
    '1: the receive buffer grows with what the application takes in a round trip (dynamic right-sizing), up to tcp_rmem[2]. SO_RCVBUF turns it off for a socket.',
  ),
  tcp_adv_win_scale: numberKnob(
    1,
    [-31, 31],
    '',
    'new connections',
    'Share of the receive buffer reserved for overhead: 1/2^n of it, or for n <= 0 all but 1/2^-n. The rest is the window. For the growth of windows a change takes effect at once.',
  ),
  tcp_shrink_window: switchKnob(
    0,
    'at once',
    '1: the right edge of the window may move left when the buffer has shrunk. 0: never (RFC 9293 3.8.6, SHLD-14).',
  ),
  udp_mem: listKnob<readonly [number, number, number]>(
    [188262, 251018, 376524],
    [0, INT_MAX],
    'pages of 4,096 octets',
    'at once',
    'Limit of all UDP receive queues together: the last number; the others have no effect, as in Linux. Linux derives the default from the memory size; here it is that of 16 GiB.',
  ),
  udp_rmem_min: numberKnob(
    4096,
    [1, INT_MAX],
    'octets',
    'at once',
    'A UDP socket may queue this much, within its receive buffer, even if udp_mem is reached.',
  ),
  udp_wmem_min: numberKnob(
    4096,
    [1, INT_MAX],
    'octets',
    'at once',
    'No effect, as in Linux since 4.15: UDP queues nothing on output here.',
  ),
  rmem_default: numberKnob(
    212992,
    [2304, INT_MAX],
    'octets',
    'new sockets',
    'Receive buffer of a UDP socket without SO_RCVBUF.',
    'net.core.',
  ),
};
