import { INT_MAX, listKnob, numberKnob, switchKnob } from './knob.ts';

/** Knobs of addresses, ports and the path. */
export const PATH_KNOBS = {
  tcp_mtu_probing: switchKnob(
    0,
    'new connections',
    'Packetization-layer path MTU discovery (RFC 4821). 0: off. 1: if retransmissions show a black hole; a change to 1 takes effect at once. 2: always, starting at tcp_base_mss.',
    2,
  ),
  tcp_base_mss: numberKnob(
    1024,
    [48, 65535],
    'octets',
    'new connections',
    'Segment size at which probing of the path MTU starts.',
  ),
  tcp_mtu_probe_floor: numberKnob(
    48,
    [48, 65535],
    'octets',
    'at once',
    'Minimum segment size of black-hole detection.',
  ),
  tcp_probe_interval: numberKnob(
    600,
    [0, INT_MAX],
    's',
    'at once',
    'Time after which a finished search for the path MTU starts again.',
  ),
  tcp_probe_threshold: numberKnob(
    8,
    [0, INT_MAX],
    'octets',
    'at once',
    'The search ends when its bounds are closer than this.',
  ),
  tcp_min_snd_mss: numberKnob(
    48,
    [48, 65535],
    'octets',
    'at once',
    'Minimum segment size, options included, whatever the peer or the path says.',
  ),
  ip_local_port_range: listKnob<readonly [number, number]>(
    [32768, 60999],
    [1, 65535],
    'ports',
    'at once',
    'First and last port that the stack chooses itself.',
  ),
  ip_default_ttl: numberKnob(
    64,
    [1, 255],
    'hops',
    'at once',
    'Time to live of packets whose socket sets none.',
  ),
  ip_no_pmtu_disc: switchKnob(
    0,
    'at once',
    'Path MTU discovery (RFC 1191). 0: on. 1 and 2: off, packets are sent without DF.',
    2,
  ),
  mtu_expires: numberKnob(
    600,
    [1, 2_147_483],
    's',
    'at once',
    'How long a lowered path MTU is kept (RFC 1191 6.3).',
    'net.ipv4.route.',
  ),
  min_pmtu: numberKnob(
    552,
    [68, 65535],
    'octets',
    'at once',
    'Minimum path MTU: a smaller reported one counts as this.',
    'net.ipv4.route.',
  ),
};
