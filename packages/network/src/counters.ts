/**
 * Network's counters, under the names that Linux's `nstat` prints for /proc/net/snmp and
 * /proc/net/netstat. The name of a counter that Linux lacks, or keeps elsewhere, begins with
 * `Strata`.
 */
const NAMES = [
  'IpInReceives',
  'IpInHdrErrors',
  'IpInAddrErrors',
  'IpForwDatagrams',
  'IpInUnknownProtos',
  'IpInDiscards',
  'IpInDelivers',
  'IpOutRequests',
  'IpOutDiscards',
  'IpOutNoRoutes',
  'IpOutTransmits',
  'IpReasmTimeout',
  'IpReasmReqds',
  'IpReasmOKs',
  'IpReasmFails',
  'IpFragOKs',
  'IpFragFails',
  'IpFragCreates',
  'IpExtInNoRoutes',
  'IpExtInTruncatedPkts',
  'IpExtInCsumErrors',
  'IpExtInMcastPkts',
  'IpExtOutMcastPkts',
  'IpExtInBcastPkts',
  'IpExtOutBcastPkts',
  'IpExtInOctets',
  'IpExtOutOctets',
  'IpExtInNoECTPkts',
  'IpExtInECT1Pkts',
  'IpExtInECT0Pkts',
  'IpExtInCEPkts',
  'IpExtReasmOverlaps',
  /** Packets that `rp_filter` refused. Linux counts them among TCP's, too. */
  'TcpExtIPReversePathFilter',
  'IcmpInMsgs',
  'IcmpInErrors',
  'IcmpInCsumErrors',
  'IcmpInDestUnreachs',
  'IcmpInTimeExcds',
  'IcmpInParmProbs',
  'IcmpInSrcQuenchs',
  'IcmpInRedirects',
  'IcmpInEchos',
  'IcmpInEchoReps',
  'IcmpInTimestamps',
  'IcmpInTimestampReps',
  'IcmpInAddrMasks',
  'IcmpInAddrMaskReps',
  'IcmpOutMsgs',
  'IcmpOutErrors',
  'IcmpOutRateLimitGlobal',
  'IcmpOutRateLimitHost',
  'IcmpOutDestUnreachs',
  'IcmpOutTimeExcds',
  'IcmpOutRedirects',
  'IcmpOutParmProbs',
  'IcmpOutEchos',
  'IcmpOutEchoReps',
  'IcmpOutTimestamps',
  'IcmpOutTimestampReps',
  'IcmpOutAddrMasks',
  /**
   * Packets with a source address that no packet may have; Linux: in_martian_src of
   * /proc/net/stat/rt_cache.
   */
  'StrataInMartianSrc',
  /** Packets from a link to a loopback or zero address; Linux: in_martian_dst. */
  'StrataInMartianDst',
  /** Packets with a source route, refused (RFC 7126 4.3, 4.4). */
  'StrataInSourceRoutes',
  /** Datagrams given up because all fragments together took more than `ipfrag_high_thresh`. */
  'StrataReasmEvictions',
  /** Redirects that were not followed. */
  'StrataInRedirectsIgnored',
  /** Path MTU reports that were believed. */
  'StrataPathMtuChanges',
  /** Forwarded SYNs and SYN,ACKs whose MSS was lowered. */
  'StrataMssClamped',
  /** Probes that were sent (`strata ping`, `strata traceroute`), and those that timed out. */
  'StrataProbesSent',
  'StrataProbeTimeouts',
  /** Answers to probes dropped because nobody polled them in time. */
  'StrataProbeEventsDropped',
  /** Flows whose addresses were translated. */
  'StrataNatFlows',
  'StrataNatDrops',
  /** IGMP messages received, and sent. */
  'StrataIgmpInMsgs',
  'StrataIgmpOutMsgs',
  'StrataIgmpInCsumErrors',
] as const;

export type NetworkCounterName = (typeof NAMES)[number];

/** One number for each name, counting up from 0. */
export type NetworkCounters = Record<NetworkCounterName, number>;

export function createNetworkCounters(): NetworkCounters {
  return Object.fromEntries(NAMES.map((name) => [name, 0])) as NetworkCounters;
}
