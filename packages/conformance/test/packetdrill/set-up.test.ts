import { defaultTransportSysctl } from '@strata/transport';
import { type Knobs, runSetUp } from '../../src/packetdrill/set-up.ts';

const FILES: Record<string, string> = {
  '../common/defaults.sh': `#!/bin/bash
# Comments.
ip tcp_metrics flush all > /dev/null 2>&1
sysctl -q net.ipv4.tcp_rmem="4096 540000 $((15*1024*1024))"
sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_reordering=5
tc qdisc add dev tun0 root pfifo
`,
  'loop.sh': './loop.sh\nloop.sh\n',
};

function setUp(text: string): { knobs: Knobs; notes: string[] } {
  const knobs = {
    sysctl: defaultTransportSysctl(),
    sockets: { tcp_notsent_lowat: 0xffffffff },
  };
  const notes = runSetUp(text, 3, knobs, (path) => FILES[path]);
  return { knobs, notes: notes.map(({ line, text: note }) => `${line}: ${note}`) };
}

describe('The set-up of a script', () => {
  it('sets our knobs from the shell files and commands that it names', () => {
    const { knobs, notes } = setUp(`../common/defaults.sh
sysctl -q \\
  net.ipv4.tcp_retries2=4 \\
  net.core.somaxconn=7 # words
sysctl -q net/ipv4/tcp_notsent_lowat=99; ../common/set_sysctls.py /proc/sys/net/ipv4/tcp_ecn=2`);
    expect(notes).toEqual([]);
    expect(knobs.sysctl).toMatchObject({
      tcp_rmem: [4096, 540000, 15728640],
      tcp_sack: 0,
      tcp_reordering: 5,
      tcp_retries2: 4,
      somaxconn: 7,
      tcp_ecn: 2,
    });
    expect(knobs.sockets.tcp_notsent_lowat).toBe(99);
  });

  it('does not set a value that the stack would refuse, and reports it', () => {
    const { knobs, notes } = setUp(`sysctl net.ipv4.tcp_sack=7 net.ipv4.tcp_retries2=-1
sysctl net.ipv4.tcp_congestion_control=bbr`);
    expect(notes).toEqual([
      '3: sysctl net.ipv4.tcp_sack=7 (bad value)',
      '3: sysctl net.ipv4.tcp_retries2=-1 (bad value)',
      '4: sysctl net.ipv4.tcp_congestion_control=bbr (bad value)',
    ]);
    expect(knobs.sysctl).toMatchObject({ tcp_sack: 1, tcp_retries2: 15 });
    expect(knobs.sysctl.tcp_congestion_control).toBe('cubic');
  });

  it('reports commands without effect, with their lines', () => {
    const { notes } = setUp(`sysctl -q net.ipv4.tcp_fack=1 net.core.tcp_sack=0
rm -rf / && ./what.sh
sysctl net.ipv4.tcp_sack=many
ethtool -K tun0 tso off gso off
/tmp/sysctl_restore_\${PPID}.sh`);
    expect(notes).toEqual([
      '3: sysctl net.ipv4.tcp_fack',
      '3: sysctl net.core.tcp_sack',
      '4: command rm -rf /',
      '4: file ./what.sh (not there)',
      '5: sysctl net.ipv4.tcp_sack=many (bad value)',
    ]);
  });

  it('stops at a file that names itself', () => {
    expect(setUp('loop.sh').notes.length).toBeLessThan(40);
  });
});
