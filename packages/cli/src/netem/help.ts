/** The pages of `strata netem --help`. */

export const WORDS_HELP = `
The words are those of tc-netem(8):
  limit FRAMES                               most frames that wait (1000)
  delay TIME [JITTER [CORRELATION]]          each frame waits
  distribution uniform|normal|pareto|paretonormal   of the jitter (uniform)
  loss [random] PERCENT [CORRELATION]        independent losses
  loss state P13 [P31 [P32 [P23 [P14]]]]     bursts: a Markov chain of 4 states
  loss gemodel P [R [1-H [1-K]]]             bursts: Gilbert-Elliott, a good and a bad state
  ecn                                        marks ECN-capable packets in place of losing them
  duplicate PERCENT [CORRELATION]            frames arrive twice
  corrupt PERCENT [CORRELATION]              one bit of a frame is flipped
  reorder PERCENT [CORRELATION] [gap N]      frames are sent at once, ahead of the delayed ones
  rate RATE [PACKETOVERHEAD [CELLSIZE [CELLOVERHEAD]]]   in octets, the overheads may be negative
  slot MIN [MAX] [packets N] [bytes N]       frames pass in slots, MIN to MAX apart
  slot distribution NAME DELAY JITTER [packets N] [bytes N]
  ce PERCENT                                 marks ECN-capable packets CE (not in tc)
  seed N                                     the same seed and frames give the same result

Units: 20ms, 1.5s, 800us (without a unit: us); 2% (without: the same); 10mbit, 100kbit, 1mbps (octets).
A correlation is netem's: each random choice depends on the one before, and a small share becomes smaller by it.
`;

export const CHANGE_EXAMPLES = `
Examples:
  strata netem add dev eth0 delay 20ms 5ms distribution normal loss 1%
  strata netem replace dev eth0 in loss gemodel 1% 20% 80%       bursts of 5, 80% of each lost
  strata netem replace dev eth0 rate 10mbit limit 50             a slow line with a short queue
  strata netem add wire lan delay 40ms                           what each station sends on the wire
  strata netem change dev eth0 delay 100ms reorder 25% 50% gap 5
  strata netem replace dev eth0 slot 5ms 15ms packets 10 seed 7`;

export const SHOW_EXAMPLES = `
Examples:
  strata netem                          what is impaired on the first stack
  strata netem show -s dev eth0 out     one direction, with its counters by cause
  strata netem show wire lan            the stations of a wire, in all stacks
  strata netem show -s --json           as tc -j -s qdisc show`;

export const DELETE_EXAMPLES = `
Examples:
  strata netem del dev eth0             both directions; the wire's impairment comes back, if there is one
  strata netem del dev eth0 in
  strata netem del wire lan`;
