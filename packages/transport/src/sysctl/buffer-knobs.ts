import { INT_MAX, listKnob, numberKnob, switchKnob } from './knob.ts';

/** Knobs of buffers and windows. */
export const BUFFER_KNOBS = {
  tcp_rmem: listKnob<readonly [number, number, number]>(
    [4096, 131072, 6291456],
    [2304, INT_MAX],
    'octets',
    'new connections',
    'Least, first and largest receive buffer of a socket without SO_RCVBUF. Of it tcp_adv_win_scale leaves the window. The largest counts at once. The least is for when memory is short in Linux; here it is of no meaning.',
  ),
  tcp_wmem: listKnob<readonly [number, number, number]>(
    [4096, 16384, 4194304],
    [2304, INT_MAX],
    'octets',
    'at once',
    'Least, first and largest send buffer of a socket without SO_SNDBUF; it grows with the congestion window. The least is for when memory is short in Linux; here it is of no meaning.',
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
    'Part of the receive buffer that is kept for overhead: 1/2^n of it, or for n below 0 all but 1/2^-n. The rest is window. How far a window may grow it says at once.',
  ),
  tcp_shrink_window: switchKnob(
    0,
    'at once',
    '1: the right edge of the window may move back where the buffer has become smaller. 0: never (RFC 9293 3.8.6, SHLD-14).',
  ),
  udp_mem: listKnob<readonly [number, number, number]>(
    [188262, 251018, 376524],
    [0, INT_MAX],
    'pages of 4,096 octets',
    'at once',
    'What all UDP sockets queue together: the last number is the most, the others are of no meaning, as in Linux. Linux takes the default from the memory; here it is that of 16 GiB.',
  ),
  udp_rmem_min: numberKnob(
    4096,
    [1, INT_MAX],
    'octets',
    'at once',
    'What a UDP socket may queue, within its receive buffer, though udp_mem is reached.',
  ),
  udp_wmem_min: numberKnob(
    4096,
    [1, INT_MAX],
    'octets',
    'at once',
    'As in Linux, where it does nothing since 4.15; UDP queues nothing on its way out here.',
  ),
  rmem_default: numberKnob(
    212992,
    [2304, INT_MAX],
    'octets',
    'new sockets',
    'Receive buffer of a UDP socket that sets none.',
    'net.core.',
  ),
};
